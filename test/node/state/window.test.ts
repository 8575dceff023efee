// The window where frames are counted: its end goes by as much as one step more or less between them takes.
import { beforeEach, expect, test } from "vitest";
import { windowOf } from "../../../src/state/sampling.ts";
import { DEFAULTS, setSettings, useSettings } from "../../../src/state/settings.ts";
import { changeWindow, keyStepS } from "../../../src/ui/clip/window.ts";
import type { ClipInfo } from "../../../src/worker/protocol.ts";

const clip = { durationS: 60, framesPerSecond: 25 } as ClipInfo;

beforeEach(() => useSettings.setState(DEFAULTS));

test("the least that a key moves its end by changes the step", () => {
  setSettings({ stride: 3, frames: 8, startS: 2 });
  const press = (direction: number) => {
    const { startS, lengthS } = windowOf(useSettings.getState(), clip);
    changeWindow(clip, "end", { startS, endS: startS + lengthS + direction * keyStepS("end", clip) });
    return useSettings.getState();
  };
  expect(press(1)).toMatchObject({ startS: 2, stride: 4 });
  expect(press(-1)).toMatchObject({ startS: 2, stride: 3 });
});

test("all else goes by a frame", () => {
  expect(keyStepS("end", clip)).toBe(0.04);
  setSettings({ stride: 3 });
  expect([keyStepS("start", clip), keyStepS("whole", clip)]).toEqual([0.04, 0.04]);
});

test("a window that is moved counts in the same steps, however it is cut", () => {
  const film = { durationS: 60, framesPerSecond: 30 } as ClipInfo;
  setSettings({ stride: 20, frames: 16 });
  // 10.67 s, shown as the 10 s that are looked at.
  changeWindow(film, "whole", { startS: 1 / 30, endS: 10 + 1 / 30 });
  expect(useSettings.getState()).toMatchObject({ startS: 0.033, stride: 20 });
});
