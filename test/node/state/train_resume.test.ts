// Runs of earlier visits: their clip and window are put back on screen, or it is said why not; and how they are deleted.
import { beforeEach, expect, test, vi } from "vitest";
import { startExplore } from "../../../src/state/explore/explore.ts";
import { usePageNotice } from "../../../src/state/page_notice.ts";
import { type Session, useSession } from "../../../src/state/session.ts";
import { DEFAULTS, setSettings, useSettings } from "../../../src/state/settings.ts";
import { trainingLock } from "../../../src/state/train/guard.ts";
import { recipeOf } from "../../../src/state/train/recipe.ts";
import { continueRun, deleteRun, openCheckpoint, recallRuns } from "../../../src/state/train/resume.ts";
import { liveRun, type TrainRun, useTraining } from "../../../src/state/train/store.ts";
import { readStoredRun } from "../../../src/state/train/stored_run.ts";
import { startTrain } from "../../../src/state/train/train.ts";
import { parseRecipe } from "../../../src/train/recipe.ts";
import { runJson } from "../../../src/ui/train/files.ts";
import { endOf, filled, fitWindow, framesOf } from "../../../src/video/window/window.ts";
import type {
  ClipInfo,
  EncodeRequest,
  OpenRequest,
  SamplingWindow,
  TrainData,
  TrainRestoreRequest,
} from "../../../src/worker/protocol.ts";
import { answers, asked, emit, encodedWith, othersMayTrain, stubBrowser, typesAsked } from "../../support/fake_page.ts";

/** Ids of the runs on the disk; a test holds a save or a removal back. */
const disk = vi.hoisted(() => ({
  ids: new Set<string>(),
  saved: Promise.resolve(),
  removed: Promise.resolve(),
  stored: [] as unknown[],
  written: null as unknown,
}));
vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);
vi.mock("../../../src/state/train/run_store.ts", () => ({
  listRuns: async () => disk.stored,
  loadRun: async (id: string) => disk.stored.find((run) => (run as { id: string }).id === id),
  loadCheckpoint: async () => new Uint8Array(8),
  saveRun: async (run: { id: string }) => {
    await disk.saved;
    disk.ids.add(run.id);
    disk.written = run;
  },
  removeRun: async (id: string) => {
    await disk.removed;
    disk.ids.delete(id);
  },
}));

const FPS = 30;
const clipInfo = (contentHash: string, name: string): ClipInfo =>
  ({ contentHash, name, durationS: 2, framesPerSecond: FPS, width: 320, height: 224 }) as ClipInfo;
const builtin = (id: string, sha256: string) =>
  ({
    id,
    title: id,
    file: `${id}.mp4`,
    sha256,
    frames: 60,
    fps: FPS,
    truth: null,
    query: [0.5, 0.5],
    features: [],
  }) as unknown as Session["catalog"][number];
const HASHES: Record<string, string> = { chelsea: "cccc", discs: "dddd" };

/** What the worker makes of a window of a clip: its frames, and the window as they fill it. */
function sampled(wanted: SamplingWindow, clip: ClipInfo) {
  const { window } = fitWindow(wanted, clip);
  const all = Array.from({ length: 60 }, (_, index) => ({ index, timeS: index / FPS }));
  const within = all.filter(({ timeS }) => timeS >= window.startS - 1e-9 && timeS < endOf(window));
  const times = (frames: typeof all) => frames.map(({ timeS }) => timeS);
  const frames = framesOf(times(within), window).map((i) => within[i]);
  return { frames, window: filled(window, times(frames)) };
}

const gridOf = (F: number) => ({ F, H: 14, W: 20, C: 64 });
const inputSize = { width: 320, height: 224 };

const DISCS = clipInfo("dddd", "discs");
const dataOf = (window: SamplingWindow, of: Partial<TrainData> = {}): TrainData => ({
  ...{ contentHash: "dddd", clipName: "discs", window, encoder: "xfeat", token: 16, input: "patches" },
  ...{ inputSize, grid: gridOf(window.frames) },
  ...of,
});
const runOf = (id: string, run: number, data: TrainData): TrainRun => ({
  ...{ run, id, data, recipe: parseRecipe(recipeOf(DEFAULTS, data.window.frames)), parameters: 1, bytes: 1 },
  ...{ status: "paused", step: 5, failure: null, points: [], agreement: [], snapshots: [], clip: null, savedStep: 5 },
  ...{ stepsChanges: [], toldOf: null, warnedAt: null, drawn: false },
});
const WHOLE = { startS: 0, lengthS: 2, frames: 8 };

