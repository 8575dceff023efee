// What Evaluate wants, by settings, verdict and order.
import { expect, test, vi } from "vitest";
import { generate, startEvaluate, stopGenerating } from "../../../src/state/evaluate/evaluate.ts";
import { fileId } from "../../../src/state/evaluate/judged_id.ts";
import { type Evaluation, useEvaluation, useGeneration } from "../../../src/state/evaluate/store.ts";
import { trainedChoices, useTrained } from "../../../src/state/evaluate/trained.ts";
import { awaitedFile, keyOf, wanted } from "../../../src/state/evaluate/wanted.ts";
import { DEFAULTS, type Settings, setSettings, useSettings } from "../../../src/state/settings.ts";
import {
  type Failure,
  type GenerateRequest,
  type JudgeRequest,
  parseStudentRecipe,
} from "../../../src/worker/protocol.ts";
import { answers, asked, stubBrowser } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

stubBrowser();

const none = useEvaluation.getInitialState();
const settings: Settings = { ...DEFAULTS, view: "evaluate", judged: "sandbox:7:a ball" };
const judged: Evaluation = { ...none, of: keyOf(settings) };
const order: GenerateRequest = { type: "generate", prompt: "a ball", seed: 7, steps: 2, guidance: 2, given: false };

test("the clip of the settings is judged once, while Evaluate is on screen; another one is judged anew", () => {
  const source = { kind: "sandbox", prompt: "a ball", seed: 7, corruption: null };
  expect(wanted(settings, none, null).judge?.request.source).toEqual(source);
  expect(wanted({ ...settings, view: "explore" }, none, null)).toEqual({});
  expect(wanted(settings, judged, null)).toEqual({});
  for (const change of [{ judged: "sandbox:8:a ball" }, { corruption: "mirror" }, { maker: "student" }] as const)
    expect(wanted({ ...settings, ...change }, judged, null).judge).toBeDefined();
  expect(wanted({ ...settings, denoisingSteps: 3, tau: 1 }, judged, null)).toEqual({});
});

test("a clip is broken only where the simulator makes it", () => {
  const broken = { ...settings, corruption: "mirror" };
  expect(wanted(broken, none, null).judge?.request.source).toMatchObject({ corruption: "mirror" });
  expect(wanted({ ...broken, maker: "student" }, none, null).judge?.request.source).toMatchObject({ corruption: null });
});

test("what was ordered of our student follows the simulator's clip", () => {
  expect(useGeneration.getInitialState().order).toBeNull();
  expect(Object.keys(wanted(settings, none, order))).toEqual(["judge"]);
  expect(wanted(settings, judged, order)).toEqual({ generate: { request: order, of: order } });
});

test("after a failure nothing is wanted but a file that the user gives", () => {
  const failed = { ...none, failure: {} as Failure };
  expect(wanted(settings, failed, order)).toEqual({});
  const incoming = new File([], "mine.safetensors");
  expect(wanted(settings, { ...failed, incoming }, null).judge).toMatchObject({ of: incoming });
});

test("a clip that is ordered while its student is read is none where another was named meanwhile", async () => {
  useSettings.setState({ ...settings, maker: "student", denoisingSteps: 2, guidance: 2, firstGiven: false });
  await generate();
  expect(useGeneration.getState().order).toEqual(order);
  useGeneration.setState(useGeneration.getInitialState());
  let going = generate();
  setSettings({ judged: "sandbox:8:a ball" });
  await going;
  expect(useGeneration.getState()).toEqual(useGeneration.getInitialState());
  // That a student cannot be had is said of the clip that it was to make, too.
  useTrained.setState({ chosen: "a run that is gone" });
  going = generate();
  setSettings({ maker: "simulator" });
  await going;
  expect(useEvaluation.getState().failure).toBeNull();
  await generate();
  expect(useEvaluation.getState().failure?.message).toMatch(/not in this browser any more/);
});

test("a link to a file waits for it until it is judged", () => {
  const mine = { ...settings, judged: fileId("0123456789abcdef0000", "mine.safetensors") };
  expect(awaitedFile(mine, none)).toBe("mine.safetensors");
  expect(wanted(mine, none, null)).toEqual({});
  expect(awaitedFile(mine, { ...none, of: keyOf(mine) })).toBeNull();
  expect(awaitedFile(mine, { ...none, incoming: new File([], "x") })).toBeNull();
  expect(awaitedFile(settings, none)).toBeNull();
});

test("a student that was trained can draw where its checkpoint is on the disk, or was dropped", () => {
  const recipe = parseStudentRecipe({ task: "solids" });
  const run = { id: "a", recipe, savedStep: 20, diskBytes: 1000 };
  const runs = [run, { ...run, id: "b", savedStep: 30 }, { ...run, id: "c", diskBytes: null }];
  const file = { name: "mine.safetensors", bytes: new Uint8Array() };
  expect(trainedChoices({ runs }, { chosen: null, file: null })).toEqual([
    ["b", "M-TSA on solids, seed 1, step 30"],
    ["a", "M-TSA on solids, seed 1, step 20"],
  ]);
  expect(trainedChoices({ runs: [] }, { chosen: "file", file })).toEqual([["file", "“mine.safetensors”"]]);
});

/** Evaluate that follows the settings, with our student's clip of “a ball” on show. */
async function withMadeClip() {
  answers.clear();
  useTrained.setState({ chosen: null });
  useGeneration.setState(useGeneration.getInitialState());
  const shown = {
    judged: { kind: "made" },
    generated: { made: { kind: "made" } },
    of: keyOf({ ...settings, maker: "student" }),
  };
  useSettings.setState({ ...settings, maker: "student", denoisingSteps: 2, guidance: 2, firstGiven: false });
  useEvaluation.setState({ ...none, ...shown } as unknown as Evaluation);
  await settled();
  asked.length = 0;
  return shown;
}
const evaluation = () => useEvaluation.getState();
const settled = () => new Promise((over) => setTimeout(over));

test("what is said late of a clip that was given up leaves the student's clip that is on show again", async () => {
  startEvaluate();
  for (const late of ["verdict", "failure"] as const) {
    const shown = await withMadeClip();
    let answer: () => void = () => {};
    const held = new Promise<void>((resolve) => (answer = resolve));
    answers.set("judge", async (_: JudgeRequest) => {
      await held;
      if (late === "failure") throw new Error("there is nothing to break");
      return { kind: "simulated" };
    });
    setSettings({ judged: "sandbox:8:a ball" });
    expect(evaluation().busy).toBe(true);
    setSettings({ judged: settings.judged });
    answer();
    await settled();
    expect(evaluation()).toMatchObject({ ...shown, busy: false, failure: null });
    // Chosen again, it is judged anew.
    setSettings({ judged: "sandbox:8:a ball" });
    await settled();
    expect(asked.map(({ type }) => type)).toEqual(["judge", "judge"]);
  }
});

test("a clip that our student could not make, and is not made again, leaves what was on show before", async () => {
  const shown = await withMadeClip();
  answers.set("generate", () => Promise.reject(new Error("out of memory")));
  await generate();
  await settled();
  expect(evaluation()).toMatchObject({ ...shown, failure: { message: "out of memory" } });
  answers.set("generate", () => new Promise(() => {}));
  await generate();
  expect(evaluation().failure).toBeNull();
  stopGenerating();
  await settled();
  expect(evaluation()).toMatchObject({ ...shown, busy: false, failure: null });
});
