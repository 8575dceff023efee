// Latents of clips that were seen before, against an autoencoder that is a fake: what counts as the same clip, and how many are kept.
import { expect, test } from "vitest";
import { framesOf, latentsOf } from "../../src/encoders/kept_latents.ts";
import type { Models } from "../../src/encoders/models.ts";
import { normals } from "../support/random.ts";

/** Models whose every answer is another number. */
function fake() {
  const ran: string[] = [];
  let broken = false;
  const session = {
    run: async () => {
      if (broken) throw new Error("out of memory");
      const data = Float32Array.of(ran.length);
      return { latents: { data }, frames: { data } };
    },
  };
  const models = {
    use: async (id: string, _: unknown, work: (started: typeof session) => unknown) => {
      ran.push(id);
      return work(session);
    },
  } as unknown as Models;
  const fail = (fails: boolean) => {
    broken = fails;
  };
  return { ran, fail, context: { gpu: null, models, progress() {} } };
}

const clip = (seed: number) => normals(16 * 3 * 64 * 64, seed);
const latents = (seed: number) => normals(256 * 48, seed);

test("a clip of the same numbers is the same, wherever they lie; one in which any number differs is not", async () => {
  const { ran, context } = fake();
  const first = await latentsOf(clip(1), context);
  expect(await latentsOf(clip(1), context)).toBe(first);
  expect(ran).toEqual(["autoencoder-encoder"]);
  for (const at of [0, 98_304, 196_607]) {
    const other = clip(1);
    other[at] += 1e-3;
    expect(await latentsOf(other, context), `${at}`).not.toEqual(first);
  }
  expect(ran).toHaveLength(4);
});

test("one that only begins like a known clip is refused, not taken for it", async () => {
  const { context } = fake();
  await latentsOf(clip(1), context);
  const longer = new Float32Array(clip(1).length + 1);
  longer.set(clip(1));
  for (const other of [longer, clip(1).subarray(0, 100)]) {
    await expect(latentsOf(other, context)).rejects.toThrow(/^the autoencoder takes frames .*196608 numbers, got/);
  }
});

test("the two clips that were asked for last are kept, and one picture", async () => {
  const { ran, context } = fake();
  const asks = async (...seeds: readonly number[]) => {
    ran.length = 0;
    for (const seed of seeds) await latentsOf(clip(seed), context);
    return ran.length;
  };
  expect(await asks(1, 2)).toBe(2);
  expect(await asks(1, 2, 1)).toBe(0);
  // The one of before goes: 2.
  expect(await asks(3, 1)).toBe(1);
  expect(await asks(2)).toBe(1);
  expect(await asks(1)).toBe(0);

  const shown = await framesOf(latents(1), context);
  expect(await framesOf(latents(1), context)).toBe(shown);
  await framesOf(latents(2), context);
  expect(await framesOf(latents(1), context)).not.toBe(shown);
});

test("other models have their own, and a run that failed is none", async () => {
  const [one, other] = [fake(), fake()];
  await latentsOf(clip(1), one.context);
  other.fail(true);
  await expect(latentsOf(clip(1), other.context)).rejects.toThrow("out of memory");
  other.fail(false);
  await latentsOf(clip(1), other.context);
  await latentsOf(clip(1), other.context);
  expect([one.ran.length, other.ran.length]).toEqual([1, 2]);
});