const training = () => useTraining.getState();
const settings = () => useSettings.getState();
const held = () => {
  let release: () => void = () => {};
  const until = new Promise<void>((resolve) => (release = resolve));
  return { until, release };
};

stubBrowser();
useSession.setState({ catalog: [builtin("chelsea", "cccc"), builtin("discs", "dddd")] });
answers.set("open", open);
answers.set("encode", encode);
startExplore();
startTrain();

function open({ source }: OpenRequest): ClipInfo {
  if (source.kind === "builtin") return clipInfo(HASHES[source.id], source.id);
  return source.kind === "sandbox" ? clipInfo("5555", `${source.prompt}, seed ${source.seed}`) : DISCS;
}

function encode({ encoder, token, window: wanted }: EncodeRequest) {
  const { frames, window } = sampled(wanted, useSession.getState().clip ?? DISCS);
  return encodedWith({ encoder, token, frames, window, grid: gridOf(frames.length), inputSize, tokenPx: [16, 16] });
}

/** A page that shows the cat, with a run in its table. */
async function pageWith(data: TrainData, change: Parameters<typeof setSettings>[0] = {}) {
  answers.clear();
  asked.length = 0;
  answers.set("open", open);
  answers.set("encode", encode);
  answers.set("train-restore", ({ run }: TrainRestoreRequest) => {
    const { recipe } = runOf("old", run, data);
    return { run, recipe, data, parameters: 1, bytes: 1, status: "running", step: 5, steps: 300, failure: null };
  });
  usePageNotice.setState({ text: null });
  useTraining.setState({ ...useTraining.getInitialState(), runs: [runOf("old", 1, data)] });
  useSettings.setState(DEFAULTS);
  setSettings({ view: "train", ...change });
  await vi.waitFor(() => expect(useSession.getState()).toMatchObject({ opened: settings().clip, failure: null }));
  await vi.waitFor(() => expect(useSession.getState().encoded?.window.frames).toBe(settings().frames));
}

beforeEach(() => {
  disk.ids = new Set(["old"]);
  [disk.stored, disk.written] = [[], null];
  [disk.saved, disk.removed] = [Promise.resolve(), Promise.resolve()];
});

test("a run of counted-off frames goes on with the same, also where they come to more than the clip has left", async () => {
  const { frames, window } = sampled({ startS: 1.5, lengthS: 1, frames: 8, stride: 4 }, DISCS);
  expect(window.startS + window.lengthS).toBeGreaterThan(DISCS.durationS);
  await pageWith(dataOf(window));
  await continueRun("old");
  expect([training().live, training().notice, training().busy]).toEqual([1, null, null]);
  expect(settings()).toMatchObject({ clip: "discs", stride: 4, startS: 1.5 });
  expect(useSession.getState().encoded?.frames).toEqual(frames);
});

test("where Compare's student dictates another number of frames it goes back to the usual one, and that is said", async () => {
  await pageWith(dataOf(WHOLE), { studentEncoder: "cogvideox" });
  expect(settings().frames).toBe(16);
  await continueRun("old");
  expect(training().live).toBe(1);
  expect(settings()).toMatchObject({ frames: 8, studentEncoder: "raw-patches", studentToken: 16 });
  expect(usePageNotice.getState().text).toBe(
    "Compare’s student is raw patches now: our CogVideoX takes 16 frames, and this run has 8.",
  );
});

test("a teacher that dictates the frames itself leaves Compare's student as it is", async () => {
  const window = { ...WHOLE, frames: 16 };
  await pageWith(dataOf(window, { encoder: "videomae", token: 8 }), { studentEncoder: "cogvideox" });
  await continueRun("old");
  expect([training().live, settings().studentEncoder]).toEqual([1, "cogvideox"]);
});

test("what is encoded for the run's settings and is not what it had ends the wait, and what differs is named", async () => {
  await pageWith(dataOf({ ...WHOLE, lengthS: 3 }));
  await continueRun("old");
  expect([training().live, training().busy]).toEqual([null, null]);
  expect(training().notice).toBe(
    "“discs” could not be encoded as this run had it: the window was 8 frames of 0.00–3.00 s and is 8 frames of 0.00–2.00 s now.",
  );
});

