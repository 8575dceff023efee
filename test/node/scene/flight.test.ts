// The flight along a thread, through the frames of its shot.
import { afterEach, expect, test, vi } from "vitest";
import { flightPose, fly } from "../../../src/scene/flight.ts";
import { blockLayout } from "../../../src/scene/layout.ts";
import type { Spread } from "../../../src/scene/spread.ts";

const layout = blockLayout({ F: 4, H: 6, W: 8 }, 0.75, 3);
const sharp: Spread = { row: 2, col: 3, varRow: 0, varCol: 0, cov: 0, peak: 1 };
const wide: Spread = { row: 3, col: 4, varRow: 2, varCol: 1, cov: 0.5, peak: 0.2 };
const spreads = [sharp, { ...sharp, col: 5 }, { ...sharp, col: 6 }, wide];
const all = { from: 0, to: 4 };

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("it passes every frame in order and looks ahead, and ends where the thread ends", () => {
  const poses = Array.from({ length: 31 }, (_, i) => flightPose(layout, spreads, all, i / 10));
  expect(poses.map(({ frame }) => frame)).toEqual(poses.map((_, i) => Math.round(i / 10)));
  for (const { position, target } of poses) expect(target.z).toBeLessThan(position.z);
  expect(flightPose(layout, spreads, all, 99)).toEqual(flightPose(layout, spreads, all, 3));
  expect(flightPose(layout, [sharp], { from: 0, to: 1 }, 0).frame).toBe(0);
});

test("where the clip is cut it neither goes to the other shot nor looks at it", () => {
  const elsewhere = spreads.map((spread, f) => (f < 2 ? spread : { ...spread, row: 5, col: 0 }));
  const before = { from: 0, to: 2 };
  for (const at of [0, 0.5, 1, 99]) {
    expect(flightPose(layout, elsewhere, before, at)).toEqual(flightPose(layout, spreads, before, at));
  }
  expect(flightPose(layout, spreads, { from: 2, to: 4 }, 0).frame).toBe(2);
  expect(flightPose(layout, spreads, { from: 2, to: 3 }, 2.7)).toEqual(
    flightPose(layout, [sharp, sharp, spreads[2], sharp], { from: 2, to: 3 }, 2),
  );
});

test.each([
  [all, [0, 1, 2, 3]],
  [{ from: 2, to: 4 }, [2, 3]],
])("of the shot %o it shows each frame once where motion is reduced", (shot, frames) => {
  vi.useFakeTimers();
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("cancelAnimationFrame", () => {});
  const [shown, done]: [number[], () => void] = [[], vi.fn()];
  fly(shot, true, (at) => shown.push(at), done);
  vi.advanceTimersByTime(60_000);
  expect(shown).toEqual(frames);
  expect(done).toHaveBeenCalledOnce();
});

test("of a shot it shows all between its first frame and its last, and ends there", () => {
  let tick: (now: number) => void = () => {};
  vi.stubGlobal("cancelAnimationFrame", () => {});
  vi.stubGlobal("requestAnimationFrame", (next: (now: number) => void) => {
    tick = next;
    return 1;
  });
  const [shown, done]: [number[], () => void] = [[], vi.fn()];
  const start = performance.now();
  fly({ from: 2, to: 4 }, false, (at) => shown.push(at), done);
  for (let ms = 0; ms < 60_000 && !vi.mocked(done).mock.calls.length; ms += 100) tick(start + ms);
  expect(Math.min(...shown)).toBeCloseTo(2, 1);
  expect(Math.max(...shown)).toBe(3);
  expect(shown.length).toBeGreaterThan(10);
  expect(done).toHaveBeenCalledOnce();
});

test.each([true, false])("what a picture ends shows no other (reduced motion: %s)", (reduced) => {
  vi.useFakeTimers();
  vi.stubGlobal("cancelAnimationFrame", clearTimeout);
  vi.stubGlobal("requestAnimationFrame", (next: (now: number) => void) =>
    setTimeout(() => next(performance.now()), 16),
  );
  vi.stubGlobal("window", globalThis);
  const [shown, done]: [number[], () => void] = [[], vi.fn()];
  const stop = fly(
    all,
    reduced,
    (at) => {
      shown.push(at);
      if (at >= 1) stop();
    },
    done,
  );
  vi.advanceTimersByTime(60_000);
  expect(Math.floor(shown.at(-1) ?? 0)).toBe(1);
  expect(shown.filter((at) => at >= 1)).toHaveLength(1);
  expect(done).toHaveBeenCalledOnce();
});
