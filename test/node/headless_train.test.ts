// `npm run train` in its page, against a worker that answers by hand: what its file says of a run that went back, or went on for other steps.
import { afterEach, expect, test, vi } from "vitest";
import { type TrainRequest, train } from "../../src/headless/train.ts";
import { parseStudentRecipe } from "../../src/train/diffusion/recipe.ts";
import type { FromWorker, StudentEvent, ToWorker } from "../../src/worker/protocol.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const recipe = parseStudentRecipe({ steps: 6, rateDecay: "cosine", warmup: 0 });
const started = {
  run: 1,
  status: "running",
  step: 3,
  steps: 6,
  failure: null,
  recipe,
  shape: {},
  parameters: 1,
  bytes: 1,
};
const ANSWERS: Readonly<Record<string, object>> = {
  boot: { adapter: null },
  "student-start": { ...started, step: 0, stepsChange: null, projectorAnew: null },
  "student-restore": { ...started, stepsChange: { step: 3, before: 3, after: 6 }, projectorAnew: null },
  "student-pause": { ...started, status: "done", step: 6 },
};

/** Trains; the worker says these things once the run has begun. */
async function trained(request: Partial<TrainRequest>, said: readonly StudentEvent[]) {
  class WorkerByHand {
    onmessage: ((event: { readonly data: FromWorker }) => void) | null = null;
    terminate() {}
    async postMessage({ id, request: { type } }: ToWorker) {
      this.onmessage?.({ data: { kind: "reply", id, reply: ANSWERS[type] } as FromWorker });
      if (!type.startsWith("student-") || type === "student-pause") return;
      // After the answer to its start is taken.
      await new Promise((resolve) => setTimeout(resolve));
      for (const event of said) this.onmessage?.({ data: { kind: "event", event } });
    }
  }
  vi.stubGlobal("Worker", WorkerByHand);
  vi.stubGlobal("document", { querySelector: () => ({ files: [new Blob([new Uint8Array(8)])] }) });
  const reply = await train({ resume: null, weights: null, recipe: {}, checkpoint: false, ...request });
  if (!reply.ok) throw new Error(reply.message);
  return reply.json;
}

const took = (step: number): StudentEvent => ({
  ...{ type: "student-step-done", run: 1, step, loss: step, diffusion: 1, alignment: null },
  ...{ lambda: 0, gradNorm: 1, ms: 1 },
});
const looked = (step: number): StudentEvent =>
  ({
    ...{ type: "student-look", run: 1, step, joint: { diffusion: 1, alignment: 1, cosine: 0 } },
    samples: [{ prompt: "p", seed: step, centreError: 1, stillError: 1, sa: 1, pc: 1, joint: true }],
  }) as unknown as StudentEvent;
const became = (status: "running" | "done", step: number): StudentEvent => ({
  ...{ type: "student-state", run: 1, status, step, steps: 6, failure: null },
});

test.each([
  ["a step", 2, [took(3), looked(3)]],
  ["one of which a look is there, and is drawn again", 3, [looked(3)]],
])("what came after the state that a restored device went back to did not happen: after %s", async (_, back, again) => {
  const before = [looked(0), took(1), took(2), took(3), looked(3), took(4)];
  const after = [...again, took(4), took(5), took(6), looked(6)];
  const said = [became("running", 0), ...before, became("running", back), ...after, became("done", 6)];
  const { steps, samples, gradients } = await trained({}, said);
  expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(samples.map(({ step }) => step)).toEqual([0, 3, 6]);
  expect(gradients.map(({ step }) => step)).toEqual([0, 3, 6]);
});

test("a run that goes on for other steps says what that does to its rates, and its file what the steps were", async () => {
  const told = vi.spyOn(console, "info").mockImplementation(() => {});
  const json = await trained({ resume: 0 }, [became("done", 6)]);
  expect(json).toMatchObject({ steps_changed: [{ step: 3, before: 3, after: 6 }] });
  expect(told.mock.calls).toEqual([
    [
      "The rates fall to nothing over all steps, which were 3 and are 6 now: step 4 is taken at 50 % of the full rates, where the 3 steps had 0 %.",
    ],
  ]);
  told.mockClear();
  expect((await trained({}, [became("done", 6)])).steps_changed).toEqual([]);
  expect(told).not.toHaveBeenCalled();
});
