// A run of the diffusion student as the page keeps it: what events make of it, and what the page says of it.

import { expect, test, vi } from "vitest";
import { writeSafetensors } from "../../../src/formats/safetensors.ts";
import { differencesOf } from "../../../src/state/student/difference.ts";
import { givenFile } from "../../../src/state/student/given.ts";
import { lookInside, useMatch } from "../../../src/state/student/match.ts";
import { isOver } from "../../../src/state/student/plan/plan.ts";
import { armsOf, studentRecipeOf, studentSettingsOf } from "../../../src/state/student/recipe.ts";
import { STUDENT_DEFAULTS, type StudentSettings } from "../../../src/state/student/settings.ts";
import {
  afterStudentEvent,
  armsWith,
  errorsOf,
  lookAt,
  newStudentRun,
  type Prepared,
  type StudentRun,
  secondsPerStep,
  secondsToPrepare,
  setStudents,
  unsavedSteps,
  useStudents,
} from "../../../src/state/student/store.ts";
import {
  joinedClips,
  readStoredStudent,
  recalledStudent,
  storedStudent,
  withFrames,
} from "../../../src/state/student/stored_run.ts";
import { lookAtTensors } from "../../../src/state/student/student.ts";
import { costOf } from "../../../src/state/student/wanted.ts";
import { studentCsv, studentJson } from "../../../src/ui/student/files.ts";
import {
  drawnClips,
  errorWords,
  gpuWords,
  nowWords,
  pairWords,
  preparedWords,
  shortError,
  trendWords,
} from "../../../src/ui/student/words.ts";
import {
  parseStudentRecipe,
  type StudentEvent,
  type StudentSample,
  type StudentStarted,
} from "../../../src/worker/protocol.ts";
import { answers, asked } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

const started = {
  run: 1,
  status: "running",
  step: 0,
  steps: 300,
  failure: null,
  recipe: parseStudentRecipe({}),
  shape: { width: 32, depth: 1 },
  parameters: 10,
  bytes: 100,
} as unknown as StudentStarted;
const sample = (centreError: number, joint = false) =>
  ({ prompt: "p", seed: 1, centreError, stillError: 6, sa: 0.9, pc: 0.1, joint }) as StudentSample;
const step = (n: number, ms = 100): StudentEvent => ({
  type: "student-step-done",
  run: 1,
  step: n,
  loss: 2,
  diffusion: 1,
  alignment: 0.5,
  lambda: 2,
  gradNorm: 3,
  ms,
});
const look = (n: number, samples = [sample(4)]): StudentEvent => ({
  type: "student-look",
  run: 1,
  step: n,
  samples,
  joint: null,
});
const after = (events: readonly StudentEvent[], run = newStudentRun(started, { id: "a" })): StudentRun =>
  events.reduce(afterStudentEvent, run);
const state = (status: "running" | "failed" | "idle", n: number): StudentEvent => ({
  type: "student-state",
  run: 1,
  status,
  step: n,
  steps: n === 0 ? 0 : 300,
  failure: null,
});

test("steps and looks are kept; a device that goes back to a state takes with it what came after", () => {
  const run = after([look(0), step(1), step(2), look(2), step(3), state("running", 2)]);
  expect(run.points.map((point) => point.step)).toEqual([1, 2]);
  expect(run.looks.map((one) => one.step)).toEqual([0, 2]);
  expect([run.step, unsavedSteps(run)]).toEqual([2, 2]);
  expect(unsavedSteps({ ...run, savedStep: 2 })).toBe(0);
});

test("a run that the worker let go of keeps what it reached", () => {
  const run = after([step(1), look(1), state("idle", 0)]);
  expect(run).toMatchObject({ status: "idle", step: 1, steps: 300 });
  // One that failed is over in its plan, whoever runs next.
  const failed = after([step(1), state("failed", 1), state("idle", 0)]);
  expect(failed).toMatchObject({ status: "failed", step: 1 });
  expect(isOver({ arm: { run: "a", recipe: {} }, run: failed })).toBe(true);
  expect([run.points.length, run.looks.length]).toEqual([1, 1]);
});

test("the look at a step is the newest that is not after it; before the first, the first", () => {
  const run = after([look(1), look(3), look(5)]);
  expect([null, 0, 2, 3, 9].map((at) => lookAt(run, at)?.step)).toEqual([5, 1, 1, 3, 5]);
  expect(lookAt(after([]), null)).toBeUndefined();
});

