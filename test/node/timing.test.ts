// Times of a GPU as Chrome shows them to a page, in steps of 65 536 ns: what is shorter is still told, and never as Infinity.
import { expect, test } from "vitest";
import { gflopsOf, settleRepeats, summariseTimes } from "../../src/gpu/timing.ts";

const STEP_MS = 0.065_536;
/** A GPU of so many milliseconds a dispatch, behind that clock, which begins anywhere within a step. */
function coarse(ms: readonly number[]) {
  let at = 0;
  return (repeats: readonly number[]) =>
    Promise.resolve(
      ms.map((each, i) => {
        at = (at + 0.618) % 1;
        return Math.floor(at + (each * repeats[i]) / STEP_MS) * STEP_MS;
      }),
    );
}

test("kernels far shorter than a step are told to 10 %, and long ones are recorded once", async () => {
  const true_ms = [0.0021, 0.012, 0.07, 5];
  const time = coarse(true_ms);
  const repeats = await settleRepeats(true_ms.length, time);
  const runs = await Promise.all(Array.from({ length: 11 }, () => time(repeats)));
  true_ms.forEach((ms, i) => {
    const { median, spread } = summariseTimes(runs.map((run) => run[i] / repeats[i]));
    expect(Math.abs(median / ms - 1)).toBeLessThan(0.1);
    expect(spread).toBeLessThan(0.1);
  });
  expect(repeats[3]).toBe(1);
});

test("of an even number of times the median is the mean of the two in the middle", () => {
  expect(summariseTimes([9, 5])).toMatchObject({ median: 7, min: 5, runs: 2 });
  expect(summariseTimes([4, 1, 3, 20]).median).toBe(3.5);
  expect(summariseTimes([4, 1, 3]).median).toBe(3);
});

test("a clock that always says 0 comes to an end, and gives neither NaN nor Infinity", async () => {
  const repeats = await settleRepeats(1, () => Promise.resolve([0]));
  expect(repeats[0]).toBeLessThanOrEqual(2048);
  const time = summariseTimes(Array(11).fill(0));
  expect(time).toEqual({ median: 0, min: 0, spread: 0, runs: 11 });
  expect(gflopsOf(1e9, time.median)).toBeNull();
  expect(gflopsOf(1e9, 2)).toBe(500);
});
