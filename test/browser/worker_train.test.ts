// Training in the real worker: what a run says of itself, what it leaves the page free to do, and what it survives.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ComputeFailure } from "../../src/state/client.ts";
import { LOSS_KINDS, type RecipeInput, type Request, type TrainStartRequest } from "../../src/worker/protocol.ts";
import { type RunningWorker, startWorker } from "../support/worker.ts";

const address = (file: string) => new URL(`/clips/${file}`, location.href).href;

/** Features that ship with the clip: no model, 8 frames of 14×14 tokens. */
async function encoded(backend: "auto" | "cpu" = "auto", id = "discs"): Promise<RunningWorker> {
  const worker = startWorker();
  await worker.request({ type: "boot", backend });
  await encode(worker, id);
  return worker;
}

async function encode(worker: RunningWorker, id: string): Promise<void> {
  const urls = { url: address(`${id}.mp4`), truthUrl: address(`${id}.truth.json`) };
  const clip = await worker.request({ type: "open", source: { kind: "builtin", id, name: id, ...urls } });
  await worker.request({
    type: "encode",
    window: { startS: 0, lengthS: clip!.durationS, frames: 8 },
    encoder: "xfeat",
    token: 16,
    shippedUrl: address(`${id}.xfeat-16-8.safetensors`),
  });
}

const RECIPE: RecipeInput = {
  hidden: [16, 16, 8],
  steps: 6,
  trainFrames: [0, 3],
  heldFrames: [4, 7],
  evaluateEvery: 100,
  checkpointEvery: 2,
  batch: { windows: 1, frames: 3, flips: true },
};

const start = (run: number, recipe: RecipeInput = {}, status: "running" | "paused" = "running"): TrainStartRequest => ({
  type: "train-start",
  run,
  recipe: { ...RECIPE, ...recipe },
  status,
});

/** Waits until the run says that it is in this state. */
async function reached(worker: RunningWorker, run: number, status: string) {
  for (;;) {
    const event = await worker.event("train-state", run);
    if (event.status === status) return event;
  }
}

/** The numbers of the run's next `count` steps. */
async function stepsOf(worker: RunningWorker, run: number, count: number) {
  const found = [];
  for (let i = 0; i < count; i++) found.push(await worker.event("train-step", run));
  return found;
}

async function refusal(worker: RunningWorker, request: Request): Promise<string> {
  const error = await worker.request(request as never).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ComputeFailure)) throw new Error(`expected a failure, got ${error}`);
  expect(error.failure.code).toBe("bad-request");
  return error.failure.message;
}