test("a clip says how many of its bodies were found, and counts in the mean with 16 px for those that were not", () => {
  const found = (centreError: number, seen: number, sought = 12) => ({
    ...sample(centreError),
    bodies: { seen, sought },
  });
  const clips = [sample(4), found(4, 12), found(8, 9), found(16, 0), found(0, 0, 0)];
  expect(clips.map(shortError)).toEqual([
    ...["centre error 4 px", "centre error 4 px", "centre error 8 px", "bodies not found", "no body to find"],
  ]);
  expect(clips.map(errorWords)).toEqual([
    "centre error 4 px, a still clip's 6",
    "centre error 4 px, a still clip's 6",
    "centre error 8 px, a still clip's 6; 3 of 12 times a body is not found, which counts 16 px",
    "its bodies are not found, which counts 16 px; a still clip is 6 px off",
    "no centre error: the simulator's clip shows no body in these frames",
  ]);
  expect(errorsOf([found(2, 12), found(16, 0)])).toEqual({ made: 9, still: 6 });
  expect(errorsOf([])).toBeNull();
  const said = nowWords(after([step(1), look(1, [found(2, 12), found(16, 0)])])).join(" ");
  expect(said).toContain("a still clip would be 6. No body is found in 1 of them, which counts 16 px. 0 of 2 keep");
});

test("the status says what a run takes of the GPU while it is there, and of no other run", () => {
  const run = after([]);
  expect([gpuWords(run, [1]), gpuWords(run, []), gpuWords(run, [2])]).toEqual([
    expect.stringMatching(/ on the GPU$/),
    "not on the GPU",
    "not on the GPU",
  ]);
});

test("the pace leaves out the step that waited for clips; the preparation waits for its slower side", () => {
  expect(secondsPerStep(after([step(1, 90_000), step(2, 1000), step(3, 3000)]))).toBe(2);
  const prepared: Prepared = {
    ready: 4,
    total: 16,
    left: 2,
    reason: "it shows nothing",
    notKept: null,
    parts: {
      simulation: { clips: 8, seconds: 4 },
      autoencoder: { clips: 4, seconds: 4 },
      teacher: { clips: 4, seconds: 2 },
      reading: { clips: 0, seconds: 0 },
    },
  };
  expect(secondsToPrepare(prepared)).toBe(15);
  expect(secondsToPrepare({ ...prepared, parts: { ...prepared.parts, simulation: { clips: 4, seconds: 20 } } })).toBe(
    50,
  );
  expect(secondsToPrepare({ ...prepared, ready: 0 })).toBeNull();
  expect(preparedWords(prepared)).toBe(
    "4 of 16 clips are prepared; a clip takes 0.5 s to simulate, 1 s to encode and 0.5 s for the teacher; 2 cannot be shown (it shows nothing); about 15 s until all are there",
  );
});

test("settings make the recipe, and a recipe its settings", () => {
  const recipe = studentRecipeOf({ ...STUDENT_DEFAULTS, weigh: "lambda", lambda: 0.2, width: 32 });
  // The shipped student has its own width.
  expect(recipe).toMatchObject({ lambda: 0.2, start: "base" });
  expect([recipe.share, recipe.width]).toEqual([undefined, undefined]);
  const random = { ...STUDENT_DEFAULTS, start: "random", width: 32, depth: 1, heads: 1, share: 0.3 } as const;
  expect(studentSettingsOf(parseStudentRecipe(studentRecipeOf(random)), STUDENT_DEFAULTS)).toEqual(random);
});

test("a step that was measured says nothing of settings whose steps or passes cost something else", () => {
  const same = (change: Partial<StudentSettings>, of: Partial<StudentSettings> = {}) =>
    costOf({ ...STUDENT_DEFAULTS, ...of, ...change }) === costOf({ ...STUDENT_DEFAULTS, ...of });
  expect(same({ hidden: [512, 512, 256] })).toBe(false);
  expect(same({ rho: 0.5 })).toBe(false);
  // No pass was timed.
  expect(same({ samples: 4 }, { samples: 0 })).toBe(false);
  expect(same({ samples: 8, samplerSteps: 4, tau: 1, seed: 2 })).toBe(true);
  // Every token asks.
  expect(same({ rho: 0.5 }, { loss: "tsa" })).toBe(true);
  expect(same({ rho: 0.5, hidden: [512, 512, 256] }, { loss: "none" })).toBe(true);
  // The arm beside it is the one that is aligned.
  expect(same({ hidden: [512, 512, 256] }, { loss: "none", beside: "mtsa" })).toBe(false);
});

