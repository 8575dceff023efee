/** What the tests of mutated inputs share: how many, what each may cost, and what a refusal is. */
import { expect } from "vitest";
import { type Feeding, feedMutated } from "./mutate.ts";

const asked = Number(process.env.MUTATED_INPUTS ?? 0);
export const FIRST_SEED = 20260724;
const SEED = FIRST_SEED + Number(process.env.MUTATED_FROM ?? 0);
export const TIMEOUT_MS = asked ? 10_800_000 : 60_000;

/** What an input may cost, on a machine that does other things as well. */
const MOST_MS = 5000;
/** Above the process's own memory, garbage that nobody has collected yet included. */
const MOST_MB = 512;

/** @param usually inputs where the environment does not say how many */
export async function feed(usually: number, feeding: Omit<Feeding, "inputs" | "seed">): Promise<void> {
  const fed = await feedMutated({ ...feeding, inputs: asked || usually, seed: SEED });
  if (asked) console.log(expect.getState().currentTestName, fed);
  expect(fed.slowestMs).toBeLessThan(MOST_MS);
  expect(fed.peakMb).toBeLessThan(MOST_MB);
  // Samples that nothing breaks, or of which nothing is left, would test nothing.
  expect(fed.refused).toBeGreaterThan(0.02 * fed.inputs);
  expect(fed.refused).toBeLessThan(fed.inputs);
}

export const text = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
export const words = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Every refusal of ours is an Error of its own kind with a line of text; TypeErrors and the like are accidents. */
export const ours = (error: unknown): boolean => error instanceof Error && error.name === "Error" && fits(error);
export const fits = ({ message }: Error): boolean =>
  message.length > 8 && message.length < 500 && !/undefined is not|is not a function/.test(message);

/** @throws Error where the bytes are no JSON, as every reader of JSON is one of a value */
export function json(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(words(bytes));
  } catch {
    throw new Error("the text is not JSON");
  }
}
