import { beforeEach, expect, test } from "vitest";
import { chooseEncoder, chooseSpacing, chooseStudentEncoder, chooseToken } from "../../../src/state/sampling.ts";
import { setSession } from "../../../src/state/session.ts";
import { DEFAULTS, ignoredOf, printSettings, setSettings, useSettings } from "../../../src/state/settings.ts";
import type { ClipInfo } from "../../../src/worker/protocol.ts";

/** A clip of the sandbox, as it is shown; XFeat sees it at that size. */
const CLIP: ClipInfo = {
  contentHash: "",
  name: "clip",
  bytes: 0,
  container: "sandbox",
  codec: "pictures",
  width: 256,
  height: 256,
  rotation: 0,
  durationS: 2,
  framesPerSecond: 8,
  constantRate: true,
  playerStartS: 0,
};

const now = useSettings.getState;
beforeEach(() => {
  setSession({ clip: CLIP });
  setSettings(DEFAULTS);
});

test("queries stay on their pixels and moments, into an encoder of one input and out of it", () => {
  setSettings({ queries: [[2, 8, 15]] });
  chooseToken(8);
  expect(now()).toMatchObject({ token: 8, frames: 8, queries: [[2, 17, 31]] });
  chooseEncoder("videomae");
  expect(now()).toMatchObject({ token: 8, frames: 16, tau: 0.1, queries: [[4, 4, 7]] });
  chooseEncoder("xfeat");
  expect(now()).toMatchObject({ token: 16, frames: 8, tau: DEFAULTS.tau, queries: [[2, 9, 15]] });
});

test("a temperature of the person's own stays", () => {
  setSettings({ tau: 0.5 });
  chooseEncoder("videomae");
  expect(now().tau).toBe(0.5);
});

test("as Compare's student it dictates its tokens and everybody's frames, until another is chosen", () => {
  chooseStudentEncoder("videomae");
  expect(now()).toMatchObject({ encoder: "xfeat", token: 16, studentToken: 8, frames: 16 });
  setSettings({ frames: 4, studentToken: 16 });
  expect(now()).toMatchObject({ studentToken: 8, frames: 16 });
  chooseStudentEncoder("raw-patches");
  expect(now()).toMatchObject({ studentToken: 16, frames: 8 });
});

test("a window that was counted, or a long shot that was kept, is spread over no more than is looked at", () => {
  setSession({ clip: { ...CLIP, durationS: 200 } });
  setSettings({ stride: 95 });
  chooseSpacing(0);
  expect(now()).toMatchObject({ stride: 0, lengthS: 10 });
  setSettings({ startS: 3, lengthS: 95.2 });
  expect(now()).toMatchObject({ startS: 3, lengthS: 10 });
  expect(ignoredOf(printSettings(now()))).toEqual([]);
});