test("a trend within its own noise is none", () => {
  const noisy = Array.from({ length: 60 }, (_, i) => 1 + (i % 2) * 0.2);
  expect(trendWords(noisy)).toBe("stays about 1.1");
  expect(trendWords(noisy.map((value, i) => value - 0.02 * i))).toBe("fell from 1.01 to 0.01");
  expect(trendWords([2])).toBe("is 2");
});

test("the notes say what happens now", () => {
  const waiting = {
    ...after([]),
    prepared: { ready: 1, total: 2, left: 0, reason: null, parts: {} } as unknown as Prepared,
  };
  expect(nowWords(waiting)[0]).toMatch(/^Clips are made ready/);
  const words = nowWords(after([look(0, [sample(6)]), step(1), step(2), look(2, [sample(4, true), sample(2)])]));
  expect(words[0]).toBe("It is taking step 3 of 300.");
  expect(words[2]).toBe("λ is 2: it is moved to where its gradient is 0.5 of the diffusion loss's.");
  expect(words[3]).toBe(
    "The clips drawn at step 2 are 3 px off the simulator's, at step 0 they were 6 off; a still clip would be 6. 1 of 2 keeps sentence and laws.",
  );
});

test("a run's files hold each step, and each sample", () => {
  const run = after([look(0), step(1), step(2)]);
  const origin = { clip: null, window: null, models: {}, link: "" };
  expect(studentCsv(run, origin)).toMatch(
    /^step,loss,diffusion,alignment,lambda,grad_norm,ms,clip,.*\n1,2,1,0\.5,2,3,100,.*\n2,2,1,0\.5,2,3,100,.*\n$/,
  );
  expect(studentJson(run)).toMatchObject({
    steps: [{ step: 1, grad_norm: 3 }, { step: 2 }],
    samples: [{ step: 0, centre_error: 4 }],
  });
});

test("two arms differ by their loss alone, and their clips are compared in pairs", () => {
  expect(armsOf({ ...STUDENT_DEFAULTS, loss: "none", beside: "mtsa" }).map(({ loss }) => loss)).toEqual([
    "none",
    "mtsa",
  ]);
  expect(armsOf({ ...STUDENT_DEFAULTS, loss: "mtsa", beside: "mtsa" })).toHaveLength(1);
  const arm = (errors: readonly number[], id: string) =>
    after(
      [
        look(
          0,
          errors.map((error) => sample(error)),
        ),
      ],
      newStudentRun(started, { id, pair: "p" }),
    );
  const [first, second] = [arm([4, 6, 5, Number.NaN], "a"), arm([3, 4, 2, 1], "b")];
  // −1, −2, −3: their mean, and 4.303 × 1 / √3 to either side.
  const [{ mean, low, high, clips }] = differencesOf(first.looks, second.looks);
  expect([mean, clips]).toEqual([-2, 3]);
  expect(low).toBeCloseTo(-2 - 4.303 / Math.sqrt(3), 10);
  expect(high).toBeCloseTo(-2 + 4.303 / Math.sqrt(3), 10);
  expect(pairWords(first, second)).toMatch(
    /2 px nearer to the simulator's .* over 3 clips\): the difference may be chance\.$/,
  );
  expect(differencesOf(first.looks, [])).toEqual([]);
  const alone = newStudentRun(started, { id: "c" });
  expect(armsWith({ runs: [first, alone, second] }, second)).toEqual([first, second]);
  expect(armsWith({ runs: [first, alone, second] }, alone)).toEqual([alone]);
});

