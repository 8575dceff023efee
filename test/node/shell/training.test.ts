// A run that goes on in the file that it was saved in.
import { expect, test } from "vitest";
import { withEarlier } from "../../../scripts/lib/training.mjs";

const line = (step: number, loss: number) => ({ step, loss });
const earlier = {
  recipe: { seed: 1, steps: 3 },
  status: "paused",
  steps: [line(1, 9), line(2, 8), line(3, 7)],
  samples: [line(2, 0)],
};
const run = {
  recipe: { seed: 1, steps: 5 },
  resumed_at: 2,
  status: "done",
  steps: [line(3, 6), line(4, 5)],
  samples: [],
};

test("what was written before the checkpoint stays in front; what came after it is made anew", () => {
  expect(withEarlier(earlier, run)).toEqual({
    ...run,
    steps: [line(1, 9), line(2, 8), line(3, 6), line(4, 5)],
    samples: [line(2, 0)],
  });
});

test("what the steps were before is kept from one resumption to the next", () => {
  const [first, second] = [
    { step: 2, before: 2, after: 4 },
    { step: 4, before: 4, after: 6 },
  ];
  const once = { ...run, steps_changed: [first] };
  expect(withEarlier(earlier, once)).toMatchObject({ steps_changed: [first] });
  expect(withEarlier(once, { ...run, resumed_at: 4, steps_changed: [second] })).toMatchObject({
    steps_changed: [first, second],
  });
});

test("another run's file, or none, adds nothing", () => {
  expect(withEarlier({ ...earlier, recipe: { seed: 2, steps: 3 } }, run)).toBe(run);
  expect(withEarlier({ note: "not ours" }, run)).toBe(run);
  expect(withEarlier(null, run)).toBe(run);
});
