// Runs of the projector, against a worker that answers by hand: what they are of, what is said before one is lost, who may train.
import { beforeEach, expect, test, vi } from "vitest";
import { useSession } from "../../../src/state/session.ts";
import { DEFAULTS, useSettings } from "../../../src/state/settings.ts";
import { changesOf } from "../../../src/state/train/data.ts";
import { liveRun, useTraining } from "../../../src/state/train/store.ts";
import { compareLosses, resetRun, resumeRun, startRun, startTrain } from "../../../src/state/train/train.ts";
import { type ClipInfo, LOSS_KINDS, type TrainData, type TrainStartRequest } from "../../../src/worker/protocol.ts";
import { answers, asked, emit, encodedWith, othersMayTrain, stubBrowser, typesAsked } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

stubBrowser();
startTrain();

const window = { startS: 0, lengthS: 2, frames: 8 };
const encoded = encodedWith({
  window,
  grid: { F: 8, H: 14, W: 20, C: 64 },
  inputSize: { width: 320, height: 224 },
  tokenPx: [16, 16],
});

const state = (run: number, status: string, step: number) =>
  emit({ type: "train-state", run, status, step, steps: status === "idle" ? 0 : 300, failure: null });
const training = () => useTraining.getState();
const starts = () => asked.filter((request) => request.type === "train-start");
const newest = () => starts().at(-1)?.run ?? 0;

const started = ({ run, recipe, data, status }: TrainStartRequest) => {
  // The worker lets go of the one before.
  const { live } = training();
  if (live !== null) state(live, "idle", 0);
  return { run, recipe, data, status, step: 0, steps: 300, failure: null, parameters: 1, bytes: 1 };
};

beforeEach(() => {
  useTraining.setState(useTraining.getInitialState());
  useSettings.setState(DEFAULTS);
  useSession.setState({ clip: { contentHash: "aaaa", name: "discs" } as ClipInfo, encoded });
  asked.length = 0;
  answers.clear();
  answers.set("train-start", started);
  answers.set("train-checkpoint", () => ({ step: liveRun(training())?.step, bytes: new Uint8Array(8) }));
});

test("a run is asked for with what its recipe was made for", async () => {
  await startRun();
  const [{ data }] = starts();
  const { grid, inputSize } = encoded;
  const same = { contentHash: "aaaa", clipName: "discs", window, encoder: "xfeat", token: 16, grid, inputSize };
  expect(data).toEqual({ ...same, input: "patches" });
});

test("a plan goes on with what it began with, and stops with a notice where that is another now", async () => {
  compareLosses();
  await vi.waitFor(() => expect(training().live).toBe(newest()));
  state(newest(), "done", 300);
  await vi.waitFor(() => expect(starts()).toHaveLength(2));
  await vi.waitFor(() => expect(training().live).toBe(newest()));
  expect(starts()[1].data).toEqual(starts()[0].data);
  expect(starts().map(({ recipe }) => recipe.loss)).toEqual(LOSS_KINDS.slice(0, 2));
  expect(await othersMayTrain()).toBe(false);

  useSession.setState({ encoded: { ...encoded, encoder: "raw-patches", token: 8 } });
  useSettings.setState({ mask: "mask:0123456789abcdef:painted" });
  state(newest(), "done", 300);
  await vi.waitFor(() => expect(training().plan).toBeNull());
  expect(training().notice).toBe(
    `All losses stopped before run 3 of ${LOSS_KINDS.length}: the encoder was XFeat and is raw patches now, ` +
      "the token was 16 px and is 8 px now, the mask was the motion's and is “painted” now. Put that back and start it again.",
  );
  expect(starts()).toHaveLength(2);
  expect(await othersMayTrain()).toBe(true);
});

test("what differs of two runs' data is named, and nothing else", () => {
  const data = { contentHash: "aaaa", clipName: "discs", window, encoder: "xfeat", token: 16 } as TrainData;
  expect(changesOf(data, { ...data, input: "patches" })).toEqual([]);
  expect(changesOf(data, undefined)).toEqual(["the clip was “discs” and none is encoded now"]);
  const moved = { ...data, contentHash: "bbbb", clipName: "cat", window: { ...window, frames: 16, startS: 1 } };
  expect(changesOf(data, moved)).toEqual([
    "the clip was “discs” and is “cat” now",
    "the window was 8 frames of 0.00–2.00 s and is 16 frames of 1.00–3.00 s now",
  ]);
  expect(changesOf(data, { ...data, contentHash: "bbbb", window: { ...window, stride: 3 } })).toEqual([
    "the clip was “discs” and is another of that name now",
    "the window was 8 frames of 0.00–2.00 s and is 8 frames, 3 apart, of 0.00–2.00 s now",
  ]);
});

test("a start that fails leaves the run that is still there its lock, and where none is, lets other tabs train", async () => {
  answers.set("train-start", () => Promise.reject(new Error("the run was to be of something else")));
  await startRun();
  expect([training().live, training().notice]).toEqual([null, "the run was to be of something else"]);
  expect(await othersMayTrain()).toBe(true);

  answers.set("train-start", started);
  await resetRun();
  expect(liveRun(training())?.status).toBe("paused");
  answers.set("train-start", () => Promise.reject(new Error("refused")));
  await resetRun();
  expect(liveRun(training())?.status).toBe("paused");
  expect(await othersMayTrain()).toBe(false);

  // The run before had gone when the next one turned out to be too large.
  answers.set("train-start", (request: TrainStartRequest) => {
    started(request);
    throw new Error("out of memory");
  });
  await resetRun();
  expect([training().live, training().runs.length]).toEqual([null, 1]);
  expect(await othersMayTrain()).toBe(true);
});

test("where nothing can be stored, each step that would be lost is told of before it is", async () => {
  await resetRun();
  const run = newest();
  state(run, "paused", 2);
  await resetRun();
  expect(training().notice).toMatch(/Saved is nothing of this run, at step 2: export its projector first/);
  await resumeRun();
  state(run, "running", 3);
  state(run, "done", 300);
  await vi.waitFor(() => expect(typesAsked().filter((type) => type === "train-checkpoint")).toHaveLength(2));
  await startRun();
  expect(training().notice).toMatch(/Saved is nothing of this run, at step 300/);
  expect([newest(), await othersMayTrain()]).toEqual([run, true]);
  await startRun();
  expect(newest()).toBe(run + 1);
});
