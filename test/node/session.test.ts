// A session against a student that is numbers alone: what it does again after its device was lost.
import { expect, test } from "vitest";
import { failsAgain } from "../../src/state/stored/fails_again.ts";
import { Session, type Trainable, type TrainableState } from "../../src/train/session.ts";

const noPause = async () => {};

/** A student on a device of its own, which begins where the state left it. */
function student(from: number): Trainable<number> {
  let step = from;
  return {
    step: async (t) => {
      step = t;
    },
    collect: async () => [],
    measure: async () => step,
    save: async () => stateAt(step),
    destroy: () => {},
  };
}

/** What nobody listens to. */
const silent = { status: () => {}, numbers: () => {}, measured: () => {} };

const stateAt = (step: number): TrainableState => ({ step, random: 0, tensors: {} as TrainableState["tensors"] });

test("a look that came after the state which a lost device goes back to is measured again", async () => {
  const measured: number[] = [];
  const options = { steps: 8, evaluateEvery: 4, checkpointEvery: 100 };
  const events = { status: () => {}, numbers: () => {}, measured: (step: number) => measured.push(step) };
  const session = new Session(student(0), stateAt(0), options, events);
  session.start();
  while (session.step < 3) await session.advance(noPause);
  await session.save();
  while (measured.at(-1) !== 4) await session.advance(noPause);
  session.recover(student(3));
  while (await session.advance(noPause));
  expect([session.status, session.step]).toEqual(["done", 8]);
  expect(measured).toEqual([0, 4, 4, 8]);
});

test("“One step” of a run that was paused while its last look was drawn ends it, and takes none", async () => {
  const taken: number[] = [];
  const measured: number[] = [];
  let giveUp = true;
  const trainable: Trainable<number> = {
    ...student(0),
    step: async (t) => void taken.push(t),
    measure: async () => {
      if (giveUp && taken.length === 3) throw new Error("given up");
      return 0;
    },
  };
  const events = { ...silent, measured: (step: number) => measured.push(step) };
  const session = new Session(trainable, stateAt(0), { steps: 3, evaluateEvery: 100, checkpointEvery: 100 }, events);
  session.start();
  await expect(
    (async () => {
      while (await session.advance(noPause));
    })(),
  ).rejects.toThrow("given up");
  await session.pause();
  expect([session.status, session.step]).toEqual(["paused", 3]);
  giveUp = false;
  await session.single(noPause);
  expect([session.status, session.step, taken, measured]).toEqual(["done", 3, [1, 2, 3], [0, 3]]);
});

test("a run that is over stays as it ended, whatever becomes of its device", async () => {
  const options = { steps: 1, evaluateEvery: 100, checkpointEvery: 100 };
  const done = new Session(student(0), stateAt(0), options, silent);
  done.start();
  while (await done.advance(noPause));
  done.fail("the GPU is gone");
  expect([done.status, done.problem, done.kept.step]).toEqual(["done", null, 1]);
  const failed = new Session(student(0), stateAt(0), options, silent);
  failed.start();
  failed.fail("step 7 gave a loss of NaN");
  failed.fail("the GPU is gone");
  expect(failed.problem).toBe("step 7 gave a loss of NaN");
});

test("a run that no device takes on stands at its last kept state, also where it had failed before", async () => {
  const options = { steps: 10, evaluateEvery: 100, checkpointEvery: 5 };
  for (const failedBefore of [false, true]) {
    const steps: number[] = [];
    const events = { ...silent, status: () => steps.push(session.step) };
    const session: Session<number> = new Session(student(0), stateAt(0), options, events);
    session.start();
    while (session.step < 7) await session.advance(noPause);
    if (failedBefore) session.fail("the download broke");
    session.failWithoutDevice("the GPU is gone");
    const problem = failedBefore ? "the download broke" : "the GPU is gone";
    expect([session.status, session.problem, session.step, session.kept.step]).toEqual(["failed", problem, 5, 5]);
    expect(steps.at(-1)).toBe(5);
  }
});

test("the student that a failed run's sentence names is what a lost device goes back to", async () => {
  const options = { steps: 10, evaluateEvery: 100, checkpointEvery: 5 };
  const numbers = (step: number) => ({ step, loss: 1, gradNorm: 1, ms: 1, bad: step === 7, more: [] });
  let taken = 0;
  const trainable: Trainable<number> = {
    ...student(0),
    step: async (t) => {
      taken = t;
    },
    collect: async () => [numbers(taken)],
    // The update of a bad step is skipped.
    save: async () => stateAt(Math.min(taken, 6)),
  };
  const session = new Session(trainable, stateAt(0), options, silent);
  session.start();
  while (await session.advance(noPause));
  expect([session.status, session.problem]).toEqual(["failed", expect.stringMatching(/the student of step 6 is kept/)]);
  session.recover(student(6));
  expect([session.kept.step, session.step]).toEqual([6, 6]);
});

test("the page tells a run that failed by its numbers, and would again, from one whose device failed", async () => {
  const options = { steps: 3, evaluateEvery: 100, checkpointEvery: 100 };
  const bad = { step: 1, loss: Number.NaN, gradNorm: Number.NaN, ms: 1, bad: true, more: [] };
  const session = new Session({ ...student(0), collect: async () => [bad] }, stateAt(0), options, silent);
  session.start();
  while (await session.advance(noPause));
  const again = (message: string | null) => failsAgain({ code: "bad-request", message: message ?? "", report: "" });
  expect(session.problem).toContain("step 1 gave a loss of NaN");
  expect([again(session.problem), again("the GPU is gone and training needs one"), failsAgain(null)]).toEqual([
    true,
    false,
    false,
  ]);
});