// One worker for all: a test looks at the events of its own runs only, whatever ran before it.
describe("a run", () => {
  let worker: RunningWorker;
  beforeAll(async () => {
    worker = await encoded();
  });
  afterAll(() => worker.stop());

  test("says what it is, its numbers in order, and its agreement; queries go before its steps", async () => {
    expect((await worker.request({ type: "train-stop" }))!.status).toBe("idle");
    const estimate = await worker.request({ type: "train-estimate", recipe: RECIPE });
    const started = (await worker.request(start(7)))!;
    expect(started).toMatchObject({ run: 7, status: "running", steps: 6, parameters: estimate!.parameters });
    expect(started.recipe).toMatchObject({ loss: "tsa", learningRate: 1e-3, hidden: [16, 16, 8] });
    expect(started.data).toMatchObject({ clipName: "discs", encoder: "xfeat", grid: { F: 8, H: 14, W: 14, C: 64 } });
    expect(estimate!.secondsPerStep).toBeGreaterThan(0);
    const { step } = (await worker.request({ type: "train-pause" }))!;
    expect(step).toBeLessThan(6);
    await worker.request({ type: "train-resume" });
    let over = false;
    const done = reached(worker, 7, "done").then((state) => {
      over = true;
      return state;
    });
    const found = await worker.request({ type: "query", queries: [[0, 3, 3]], taus: [0.1] });
    expect(found!.matches).toHaveLength(16);
    expect(over).toBe(false);
    expect(await done).toMatchObject({ run: 7, step: 6, failure: null });
    const steps = await stepsOf(worker, 7, 6);
    expect(steps.map((event) => event.step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(steps.every(({ run, loss, gradNorm, ms }) => run === 7 && loss > 0 && gradNorm > 0 && ms > 0)).toBe(true);
    for (const at of [0, 6]) {
      const { step: measuredAt, train, held } = await worker.event("train-agreement", 7);
      expect(measuredAt).toBe(at);
      for (const set of [train, held!]) {
        expect(set.teacher).toBeGreaterThan(0);
        // The discs move over a still photograph.
        expect(set.moving).not.toBeNull();
        expect(set.still).not.toBeNull();
        expect(set.teacherTruth).toBeGreaterThan(0.5);
      }
    }
  });

  test("shows a token's correspondence, and answers with matches", async () => {
    await worker.request(start(8, {}, "paused"));
    await worker.request({ type: "train-watch", query: [2, 3, 4], tau: 0.1, every: 1 });
    const seen = await worker.event("train-query", 8);
    expect(seen).toMatchObject({ run: 8, step: 0, query: [2, 3, 4], tau: 0.1 });
    for (const side of [seen.student, seen.teacher]) {
      expect(side).toHaveLength(8 * 196);
      expect(side.subarray(196, 392).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 4);
    }
    expect([seen.studentBest[2], seen.teacherBest[2]]).toEqual([3 * 14 + 4, 3 * 14 + 4]);
    expect([...seen.truth!.subarray(4, 6)]).toEqual([3, 4]);
    await worker.request({ type: "train-step" });
    const next = await worker.event("train-query", 8);
    expect(next.step).toBe(1);
    expect(next.teacher).toEqual(seen.teacher);
    expect(next.student).not.toEqual(seen.student);
    const matches = await worker.request({ type: "train-matches", queries: [[2, 3, 4]], taus: [0.1] });
    expect(matches!.probabilities[0]).toEqual(next.student);
    expect(matches!.matches).toHaveLength(16);
    await worker.request({ type: "train-stop" });
  });

  test("a pause that arrives while the run is made, or in its first measurement, is answered; so is a save", async () => {
    const started = worker.request(start(40));
    const state = await worker.request({ type: "train-pause" });
    expect(state).toMatchObject({ run: 40, status: "paused", step: 0 });
    expect((await started)!.status).toBe("running");
    await worker.request({ type: "train-resume" });
    const [saved, paused] = await Promise.all([
      worker.request({ type: "train-checkpoint" }),
      worker.request({ type: "train-pause" }),
    ]);
    expect(saved!.step).toBe(paused!.step);
    await worker.request({ type: "train-stop" });
  });

  test("goes on from a checkpoint bit-equal, beyond its end where asked, on its own clip only", async () => {
    await worker.request(start(9));
    await reached(worker, 9, "done");
    const whole = (await worker.request({ type: "train-checkpoint" }))!;
    await worker.request(start(10, { steps: 4 }));
    await reached(worker, 10, "done");
    const { bytes, step } = (await worker.request({ type: "train-checkpoint" }))!;
    expect(step).toBe(4);
    const inspected = (await worker.request({ type: "train-inspect", bytes: bytes.slice() }))!;
    expect(inspected).toMatchObject({ step: 4, recipe: { steps: 4 }, data: { clipName: "discs" } });
    const restore = { type: "train-restore", run: 11, status: "running", steps: 6 } as const;
    await worker.request({ ...restore, bytes: bytes.slice() });
    await reached(worker, 11, "done");
    const continued = (await worker.request({ type: "train-checkpoint" }))!;
    expect(continued.bytes).toEqual(whole.bytes);

    const elsewhere = await encoded("auto", "chelsea");
    const other = await refusal(elsewhere, { ...restore, bytes: bytes.slice() });
    const { data } = inspected;
    expect(await refusal(elsewhere, { ...start(12), data })).toMatch(
      /run was to be of discs .*what is encoded is chelsea .*start it again/,
    );
    elsewhere.stop();
    expect(other).toMatch(/checkpoint is of discs .*what is encoded is chelsea .*open that clip/);
    const cut = await refusal(worker, { ...restore, bytes: bytes.slice(0, -4) });
    expect(cut).toMatch(/cut short/);
    const moved = { ...data, window: { ...data.window, frames: 16 } };
    expect(await refusal(worker, { ...start(12), data: moved })).toMatch(/\(16 frames, .*\(8 frames, /);
    // The run that is there stays.
    expect((await worker.request({ type: "train-checkpoint" }))!.step).toBe(6);
    expect((await worker.request({ ...start(12, {}, "paused"), data }))!.data).toEqual(data);
  });

  test.each<[RecipeInput, RegExp]>([
    [{ tau: 0 }, /tau must be > 0, got 0/],
    [{ loss: "kl" as never }, /loss must be one of tsa, mtsa, trd, repa/],
    [{ heldFrames: [4, 8] }, /held frames 4-8 reach beyond the clip's 8 frames/],
    [{ heldFrames: [3, 5] }, /train frames 0-3 and held frames 3-5 overlap/],
    [{ batch: { frames: 5 } }, /batch.frames must be at most the 4 frames trained on, got 5/],
    [{ learningRate: Number.NaN }, /learningRate/],
    [{ colour: "red" } as never, /colour/],
    [
      { loss: "repa", batch: { flips: true } },
      /REPA takes no flips.*leave flips out, or take a loss of similarities such as TSA/,
    ],
  ])("refuses %j", async (recipe, sentence) => {
    expect(await refusal(worker, start(12, recipe))).toMatch(sentence);
  });

  test("needs a run for what is asked of one, and leaves no memory behind", async () => {
    await worker.request({ type: "train-stop" });
    for (const type of ["train-step", "train-pause", "train-resume", "train-checkpoint"] as const) {
      expect(await refusal(worker, { type })).toMatch(/there is no run: start one first/);
    }
    const small: RecipeInput = { hidden: [4, 4, 4], trainFrames: [0, 1], heldFrames: null, batch: {}, steps: 1 };
    const before = (await worker.request({ type: "memory" }))!;
    // Each loss twice: every buffer is counted, so that one left behind by any run shows.
    for (let run = 0; run < 2 * LOSS_KINDS.length; run++) {
      await worker.request(start(20 + run, { ...small, loss: LOSS_KINDS[run % LOSS_KINDS.length] }));
      await reached(worker, 20 + run, "done");
      await worker.request({ type: "train-stop" });
      const { bytes, buffers } = (await worker.request({ type: "memory" }))!;
      expect([bytes, buffers]).toEqual([before.bytes, before.buffers]);
    }
  });
});

test("a device lost while training: the run goes on from its last state and ends where it would have", async () => {
  const worker = await encoded();
  await worker.request(start(1));
  await reached(worker, 1, "done");
  const whole = (await worker.request({ type: "train-checkpoint" }))!;
  await worker.request(start(2));
  await stepsOf(worker, 2, 3);
  await worker.request({ type: "lose-device" });
  await worker.event("device-restored");
  await reached(worker, 2, "done");
  expect((await worker.request({ type: "train-checkpoint" }))!.bytes).toEqual(whole.bytes);

  // Lost again within a minute: the CPU takes over, and the student is still there to be saved.
  await worker.request(start(3, { steps: 1000 }));
  await stepsOf(worker, 3, 3);
  await worker.request({ type: "lose-device" });
  const state = await reached(worker, 3, "failed");
  expect(state.failure!.message).toMatch(/the GPU is gone and training needs one: the student of step \d+ is kept/);
  const { bytes, step } = (await worker.request({ type: "train-checkpoint" }))!;
  expect([state.step, (await worker.request({ type: "train-inspect", bytes }))!.recipe.steps]).toEqual([step, 1000]);
  worker.stop();
});

test("without a GPU a run is refused with a sentence", async () => {
  const worker = await encoded("cpu");
  expect(await refusal(worker, start(1))).toMatch(/training needs a GPU/);
  worker.stop();
});
