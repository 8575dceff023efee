// PPE* of a run: what a few pairs say, and from which violation on a student notices.
import { expect, test, vi } from "vitest";
import {
  measurePlausibility,
  plausibleClips,
  stopPlausibility,
  threshold,
  usePlausibility,
  violationRows,
} from "../../../src/state/student/plausible.ts";
import { useStudents } from "../../../src/state/student/store.ts";
import { alphas } from "../../../src/student/schedule.ts";
import { lossTimes, meanLoss, silentLoss } from "../../../src/train/diffusion/plausible.ts";
import { type BrokenPair, parseStudentRecipe } from "../../../src/worker/protocol.ts";

const worker = vi.hoisted(() => ({ ask: async (_request: unknown): Promise<unknown> => null }));
vi.mock("../../../src/state/student/ask.ts", () => ({ ask: (request: unknown) => worker.ask(request) }));

/** `caught` of four pairs of each size, two of each way. */
const pairs = (caught: Readonly<Record<number, number>>): BrokenPair[] =>
  Object.entries(caught).flatMap(([by, n]) =>
    (["more", "less", "more", "less"] as const).map((way, i) => ({
      by: Number(by),
      way,
      caught: i < n,
      silent: way === "more",
    })),
  );

test("a row a size: both ways apart and together, beside a student that says nothing", () => {
  const [row, ...others] = violationRows(pairs({ 0.2: 3 }));
  expect(others).toEqual([]);
  expect(row).toMatchObject({ by: 0.2, pairs: 4, more: 1, less: 0.5, silent: 0.5 });
  expect(row.caught).toEqual({ mean: 0.75, low: expect.closeTo(0.301, 3), high: expect.closeTo(0.954, 3) });
  expect(violationRows([])).toEqual([]);
});

test("the threshold lies where three quarters are crossed for good, on the sizes' logarithm", () => {
  const of = (caught: Readonly<Record<number, number>>) => threshold(violationRows(pairs(caught)));
  expect(of({ 0.1: 2, 0.2: 2, 0.4: 4, 0.8: 4 })).toEqual({ by: expect.closeTo(0.2 * Math.SQRT2, 9), atMost: false });
  expect(of({ 0.1: 4, 0.2: 2, 0.4: 2, 0.8: 3 })).toEqual({ by: expect.closeTo(0.8, 9), atMost: false });
  expect(of({ 0.1: 3, 0.2: 4 })).toEqual({ by: 0.1, atMost: true });
  expect(of({ 0.1: 4, 0.8: 2 })).toBeNull();
  expect(threshold([])).toBeNull();
});

test("the loss weighs each noise level by 1/(1 − A); one that says nothing has the clip's own energy", () => {
  expect(lossTimes()).toEqual([50, 150, 250, 350, 450, 550, 650, 750, 850, 950]);
  const x0 = [1, -2];
  const A = alphas();
  const weights = lossTimes().map((t) => 1 / (1 - A[t]));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  expect(silentLoss(x0)).toBeCloseTo(mean(weights) * 2.5, 12);
  // Off by 1 in one value at the first level alone.
  const guesses = lossTimes().flatMap((_, k) => (k === 0 ? [2, -2] : x0));
  expect(meanLoss(guesses, x0)).toBeCloseTo(weights[0] / 2 / 10, 12);
});

test("what is stopped keeps what it found; before the first pair that is nothing, and nothing is said of gravity", () => {
  const begun = { steps: [2, 2], done: 0, pairs: [], busy: true } as const;
  usePlausibility.setState({ 1: begun });
  stopPlausibility(1);
  expect(usePlausibility.getState()[1]).toBeUndefined();
  const some = pairs({ 0.2: 3 });
  usePlausibility.setState({ 1: { ...begun, done: 1, pairs: some } });
  stopPlausibility(1);
  expect(usePlausibility.getState()[1]).toMatchObject({ done: 1, pairs: some, busy: false });
});

const ARM = { recipe: parseStudentRecipe({ drawn: "trained", clips: 2 }) };

test("two arms are measured beside each other: each keeps what is found of it, and one that is stopped stops itself alone", async () => {
  usePlausibility.setState({}, true);
  useStudents.setState({ live: [1, 2] });
  let go: () => void = () => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  const asked: unknown[] = [];
  worker.ask = async (request) => {
    asked.push(request);
    const { type, run } = request as { type: string; run: number };
    if (type === "student-plausible-stop") return null;
    if (run === 2) await held;
    return { step: 10 * run, pairs: pairs({ 0.2: run }) };
  };
  const second = measurePlausibility({ run: 2, ...ARM });
  await measurePlausibility({ run: 1, ...ARM });
  expect(usePlausibility.getState()).toMatchObject({
    1: { steps: [10, 10], done: 2, busy: false },
    2: { done: 0, busy: true },
  });
  stopPlausibility(1);
  expect(asked.at(-1)).toEqual({ type: "student-plausible-stop", run: 1 });
  go();
  await second;
  const found = usePlausibility.getState();
  expect([1, 2].map((run) => [found[run]?.pairs.filter(({ caught }) => caught).length, found[run]?.busy])).toEqual([
    [2, false],
    [4, false],
  ]);
});

test("nothing is kept of a run that is not live any more", async () => {
  usePlausibility.setState({ 1: { steps: [2, 2], done: 1, pairs: pairs({ 0.2: 3 }), busy: false } }, true);
  useStudents.setState({ live: [2] });
  worker.ask = async () => ({ step: 20, pairs: pairs({ 0.2: 2 }) });
  await measurePlausibility({ run: 2, ...ARM });
  expect(usePlausibility.getState()).toEqual({ 2: expect.objectContaining({ done: 2, busy: false }) });
});

test("no more clips are promised than there are of those that a run trains on", () => {
  const clips = (recipe: object) => plausibleClips({ recipe: parseStudentRecipe(recipe) });
  expect(clips({ drawn: "trained", clips: 1 })).toBe(1);
  expect(clips({ drawn: "trained", clips: 64 })).toBe(6);
  expect(clips({ drawn: "unseen", clips: 1 })).toBe(6);
});
