// Runs of the projector, against a worker that answers by hand: what they are of, what is said before one is lost, who may train.
import { beforeEach, expect, test, vi } from "vitest";
import { useSession } from "../../../src/state/session.ts";
import { DEFAULTS, useSettings } from "../../../src/state/settings.ts";
import { changesOf } from "../../../src/state/train/data.ts";
import { recipeOf } from "../../../src/state/train/recipe.ts";
import { openCheckpoint } from "../../../src/state/train/resume.ts";
import { checkpointOf } from "../../../src/state/train/save.ts";
import { liveRun, type TrainRun, useTraining } from "../../../src/state/train/store.ts";
import { timedLike } from "../../../src/state/train/timed.ts";
import { compareLosses, resetRun, resumeRun, startRun, startTrain, sweepTau } from "../../../src/state/train/train.ts";
import { parseRecipe } from "../../../src/train/recipe.ts";
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

test("what is under way between two runs of a plan is waited for, and then the next one begins", async () => {
  compareLosses();
  await vi.waitFor(() => expect(training().live).toBe(newest()));
  const checkpoint = { step: 300, bytes: new Uint8Array(8) };
  let save: (reply: unknown) => void = () => {};
  answers.set("train-checkpoint", () => new Promise((resolve) => (save = resolve)));
  const run = newest();
  state(run, "done", 300);
  await vi.waitFor(() => expect(typesAsked()).toContain("train-checkpoint"));
  const opened = new File([], "mine.safetensors");
  let inspect: (reply: unknown) => void = () => {};
  answers.set("train-inspect", () => new Promise((resolve) => (inspect = resolve)));
  const opening = openCheckpoint(opened);
  await vi.waitFor(() => expect(typesAsked()).toContain("train-inspect"));
  answers.set("train-checkpoint", () => checkpoint);
  save(checkpoint);
  await new Promise((over) => setTimeout(over, 20));
  expect([starts().length, training().plan?.left.length]).toEqual([1, LOSS_KINDS.length - 1]);
  // It was no checkpoint.
  inspect(undefined);
  await opening;
  await vi.waitFor(() => expect(training().live).toBe(run + 1));
  expect(await othersMayTrain()).toBe(false);
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

test("several runs at one click ask once before they give up what is not saved, and nobody between two of them", async () => {
  await resetRun();
  const run = newest();
  state(run, "paused", 2);
  compareLosses();
  await vi.waitFor(() =>
    expect(training().notice).toMatch(/at step 2: export its projector first, or press the button/),
  );
  await vi.waitFor(() => expect(training().busy).toBeNull());
  expect([training().plan, training().live, starts().length]).toEqual([null, run, 1]);
  // Nothing is put away for a plan that does not begin.
  expect(training().runs.map(({ drawn }) => drawn)).toEqual([true]);
  compareLosses();
  await vi.waitFor(() => expect(starts()).toHaveLength(2));
  await vi.waitFor(() => expect(training().live).toBe(newest()));
  state(newest(), "done", 300);
  await vi.waitFor(() => expect(starts()).toHaveLength(3));
  expect(training().notice).toBe(
    "Saved is nothing of this run, at step 300: the plan's next run takes its place, and its curves stay.",
  );
});

test("several runs at one click leave what is under way, and the curves, as they are", async () => {
  await resetRun();
  useTraining.setState({ busy: "Preparing the run" });
  sweepTau();
  await new Promise((over) => setTimeout(over));
  expect(training().runs.map(({ drawn }) => drawn)).toEqual([true]);
  expect([training().plan, training().busy]).toEqual([null, "Preparing the run"]);
});

test("a run that goes on is paused before it is asked about: its steps are the same when the button is pressed again", async () => {
  await startRun();
  const run = newest();
  let step = 4;
  state(run, "running", step);
  answers.set("train-pause", () => state(run, "paused", ++step));
  await resetRun();
  expect(liveRun(training())).toMatchObject({ run, status: "paused", step: 5 });
  expect(training().notice).toMatch(/Saved is nothing of this run, at step 5/);
  await resetRun();
  expect(newest()).toBe(run + 1);
});

test("the projector's file is of the step that the worker was at, which may be past the one that is drawn", async () => {
  await resetRun();
  state(newest(), "running", 4);
  answers.set("train-checkpoint", () => ({ step: 9, bytes: new Uint8Array(8) }));
  expect((await checkpointOf(liveRun(training()) as TrainRun))?.step).toBe(9);
});

test("a run has timed another where its steps cost the same", () => {
  const data = { ...encoded, contentHash: "aaaa", clipName: "discs", input: "patches" } as unknown as TrainData;
  const recipe = recipeOf(DEFAULTS, 8);
  const point = { step: 1, loss: 1, gradNorm: 1, ms: 9 };
  const run = { run: 1, recipe: parseRecipe(recipe), data, points: [point, point] } as unknown as TrainRun;
  const like = (change: object, of: object = {}) =>
    timedLike([run], { ...recipe, ...change }, { ...data, ...of } as TrainData)?.run;
  expect([like({}), like({ seed: 7, steps: 9, learningRate: 0.5 })]).toEqual([1, 1]);
  expect(like({ batch: { windows: 2, frames: 0, flips: false } })).toBeUndefined();
  expect(like({ trainFrames: [0, 1] })).toBeUndefined();
  expect(like({ optimizer: "muon" })).toBeUndefined();
  expect(like({}, { grid: { F: 16, H: 14, W: 20, C: 64 } })).toBeUndefined();
  // Only a loss that reads ρ takes longer with it, and of one's own mask all tokens ask.
  expect([recipe.loss, like({ rho: 0.9 })]).toEqual(["tsa", 1]);
  const asks = { ...run, recipe: parseRecipe({ ...recipe, loss: "mtsa" }) };
  expect(timedLike([asks], { ...recipe, loss: "mtsa", rho: 0.9 }, data)).toBeUndefined();
  expect(timedLike([{ ...run, points: [point] }], recipe, data)).toBeUndefined();
});
