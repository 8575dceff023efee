// What files say of where their numbers come from: of which bytes a clip's hash is, of which file a model of the user's own, what a
// student's run began with, and which view the link opens: the run's, whatever the rail says by now.
import { beforeEach, expect, test, vi } from "vitest";
import manifest from "../../../models/manifest.json";
import { type Origin, provenance } from "../../../src/formats/provenance.ts";
import { shellOrigin } from "../../../src/headless/origin.ts";
import {
  exploreOrigin,
  judgeOrigin,
  modelOrigin,
  planOrigin,
  scoreOrigin,
  studentOrigin,
  trainOrigin,
} from "../../../src/state/provenance.ts";
import { setSession } from "../../../src/state/session.ts";
import { DEFAULTS, ignoredOf, parseSettings, type Settings, useSettings } from "../../../src/state/settings.ts";
import { planRecipes } from "../../../src/state/student/plan/plan.ts";
import { studentRecipeOf } from "../../../src/state/student/recipe.ts";
import { STUDENT_DEFAULTS } from "../../../src/state/student/settings.ts";
import { recipeOf } from "../../../src/state/train/recipe.ts";
import type { TrainRun } from "../../../src/state/train/store.ts";
import { parseRecipe, type Recipe } from "../../../src/train/recipe.ts";
import {
  type ClipInfo,
  type Encoded,
  type Judged,
  parseStudentRecipe,
  type Scored,
  type StudentId,
} from "../../../src/worker/protocol.ts";

const MIB = 2 ** 20;
const HASH = "ab".repeat(32);
const clipOf = (bytes: number) =>
  ({ name: "a.mp4", contentHash: HASH, bytes, width: 64, height: 64, durationS: 2, framesPerSecond: 8 }) as ClipInfo;
const ENCODED = {
  encoder: "raw-patches",
  token: 16,
  window: { startS: 0, lengthS: 2, frames: 8 },
} as Encoded;
const RUN = {
  data: { contentHash: HASH, clipName: "a.mp4", window: ENCODED.window, encoder: "raw-patches", token: 16 },
  recipe: parseRecipe(recipeOf(DEFAULTS, 8)),
} as unknown as TrainRun;

const opens = ({ link }: Origin): Settings => parseSettings(new URL(link).hash);
const hashed = ({ clip }: Origin) => clip?.hashed;

beforeEach(() => {
  vi.stubGlobal("location", { href: "https://page/index.html#v=1" });
  setSession({ clip: null, catalog: [], files: new Map() });
  useSettings.setState(DEFAULTS);
});

test("a clip over 64 MiB is said to be hashed at its ends, in the page and in the shell", () => {
  for (const [bytes, part] of [
    [64 * MIB, "whole"],
    [64 * MIB + 1, "ends"],
  ] as const) {
    setSession({ clip: clipOf(bytes) });
    expect(
      [exploreOrigin(ENCODED), trainOrigin(RUN), shellOrigin(clipOf(bytes), ENCODED, { queries: [] })].map(hashed),
    ).toEqual([part, part, part]);
  }
});

test("of a run's clip that is not open it is known where the file was opened before, or ships with the page", () => {
  expect(hashed(trainOrigin(RUN))).toBeNull();
  setSession({ files: new Map([[`file:${HASH.slice(0, 16)}`, { size: 65 * MIB } as File]]) });
  expect(hashed(trainOrigin(RUN))).toBe("ends");
  setSession({ catalog: [{ id: "cat", sha256: HASH }] as never });
  expect(hashed(trainOrigin(RUN))).toBe("whole");
});

test("a model of the user's own is named by its file, as features and students are", () => {
  const hash = "0123456789abcdef";
  const own: readonly StudentId[] = [
    `model:${hash}:NCHW/imagenet/1x224x224/14x1/1/out:mine`,
    `features:${hash}:8x10x15:0:mine`,
    `trained:${hash}:8x4/4/250/1/1:mine`,
  ];
  for (const id of own)
    expect(modelOrigin(id)).toMatchObject({ id, name: expect.stringContaining("mine"), sha256: hash });
  expect(modelOrigin("raw-patches").sha256).toBeNull();
});