test("a run comes back from the disk as it was saved, its clips from files of their own", () => {
  const frames = (value: number) => new Uint8Array(3 * 16 * 64 * 64).fill(value);
  const drawn = { ...sample(4), frames: frames(3) };
  const unseen = { ...sample(16), bodies: { seen: 0, sought: 12 }, frames: frames(4) };
  const watched = [
    { prompt: "p", seed: 1, frames: frames(1) },
    { prompt: "q", seed: 2, frames: frames(2) },
  ];
  const run = { ...after([step(1), step(2), look(2, [drawn, unseen])]), watched };
  const text = JSON.stringify(storedStudent({ ...run, step: 2 }, 7));
  const stored = readStoredStudent(text);
  if (!stored) throw new Error("it was not read");
  const recalled = recalledStudent(stored, 5, 99);
  expect(recalled).toMatchObject({ run: 5, id: "a", status: "paused", step: 2, savedStep: 2, diskBytes: 99 });
  expect(recalled.points).toEqual(run.points);
  const ends = (clips: readonly { readonly frames: Uint8Array }[]) =>
    clips.map(({ frames: all }) => [all.length, all[0], all.at(-1)]);
  const samples = withFrames(recalled.looks[0].samples, joinedClips([drawn, unseen]));
  expect(ends(samples)).toEqual(ends([drawn, unseen]));
  expect(samples.map(({ bodies }) => bodies)).toEqual([undefined, unseen.bodies]);
  expect(ends(withFrames(recalled.watched, joinedClips(watched)))).toEqual(ends(watched));
  expect(readStoredStudent(text.replace('"version":1', '"version":2'))).toBeUndefined();
  expect(readStoredStudent(text.slice(0, -9))).toBeUndefined();
});

test("a file is a checkpoint to go on from, or weights to start from", () => {
  const one = { dtype: "U32", shape: [1], data: Uint32Array.of(7) } as const;
  const weights = writeSafetensors({ text_embedding: one }, {});
  expect(givenFile("w", weights).checkpoint).toBeNull();
  const recipe = JSON.stringify(parseStudentRecipe({ steps: 9 }));
  const checkpoint = writeSafetensors({ text_embedding: one, step: one }, { format: "tempered-student", recipe });
  expect(givenFile("c", checkpoint).checkpoint).toMatchObject({ step: 7, recipe: { steps: 9 } });
  expect(() => givenFile("x", Uint8Array.of(1))).toThrow(/8 bytes/);
  const damaged = (metadata: Record<string, string>) =>
    givenFile("d", writeSafetensors({ text_embedding: one }, { format: "tempered-student", ...metadata }));
  expect(() => damaged({})).toThrow('the metadata\'s "recipe" is not JSON: the file was changed or cut short');
  expect(() => damaged({ recipe })).toThrow('it has no number "step": the file was changed or cut short');
});

test("which clips a run is looked at by is said as it is set", () => {
  expect(drawnClips("unseen")).toBe("clips that it never trains on");
  expect(drawnClips("trained")).toBe("clips that it trains on and may learn by heart");
});

test("what is looked at inside a student is a block that it has, whatever the one before had", async () => {
  setStudents({ runs: [newStudentRun({ ...started, shape: { ...started.shape, depth: 2 } }, { id: "a" })] });
  answers.set("student-correspond", ({ block }: { block: number }) => ({ run: 1, asked: { block } }));
  useMatch.setState(({ last }) => ({ last: { ...last, block: 5 } }));
  await lookInside(1);
  expect(asked.at(-1)).toMatchObject({ type: "student-correspond", block: 2 });
  expect(useMatch.getState().of[1]).toMatchObject({ asked: { block: 2 }, found: { run: 1 }, busy: false });
  await lookInside(1, { block: 1 });
  expect(useMatch.getState().of[1]?.asked.block).toBe(1);
});

test("what is seen inside one arm stays when the other is looked into; a run that has ended leaves nothing behind", async () => {
  answers.set("student-correspond", ({ run }: { run: number }) => ({ run, asked: {} }));
  answers.set("student-tensors", ({ run }: { run: number }) => ({ run }));
  const arms = ["a", "b"].map((id, i) => newStudentRun({ ...started, run: i + 1 }, { id }));
  setStudents({ runs: arms, live: [1, 2] });
  for (const run of [1, 2]) {
    await lookInside(run, { t: 100 * run });
    await lookAtTensors(run);
  }
  expect(useMatch.getState().of).toMatchObject({
    1: { asked: { t: 100 }, found: { run: 1 } },
    2: { found: { run: 2 } },
  });
  expect(useStudents.getState().tensors).toEqual({ 1: { run: 1 }, 2: { run: 2 } });
  setStudents({ live: [2] });
  await lookInside(2);
  await lookAtTensors(2);
  expect(Object.keys(useMatch.getState().of)).toEqual(["2"]);
  expect(Object.keys(useStudents.getState().tensors)).toEqual(["2"]);
});
