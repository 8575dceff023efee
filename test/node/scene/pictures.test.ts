import { expect, test } from "vitest";
import { Pictures } from "../../../src/scene/pictures.ts";

/** A screen that ticks when told to, and the shares of the pixel ratio that were drawn. */
function screen() {
  const drawn: number[] = [];
  const waiting = new Map<number, (nowMs: number) => void>();
  let [handle, nowMs] = [0, 0];
  const pictures = new Pictures((share) => drawn.push(share), {
    request(tick) {
      waiting.set(++handle, tick);
      return handle;
    },
    cancel: (which) => waiting.delete(which),
  });
  /** @returns whether anything waited for the tick */
  const tick = (afterMs: number) => {
    nowMs += afterMs;
    const all = [...waiting.values()];
    waiting.clear();
    for (const each of all) each(nowMs);
    return all.length > 0;
  };
  const moves = (count: number, everyMs: number) => {
    for (let i = 0; i < count; i++) {
      pictures.askMoving();
      tick(everyMs);
    }
  };
  /** Ticks of 16 ms until nothing waits. */
  const settle = () => {
    let ticks = 0;
    while (tick(16)) ticks++;
    return ticks;
  };
  return { pictures, drawn, tick, moves, settle };
}

test("a change is one picture, and nothing ticks after it", () => {
  const { pictures, drawn, tick, settle } = screen();
  pictures.ask();
  pictures.ask();
  tick(16);
  expect(drawn).toEqual([1]);
  expect(settle()).toBe(0);
});

test("a quick renderer moves at the full ratio and draws nothing more at rest", () => {
  const { drawn, moves, settle } = screen();
  moves(6, 16);
  expect(settle()).toBeGreaterThan(0);
  expect(drawn).toEqual([1, 1, 1, 1, 1, 1]);
});

test("a slow one moves coarser, coarser still where that is not enough, and is sharp once when it rests", () => {
  const { drawn, moves, settle } = screen();
  moves(4, 60);
  settle();
  expect(drawn).toEqual([1, 0.6, 0.6, 0.6, 1]);
  drawn.length = 0;
  moves(4, 140);
  settle();
  // The next movement begins sharp again.
  expect(drawn).toEqual([1, 0.6, 0.4, 0.4, 1]);
});

test("a pointer that moves rarely does not make a quick renderer slow", () => {
  const { drawn, moves, tick, settle } = screen();
  for (let i = 0; i < 4; i++) {
    moves(1, 16);
    for (let j = 0; j < 5; j++) tick(16);
  }
  settle();
  expect(drawn).toEqual([1, 1, 1, 1]);
});

test("stopped, it neither draws nor ticks; a picture that is wanted now is drawn now", () => {
  const { pictures, drawn, moves, settle } = screen();
  moves(2, 60);
  pictures.askMoving();
  pictures.stop();
  expect(settle()).toBe(0);
  expect(drawn).toEqual([1, 0.6]);
  pictures.drawNow();
  expect(drawn).toEqual([1, 0.6, 1]);
});