/** All of a projector's run that the rail has, none of it as the rail has it at first. */
const CHOSEN = {
  ...{ encoder: "raw-patches", token: 8, startS: 1, lengthS: 2, frames: 6, stride: 3 },
  ...{ loss: "trd", lossTau: 0.3, rho: 0.4, margin: 0.2, lambda: 0.7, learningRate: 2e-3, hidden: [64, 64, 32] },
  ...{ optimizer: "muon", muonRate: 3e-3, warmup: 4, rateDecay: "cosine", steps: 90, seed: 6 },
  ...{ windows: 2, windowFrames: 2, flips: true, held: "quarter" },
  trainInput: "features:0123456789abcdef:8x10x15:0:mine",
  mask: "mask:0123456789abcdef:painted",
} as const satisfies Partial<Settings>;

test("the link of a projector's run opens that run, whether its clip is open or not", () => {
  const { encoder, token, startS, lengthS, frames, stride, trainInput: input, mask: brought } = CHOSEN;
  const window = { startS, lengthS, frames, stride };
  const run = {
    data: { ...RUN.data, window, encoder, token, input, brought },
    recipe: parseRecipe(recipeOf({ ...DEFAULTS, ...CHOSEN }, frames)),
  };
  // Compare's student dictates 16 frames.
  useSettings.setState({ studentEncoder: "cogvideox", learns: "student", view: "explore" });
  for (const clip of [null, clipOf(MIB)]) {
    setSession({ clip });
    // Frames that are counted off have no length.
    expect(opens(trainOrigin(run))).toMatchObject({ ...CHOSEN, lengthS: 0, view: "train", learns: "projector" });
  }
});

test("the link of a run over a whole clip says nothing of its window, and of an old run nothing that it does not know", () => {
  const { encoder, token } = RUN.data;
  const data = { ...RUN.data, window: { startS: 0, lengthS: 2, frames: 8 } };
  const { optimizer: _, muonRate: __, ...old } = parseRecipe(recipeOf(DEFAULTS, 8));
  setSession({ clip: { ...clipOf(MIB), durationS: 2 } });
  const { link } = trainOrigin({ data, recipe: old as Recipe });
  const said = new URLSearchParams(new URL(link, location.href).hash.slice(1));
  expect([...said.keys()].filter((key) => /^(start|length|stride|optimizer|muon)/.test(key))).toEqual([]);
  expect(opens(trainOrigin({ data, recipe: old as Recipe }))).toMatchObject({ encoder, token, lengthS: 0 });
});

test("frames that were counted off past the longest window have a link that the page knows", () => {
  const window = { startS: 1, lengthS: 13.3, frames: 8, stride: 12 };
  const run = trainOrigin({ ...RUN, data: { ...RUN.data, window } });
  const inShell = shellOrigin(clipOf(MIB), { ...ENCODED, window }, { queries: [] });
  for (const { link } of [run, inShell]) expect(ignoredOf(new URL(link, location.href).hash)).toEqual([]);
});

test("scores of one encoder on two grids open each its own, whatever is chosen now", () => {
  const of = (token: 8 | 16) => opens(scoreOrigin({ encoder: "raw-patches", token } as Scored));
  for (const chosen of [8, 16] as const) {
    useSettings.setState({ token: chosen });
    expect([of(8), of(16)].map(({ encoder, token }) => [encoder, token])).toEqual([
      ["raw-patches", 8],
      ["raw-patches", 16],
    ]);
  }
});

test("a run's clip that is not open is named so that the page finds it: a simulated one by what makes it", () => {
  const of = (clipName: string) => trainOrigin({ ...RUN, data: { ...RUN.data, clipName } });
  useSettings.setState({ clip: "coffee", fileName: "mine.mp4", queries: [[0, 1, 1]], active: 3 });
  const simulated = of("a ball bounces on the floor, seed 7");
  expect(opens(simulated)).toMatchObject({ clip: "sandbox:7:a ball bounces on the floor", fileName: "" });
  expect(hashed(simulated)).toBe("whole");
  expect(opens(of("a.mp4"))).toMatchObject({ clip: `file:${HASH.slice(0, 16)}`, fileName: "a.mp4" });
  setSession({ catalog: [{ id: "cat", sha256: HASH }] as never });
  expect(opens(of("Cat"))).toMatchObject({ clip: "cat", fileName: "", queries: [], active: 0 });
});

