// Which students of the user's own a menu of encoders offers, and what is said where one cannot be had.
import { expect, test, vi } from "vitest";
import { studentChoices, takeRun } from "../../../src/state/own_students.ts";
import { useSession } from "../../../src/state/session.ts";
import { type StudentRun, useStudents } from "../../../src/state/student/store.ts";
import { inNoise, parseStudentRecipe, trainedId } from "../../../src/worker/protocol.ts";
import { stubBrowser, typesAsked } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

stubBrowser();

const recipe = parseStudentRecipe({ task: "solids" });
const run = (id: string, savedStep: number | null) => ({ id, recipe, savedStep, diskBytes: savedStep && 1000 });
const named = (step: number) => `M-TSA on solids, seed 1, step ${step}`;
const id = (hash: string, name: string) =>
  trainedId({ hash, depth: 2, aligned: 1, noising: { t: 250, block: 1, given: false, seed: 1 }, name });
const [A, B] = [id("aaaaaaaaaaaaaaaa", named(20)), id("bbbbbbbbbbbbbbbb", "mine")];

test("kept runs, newest first, are offered until their student is here as it is now", () => {
  const runs = [run("a", 20), run("b", 20), run("c", null)];
  expect(studentChoices(runs, [], "xfeat")).toEqual([
    ["run:b", named(20)],
    ["run:a", named(20)],
  ]);
  const taken = [
    { id: A, from: "a 20" },
    { id: B, from: null },
  ];
  expect(studentChoices(runs, taken, "xfeat")).toEqual([
    [A, named(20)],
    [B, "mine"],
    ["run:b", named(20)],
  ]);
  // It has learnt on since.
  expect(studentChoices([run("a", 30)], taken, "xfeat").map(([, name]) => name)).toEqual([
    named(20),
    "mine",
    named(30),
  ]);
});

test("what is on show stands for the same student in another noise; a link's is not offered twice", () => {
  const noisier = inNoise(A, { t: 900 });
  expect(studentChoices([], [{ id: A, from: "a 20" }], noisier)).toEqual([[noisier, named(20)]]);
  expect(studentChoices([run("a", 20), run("b", 30)], [], noisier)).toEqual([["run:b", named(30)]]);
});

test("a run whose checkpoint is gone says so in the failure panel, and nothing is chosen", async () => {
  useStudents.setState({ runs: [run("a", 20) as StudentRun] });
  const picked = vi.fn();
  await takeRun("run:a", picked);
  expect(useSession.getState().failure).toMatchObject({
    code: "student-missing",
    message: `the checkpoint of “${named(20)}” is not in this browser any more: choose another, or drop its file here`,
  });
  expect([picked.mock.calls, typesAsked()]).toEqual([[], []]);
});