test("a simulated clip that is made otherwise by now ends the wait, also where it is open already", async () => {
  await pageWith(dataOf(WHOLE, { contentHash: "4444", clipName: "a ball, seed 7" }));
  for (let i = 0; i < 2; i++) {
    await continueRun("old");
    expect([training().live, training().busy, settings().clip]).toEqual([null, null, "sandbox:7:a ball"]);
    expect(training().notice).toBe(
      "“a ball, seed 7” could not be encoded as this run had it: the clip was “a ball, seed 7” and is another of that name now.",
    );
  }
});

test("a simulated clip is made again, with the run's window", async () => {
  const window = { startS: 0.5, lengthS: 1, frames: 8 };
  await pageWith(dataOf(window, { contentHash: "5555", clipName: "a ball, seed 7" }));
  await continueRun("old");
  expect(training().live).toBe(1);
  expect(settings()).toMatchObject({ clip: "sandbox:7:a ball", startS: 0.5, lengthS: 1 });
});

test.each([
  ["clip", { clip: "chelsea" }],
  ["encoder", { encoder: "raw-patches" }],
] as const)("the user's choice of another %s ends the wait", async (_, change) => {
  await pageWith(dataOf(WHOLE));
  const { until, release } = held();
  answers.set("encode", (request: EncodeRequest) => until.then(() => encode(request)));
  const going = continueRun("old");
  await vi.waitFor(() => expect(settings().clip).toBe("discs"));
  expect(training().busy).not.toBeNull();
  setSettings(change);
  await going;
  expect([training().live, training().busy]).toEqual([null, null]);
  expect(training().notice).toMatch(/^Something else was chosen while “discs” was brought back/);
  release();
});

test("a run that is deleted takes nothing back of what another has reached meanwhile", async () => {
  await pageWith(dataOf(WHOLE));
  const live = { ...runOf("live", 2, dataOf(WHOLE)), status: "running" } as TrainRun;
  useTraining.setState(({ runs }) => ({ runs: [...runs, live], live: 2, selected: 1, offer: "old" }));
  const { until, release } = held();
  disk.removed = until;
  const deleting = deleteRun("old");
  emit({ type: "train-step", run: 2, step: 6, loss: 0.5, gradNorm: 1, ms: 9 });
  await vi.waitFor(() => expect(liveRun(training())?.step).toBe(6));
  release();
  await deleting;
  expect(training().runs.map(({ id, step, points }) => [id, step, points.length])).toEqual([["live", 6, 1]]);
  expect([training().live, training().selected, training().offer, [...disk.ids]]).toEqual([2, 2, null, []]);
});

test("a run that the disk does not let go of stays in the table, until it does", async () => {
  await pageWith(dataOf(WHOLE));
  disk.removed = Promise.reject(new Error("in use"));
  await deleteRun("old");
  expect(training().runs.map(({ id }) => id)).toEqual(["old"]);
  expect(training().notice).toMatch(/^That run could not be deleted \(in use\): close the other tab .* try again\.$/);
  disk.removed = Promise.resolve();
  await deleteRun("old");
  expect(training().runs).toEqual([]);
});

test("a run that is deleted while it is being saved stays deleted", async () => {
  await pageWith(dataOf(WHOLE));
  const { until, release } = held();
  disk.saved = until;
  answers.set("train-checkpoint", () => ({ step: 6, bytes: new Uint8Array(8) }));
  useTraining.setState({ live: 1 });
  emit({ type: "train-state", run: 1, status: "done", step: 6, steps: 6, failure: null });
  await vi.waitFor(() => expect(typesAsked()).toContain("train-checkpoint"));
  await new Promise((resolve) => setTimeout(resolve));
  const deleting = deleteRun("old");
  await new Promise((resolve) => setTimeout(resolve));
  release();
  await deleting;
  await new Promise((resolve) => setTimeout(resolve));
  expect([training().runs, training().live, [...disk.ids]]).toEqual([[], null, []]);
});

test("a finished run that goes on says what the further steps do to rates that fall, and its JSON what its steps were", async () => {
  const data = dataOf(WHOLE);
  await pageWith(data);
  const recipe = parseRecipe({ ...recipeOf(DEFAULTS, 8), rateDecay: "cosine", warmup: 0, steps: 10 });
  answers.set("train-restore", ({ run }: TrainRestoreRequest) => ({
    ...{ run, recipe, data, parameters: 1, bytes: 1, status: "running", step: 5, steps: 10, failure: null },
    stepsChange: { step: 5, before: 5, after: 10 },
  }));
  await continueRun("old");
  expect(training().notice).toBe(
    "The rates fall to nothing over all steps, which were 5 and are 10 now: step 6 is taken at 50 % of the full rates, where the 5 steps had 0 %.",
  );
  const [run] = training().runs;
  expect(runJson(run)).toMatchObject({ step: 5, steps_changed: [{ step: 5, before: 5, after: 10 }] });
});