const PROMPT = "a large red ball hits a small blue ball";
const judgedFrom = (source: unknown) =>
  ({ source, contentHash: HASH, verdict: { prompt: PROMPT } }) as unknown as Judged;
const drawnBy = (card: string | null) =>
  judgedFrom({
    ...{ kind: "student", prompt: PROMPT, seed: 9, steps: 30, guidance: 4, given: true },
    model: { name: "mine", sha256: HASH, parameters: 1, card },
  });

test("the link of a verdict opens the clip that was judged, whatever the rail says by now", () => {
  const elsewhere = { denoisingSteps: 7, guidance: 1, firstGiven: false, tau: 0.3 };
  for (const maker of ["simulator", "student"] as const) {
    useSettings.setState({ ...elsewhere, view: "explore", judged: "sandbox:3:a ball", corruption: "mirror", maker });
    const judged = `sandbox:9:${PROMPT}`;
    const of = (source: object) => opens(judgeOrigin(judgedFrom(source)));
    const simulated = { kind: "sandbox", prompt: PROMPT, seed: 9 };
    const view = "evaluate";
    expect(of({ ...simulated, corruption: null })).toMatchObject({
      ...{ view, judged, corruption: "none", maker: "simulator", tau: 0.3 },
    });
    expect(of({ ...simulated, corruption: "freeze" })).toMatchObject({
      judged,
      corruption: "freeze",
      maker: "simulator",
    });
    expect(opens(judgeOrigin(drawnBy("card.md")))).toMatchObject({
      ...{ view, judged, corruption: "none", maker: "student" },
      ...{ denoisingSteps: 30, guidance: 4, firstGiven: true },
    });
    expect(of({ kind: "file", file: new File([], "mine.safetensors") })).toMatchObject({
      ...{ view, judged: `file:${HASH.slice(0, 16)}:mine.safetensors`, corruption: "none", maker: "simulator" },
    });
  }
});

test("of a clip by a student of the user's own every file says that its link opens another", () => {
  const said = (card: string | null) => JSON.stringify(provenance(judgeOrigin(drawnBy(card)), new Date(0)));
  expect(said(null)).toMatch(/"name":"mine \(a student of the user's own, which no link can carry/);
  expect(said("card.md")).toContain('"name":"mine"');
});

const studentRun = (start: "base" | "random" | "file") => ({
  recipe: parseStudentRecipe(
    studentRecipeOf({ ...STUDENT_DEFAULTS, start, task: "fluids", seed: 8, width: 32, depth: 1 }),
  ),
});

test("a student's run names what it began with, and its link opens the run and not the rail", () => {
  useSettings.setState({ student: { ...STUDENT_DEFAULTS, seed: 3, beside: "tsa" } });
  const origin = studentOrigin(studentRun("random"));
  expect(opens(origin)).toMatchObject({ view: "train", learns: "student" });
  expect(opens(origin).student).toEqual({
    ...STUDENT_DEFAULTS,
    ...{ start: "random", task: "fluids", seed: 8, width: 32, depth: 1 },
  });
  expect(origin.models).toEqual({ start: { id: "random", name: "random weights", sha256: null } });
  const { start: file } = studentOrigin(studentRun("file")).models;
  expect(file).toEqual({ id: "file", name: "weights of the user's own file", sha256: null });
  const { start: base } = studentOrigin(studentRun("base")).models;
  const { sha256 } = manifest.models.find((model) => model.file === "student/base.safetensors") ?? {};
  expect(base).toEqual({ id: "base", name: "the shipped base of our student", sha256 });
});

test("the link of a plan's table opens all its arms", () => {
  const settings = { ...STUDENT_DEFAULTS, over: "tau", values: "1, 0.1", seed: 8 } as const;
  const arms = planRecipes(settings).map((recipe, i) => ({ run: `run ${i}`, recipe }));
  const { student } = opens(planOrigin({ over: "tau", arms }));
  expect(planRecipes(student)).toEqual(arms.map(({ recipe }) => recipe));
  expect(student).toMatchObject({ over: "tau", values: "1, 0.1", seed: 8 });
});
