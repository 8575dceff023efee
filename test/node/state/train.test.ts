// What Train wants, by settings, session and runs.
import { expect, test } from "vitest";
import { type Session, useSession } from "../../../src/state/session.ts";
import { DEFAULTS, type Settings } from "../../../src/state/settings.ts";
import { type Training, type TrainRun, useTraining } from "../../../src/state/train/store.ts";
import { shows, wanted } from "../../../src/state/train/wanted.ts";
import type { ClipInfo, Encoded, TrainData } from "../../../src/worker/protocol.ts";

const window = { startS: 0, lengthS: 2, frames: 8 };
const session: Session = {
  ...useSession.getInitialState(),
  clip: { contentHash: "aaaa" } as ClipInfo,
  encoded: { encoder: "xfeat", token: 16, window, grid: { F: 8, H: 14, W: 20 } } as Encoded,
};
const data = { contentHash: "aaaa", encoder: "xfeat", token: 16, window } as TrainData;
const run = { run: 1, status: "running", data, recipe: { steps: 300 } } as TrainRun;

const none = useTraining.getInitialState();
const live: Training = { ...none, runs: [run], live: 1 };
const want = (settings: Partial<Settings>, training: Training, now = session) =>
  wanted({ ...DEFAULTS, view: "train", ...settings }, now, training);

test("the live run follows the query on screen, and none elsewhere than in Train", () => {
  const request = { type: "train-watch", query: [0, 7, 10], tau: 0.02, every: 5 };
  expect(want({}, live).watch).toMatchObject({ request, of: data });
  expect(want({ queries: [[0, 1, 1]], tau: 0.5 }, live).watch?.request).toMatchObject({ query: [0, 1, 1], tau: 0.5 });
  expect(want({ view: "compare" }, live).watch?.request.query).toBeNull();
  expect(want({}, none).watch).toBeUndefined();
});

test("on another clip or window than its own, a run goes on following what it followed", () => {
  const elsewhere = { ...session, clip: { contentHash: "bbbb" } as ClipInfo };
  expect(want({}, live, elsewhere).watch).toBeUndefined();
  expect(shows(session, data)).toBe(true);
  for (const change of [{ token: 8 }, { encoder: "raw-patches" }, { window: { ...window, startS: 1 } }] as const)
    expect(shows(session, { ...data, ...change })).toBe(false);
  // Frames that are counted off are others than those spread over the same window.
  const counted = { ...data, window: { ...window, stride: 3 } };
  expect(shows(session, counted)).toBe(false);
  expect(shows({ ...session, encoded: { ...session.encoded, window: counted.window } as Encoded }, counted)).toBe(true);
});

test("what the settings would take is asked in Train while nothing trains or is prepared", () => {
  expect(want({ steps: 7 }, none).estimate).toMatchObject({ request: { recipe: { steps: 7 } }, of: session.encoded });
  expect(want({ view: "explore" }, none).estimate).toBeUndefined();
  expect(want({}, live).estimate).toBeUndefined();
  expect(want({}, { ...none, busy: "Preparing the run" }).estimate).toBeUndefined();
  expect(want({}, { ...live, runs: [{ ...run, status: "paused" }] }).estimate).toBeDefined();
  expect(want({}, none, { ...session, encoded: null }).estimate).toBeUndefined();
});
