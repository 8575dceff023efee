// A session against a student that is numbers alone: what it does again after its device was lost.
import { expect, test } from "vitest";
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
