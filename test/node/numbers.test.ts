// The times of steps, on a device that is a clock.
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { NumbersRing } from "../../src/train/numbers.ts";

let clock = 0;

beforeAll(() => {
  vi.stubGlobal("GPUBufferUsage", { MAP_READ: 1, COPY_DST: 8 });
  vi.stubGlobal("GPUMapMode", { READ: 1 });
  vi.spyOn(performance, "now").mockImplementation(() => clock);
});
afterAll(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** A device that does what it is given one after the other; `finish` ends the oldest. */
function deviceByHand() {
  const begun: (() => void)[] = [];
  const slot = () => ({
    mapAsync: () => new Promise<void>((over) => begun.push(over)),
    getMappedRange: () => new ArrayBuffer(16),
    unmap: () => {},
  });
  const device = {
    createCommandEncoder: () => ({ copyBufferToBuffer: () => {}, finish: () => {} }),
    queue: { submit: () => {} },
  };
  const gpu = () => ({ device, buffers: { create: slot } }) as unknown as Gpu;
  const finish = async (at: number) => {
    clock = at;
    begun.shift()?.();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { gpu, finish };
}

test("two runs that take turns on a device: each step's time is its own, and all of them are the time that passed", async () => {
  const { gpu, finish } = deviceByHand();
  const [first, second] = [new NumbersRing(gpu()), new NumbersRing(gpu())];
  const times = { first: [] as number[], second: [] as number[] };
  // A step of the first takes 100 ms and one of the second 300; each is given to the device while the one before it is at work.
  await first.take(1, clock, {} as GPUBuffer);
  for (let t = 1; t <= 5; t++) {
    const began = 400 * (t - 1);
    await second.take(t, began + 1, {} as GPUBuffer);
    await finish(began + 100);
    await first.take(t + 1, began + 101, {} as GPUBuffer);
    await finish(began + 400);
    // The one that came last is collected first.
    times.second.push(...(await second.collect(false)).map(({ ms }) => ms));
    times.first.push(...(await first.collect(false)).map(({ ms }) => ms));
  }
  expect(times).toEqual({ first: Array(5).fill(100), second: Array(5).fill(300) });
  expect([...times.first, ...times.second].reduce((sum, ms) => sum + ms, 0)).toBe(clock);
});

test("time in which no step was under way is no step's", async () => {
  const { gpu, finish } = deviceByHand();
  const ring = new NumbersRing(gpu());
  clock = 0;
  for (const [t, began] of [
    [1, 0],
    [2, 5000],
  ]) {
    await ring.take(t, began, {} as GPUBuffer);
    await finish(began + 200);
  }
  expect((await ring.collect(true)).map(({ ms }) => ms)).toEqual([200, 200]);
});
