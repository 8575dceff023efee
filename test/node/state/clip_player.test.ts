// The drawn clips' player: without end where drawing is cheap, once for each look where the training pays for it.
import { beforeEach, expect, test } from "vitest";
import {
  askClips,
  nextFrame,
  playOnce,
  plays,
  restAtFirst,
  showFrame,
  useClipPlayer,
} from "../../../src/state/student/clip_player.ts";

beforeEach(() => useClipPlayer.setState(useClipPlayer.getInitialState()));
const now = () => useClipPlayer.getState();
const frameAfter = (ticks: number, sparing: boolean) => {
  for (let i = 0; i < ticks; i++) nextFrame(sparing);
  return now().frame;
};

test("without end where nobody pays for it", () => {
  expect(frameAfter(15, false)).toBe(15);
  expect(frameAfter(20, false)).toBe(3);
  playOnce(false);
  expect(now().frame).toBe(3);
});

test("one pass for each look beside a training on the same processor, then the last frame", () => {
  expect(frameAfter(5, true)).toBe(0);
  playOnce(true);
  expect(plays(now(), true)).toBe(true);
  expect(frameAfter(15, true)).toBe(15);
  expect(plays(now(), true)).toBe(false);
  expect(frameAfter(9, true)).toBe(15);
  playOnce(true);
  expect([now().frame, frameAfter(3, true)]).toEqual([0, 3]);
});

test("what the user says holds, whatever comes", () => {
  askClips("play");
  expect(frameAfter(18, true)).toBe(2);
  showFrame(7);
  playOnce(true);
  expect(frameAfter(4, false)).toBe(7);
  askClips("play");
  restAtFirst();
  expect(frameAfter(1, true)).toBe(8);
});

test("who wants no motion presses Play", () => {
  restAtFirst();
  playOnce(true);
  expect([frameAfter(4, false), plays(now(), false)]).toEqual([0, false]);
});
