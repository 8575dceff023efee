// How a list of steps is cut into submits.
import { expect, test } from "vitest";
import type { BoundKernel } from "../../src/gpu/kernels.ts";
import { cutSteps, dispatch } from "../../src/gpu/steps.ts";

const steps = [3, 1, 0, 9, 2, 2, 1].map((flop) => dispatch({} as BoundKernel, flop));

test.each([
  [4, [[3, 1, 0], [9], [2, 2], [1]]],
  [0, [[3], [1], [0], [9], [2], [2], [1]]],
  [100, [[3, 1, 0, 9, 2, 2, 1]]],
  [Number.POSITIVE_INFINITY, [[3, 1, 0, 9, 2, 2, 1]]],
])("at %d FLOP a submit every step is in one part, in order", (flopPerSubmit, parts) => {
  expect(cutSteps(steps, flopPerSubmit).map((part) => part.map(({ flop }) => flop))).toEqual(parts);
});

test("no steps are no parts", () => {
  expect(cutSteps([], 4)).toEqual([]);
});