test("a run that another tab has gone on with goes on from there, and its curves in between are kept", async () => {
  const data = dataOf(WHOLE);
  await pageWith(data);
  const { run: _, ...row } = runOf("old", 1, data);
  const points = Array.from({ length: 9 }, (__, i) => ({ step: i + 1, loss: 1, gradNorm: 1, ms: 9 }));
  disk.stored = [readStoredRun(JSON.stringify({ ...row, version: 1, savedAt: 1, step: 9, points }))];
  answers.set("train-restore", ({ run }: TrainRestoreRequest) => {
    const { recipe } = runOf("old", run, data);
    return { run, recipe, data, parameters: 1, bytes: 1, status: "running", step: 9, steps: 300, failure: null };
  });
  await continueRun("old");
  expect(liveRun(training())).toMatchObject({ id: "old", step: 9, savedStep: 9, points });
  expect(training().notice).toBe(
    "Another tab had gone on with this run, from step 5 to step 9: it goes on from there.",
  );
  answers.set("train-checkpoint", () => ({ step: 9, bytes: new Uint8Array(8) }));
  emit({ type: "train-state", run: 1, status: "done", step: 9, steps: 9, failure: null });
  await vi.waitFor(() => expect(disk.written).toMatchObject({ id: "old", step: 9, points }));
});

test("that another tab went on, and what further steps do to rates that fall, are both said", async () => {
  const data = dataOf(WHOLE);
  await pageWith(data);
  const { run: _, ...row } = runOf("old", 1, data);
  const recipe = parseRecipe({ ...recipeOf(DEFAULTS, 8), rateDecay: "cosine", warmup: 0, steps: 10 });
  disk.stored = [readStoredRun(JSON.stringify({ ...row, version: 1, savedAt: 1, step: 9 }))];
  answers.set("train-restore", ({ run }: TrainRestoreRequest) => ({
    ...{ run, recipe, data, parameters: 1, bytes: 1, status: "running", step: 9, steps: 10, failure: null },
    stepsChange: { step: 9, before: 9, after: 18 },
  }));
  await continueRun("old");
  expect(training().notice).toMatch(/^Another tab had gone on .* goes on from there\. The rates fall to nothing over /);
});

test("a run is not read while another tab trains: that one may write it meanwhile", async () => {
  await pageWith(dataOf(WHOLE));
  trainingLock.release("projector");
  await othersMayTrain();
  let end: () => void = () => {};
  const other = navigator.locks.request("tempered-train", {}, () => new Promise<void>((over) => (end = over)));
  await continueRun("old");
  expect([training().live, training().busy, settings().clip]).toEqual([null, null, DEFAULTS.clip]);
  expect(training().notice).toMatch(/^Another tab is training/);
  end();
  await other;
});

test("a checkpoint that is dropped while something is under way is asked for again", async () => {
  await pageWith(dataOf(WHOLE));
  useTraining.setState({ busy: "Preparing the run" });
  await openCheckpoint(new File([], "mine.safetensors"));
  expect(training().notice).toBe("Preparing the run is under way: drop “mine.safetensors” again when that is over.");
  expect(typesAsked()).not.toContain("train-inspect");
});

test("a run that failed by its numbers is not offered to go on: it would fail again", async () => {
  const saved = (id: string, message: string) => {
    const { run, ...same } = runOf(id, 1, dataOf(WHOLE));
    const failure = { code: "bad-request", message, report: "" };
    return readStoredRun(JSON.stringify({ version: 1, savedAt: 1, ...same, status: "failed", failure }));
  };
  const ofNumbers =
    "step 6 gave a loss of NaN: the student of step 5 is kept; start again with a smaller learning rate";
  for (const [message, offer] of [
    [ofNumbers, null],
    ["the GPU is gone and training needs one: reload the page", "cut"],
  ] as const) {
    useTraining.setState(useTraining.getInitialState());
    disk.stored = [saved("cut", message)];
    await recallRuns();
    expect([training().offer, training().runs[0].failure?.message]).toEqual([offer, message]);
  }
});
