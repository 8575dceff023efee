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
    changeWindow(clip, { startS, endS: startS + lengthS + direction * keyStepS("end", clip) });
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
