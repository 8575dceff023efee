// What a run of the diffusion student takes is known before it starts: its memory without allocating any, its time by a step on made-up clips.
import { expect, test } from "vitest";
import type { StudentRecipeInput } from "../../src/train/diffusion/recipe.ts";
import { estimateRun, measureRun } from "../../src/worker/student/estimate.ts";
import { withGpu } from "../support/gpu.ts";

const gpu = withGpu();
const TINY = { start: "random", width: 32, depth: 2, heads: 2, batch: 2, samples: 1, teacher: "world" } as const;
const never = async () => {};

test.each<[string, StudentRecipeInput]>([
  ["M-TSA and Muon", { ...TINY, loss: "mtsa" }],
  [
    "the diffusion loss alone, in two micro-batches, nothing drawn",
    { ...TINY, loss: "none", accumulate: 2, samples: 0 },
  ],
  ["the student's own block teaches, AdamW", { ...TINY, loss: "tsa", teacher: "self", optimizer: "adamw" }],
])("%s: memory is said before, and allocated within 3 %%", async (_, recipe) => {
  const said = estimateRun({ recipe }, Number.POSITIVE_INFINITY);
  const { bytes, secondsPerStep, secondsPerPass } = await measureRun(gpu(), { recipe }, never);
  expect(said.smaller).toBeNull();
  // Left out are the parameters of kernels and the copies in which numbers come back.
  expect(said.bytes).toBeLessThanOrEqual(bytes);
  expect(said.bytes).toBeGreaterThan(0.97 * bytes);
  expect(secondsPerStep).toBeGreaterThan(0);
  if (recipe.samples !== 0) expect(secondsPerStep).toBeGreaterThan(secondsPerPass);
});

test("what does not fit is brought down: clips at once first, then a student with drawn weights", () => {
  const recipe: StudentRecipeInput = { ...TINY, width: 64, batch: 8, loss: "none" };
  const smaller = (limit: number, of = recipe) => estimateRun({ recipe: of }, limit).smaller;
  const { largest } = estimateRun({ recipe }, Number.POSITIVE_INFINITY);
  const { largest: ofOne } = estimateRun({ recipe: { ...recipe, batch: 1 } }, Number.POSITIVE_INFINITY);
  expect(smaller(largest)).toBeNull();
  expect(smaller(largest - 1)).toEqual({ batch: 4, width: null });
  expect(smaller(ofOne)).toEqual({ batch: 1, width: null });
  expect(smaller(ofOne - 1)).toMatchObject({ width: 32 });
  // A trained student keeps its width.
  expect(smaller(1000, { ...recipe, start: "base", width: null, depth: null, heads: null })).toBeNull();
});

test("it is given up when nobody waits for it, and frees what it had", async () => {
  const before = gpu().buffers.bytes;
  const gone = new Error("nobody waits");
  const pause = () => Promise.reject(gone);
  await expect(measureRun(gpu(), { recipe: TINY }, pause)).rejects.toBe(gone);
  expect(gpu().buffers.bytes).toBe(before);
});
