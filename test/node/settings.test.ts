import fc from "fast-check";
import { expect, test } from "vitest";
import {
  coherent,
  DEFAULTS,
  DEPTH_RANGE,
  ignoredOf,
  LEARNERS,
  MAX_QUERIES,
  MAX_ROW_TAUS,
  OPACITY_RANGE,
  parseSettings,
  printSettings,
  RHO_RANGE,
  type Settings,
  STAGE_FORMS,
  TAU_RANGE,
} from "../../src/state/settings.ts";
import { studentRecipeOf } from "../../src/state/student/recipe.ts";
import { OVERS, type StudentSettings } from "../../src/state/student/settings.ts";
import { recipeOf } from "../../src/state/train/recipe.ts";
import { VIEW_IDS } from "../../src/state/views.ts";
import { parseRecipe } from "../../src/train/recipe.ts";
import {
  ARMS,
  DRAWN,
  ENCODER_IDS,
  LAST_T,
  LOSS_KINDS,
  parseStudentRecipe,
  RECIPE_RANGES,
  STARTS,
  STUDENT_BLOCKS,
  STUDENT_IDS,
  TEACHER_NAMES,
  TOKEN_SIZES,
} from "../../src/worker/protocol.ts";

const BROUGHT = "features:0123456789abcdef:24x10x15:3:CogVideoX & co, block 18 = α" as const;
const LONG = "features:0123456789abcdef:49x10x15:0:CogVideoX, all of its frames" as const;
const PAIR = "features:0123456789abcdef:2x10x15:0:two frames" as const;
const DINO = "model:0123456789abcdef:NCHW/imagenet/1x224x224/14x1/1/x:DINOv2" as const;
const MODEL = "model:0123456789abcdef:NTCHW/imagenet/16x224x224/14x2/1/last%2Fhidden:my: model" as const;
const TRAINED = "trained:0123456789abcdef:12x8/8/250/1/4294967295:M-TSA on a ball: α, step 3" as const;
const inRange = (low: number, high: number) =>
  fc
    .double({ min: low, max: high, noNaN: true })
    .map((value) => Math.min(Math.max(Number(value.toPrecision(3)), low), high));
const size = fc.integer({ min: 1, max: 1024 }).map((quarter) => 4 * quarter);
/** Whole milliseconds, as times are set. */
const secondsTo = (most: number) => fc.integer({ min: 0, max: 1000 * most }).map((ms) => ms / 1000);
const token = fc.tuple(fc.nat(31), fc.nat(100), fc.nat(100));

const anySettings: fc.Arbitrary<Settings> = fc.record({
  view: fc.constantFrom(...VIEW_IDS),
  stride: fc.nat(300),
  studentEncoder: fc.constantFrom(...STUDENT_IDS, BROUGHT, LONG, PAIR, MODEL, DINO, TRAINED),
  studentToken: fc.constantFrom(...TOKEN_SIZES),
  degradation: fc.constantFrom("none" as const, "blur" as const, "shuffled" as const),
  noiseT: fc.nat(LAST_T),
  block: fc.integer({ min: 1, max: STUDENT_BLOCKS.count }),
  given: fc.boolean(),
  noiseSeed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  margin: inRange(0, 0.5),
  loss: fc.constantFrom(...LOSS_KINDS),
  lossTau: inRange(TAU_RANGE.low, TAU_RANGE.high),
  lambda: inRange(...RECIPE_RANGES.lambda),
  learningRate: inRange(...RECIPE_RANGES.learningRate),
  optimizer: fc.constantFrom("adamw" as const, "muon" as const),
  muonRate: inRange(...RECIPE_RANGES.muonRate),
  warmup: fc.integer({ min: 0, max: 1e6 }),
  rateDecay: fc.constantFrom("none" as const, "cosine" as const),
  hidden: fc.tuple(size, size, size),
  steps: fc.integer({ min: 1, max: 1e6 }),
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  windows: fc.integer({ min: 1, max: 64 }),
  windowFrames: fc.nat(32),
  flips: fc.boolean(),
  held: fc.constantFrom("half" as const, "quarter" as const, "none" as const),
  learns: fc.constantFrom(...LEARNERS),
  student: fc.record<StudentSettings>({
    start: fc.constantFrom(...STARTS),
    task: fc.constantFrom("everything", "bounce", "a small red ball sinks in blue liquid"),
    clips: fc.integer({ min: 1, max: 8192 }),
    loss: fc.constantFrom(...ARMS),
    teacher: fc.constantFrom(...TEACHER_NAMES),
    weigh: fc.constantFrom("share" as const, "lambda" as const),
    share: inRange(...RECIPE_RANGES.share),
    lambda: inRange(...RECIPE_RANGES.lambda),
    beside: fc.constantFrom("nothing" as const, ...ARMS),
    over: fc.constantFrom(...OVERS),
    values: fc.constantFrom("none, repa, trd, tsa, mtsa", "0.1,1", ""),
    tau: inRange(...RECIPE_RANGES.tau),
    rho: inRange(...RECIPE_RANGES.rho),
    margin: inRange(...RECIPE_RANGES.margin),
    block: fc.nat(64),
    hidden: fc.tuple(size, size, size),
    width: fc.integer({ min: 1, max: 128 }).map((n) => 16 * n),
    depth: fc.integer({ min: 1, max: 64 }),
    heads: fc.integer({ min: 1, max: 64 }),
    given: inRange(0, 1),
    batch: fc.integer({ min: 1, max: 64 }),
    optimizer: fc.constantFrom("adamw" as const, "muon" as const),
    learningRate: inRange(...RECIPE_RANGES.learningRate),
    muonRate: inRange(...RECIPE_RANGES.muonRate),
    warmup: fc.integer({ min: 0, max: 1e6 }),
    rateDecay: fc.constantFrom("none" as const, "cosine" as const),
    steps: fc.integer({ min: 1, max: 1e6 }),
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    evaluateEvery: fc.integer({ min: 1, max: 1e6 }),
    samples: fc.nat(64),
    samplerSteps: fc.integer({ min: 1, max: 1000 }),
    drawn: fc.constantFrom(...DRAWN),
    emaDecay: inRange(...RECIPE_RANGES.emaDecay),
  }),
  judged: fc.constantFrom("sandbox:7:a small red ball floats in blue liquid", "file:0123456789abcdef:a b.safetensors"),
  corruption: fc.constantFrom("none", "gravity-1.5"),
  maker: fc.constantFrom("simulator" as const, "student" as const),
  denoisingSteps: fc.integer({ min: 1, max: 100 }),
  guidance: inRange(0, 10),
  firstGiven: fc.boolean(),
  clip: fc.constantFrom(
    "coffee",
    "chelsea",
    "file:0123456789abcdef",
    "sandbox:7:a small red ball floats in blue liquid",
  ),
  fileName: fc.string({ maxLength: 40 }),
  encoder: fc.constantFrom(...ENCODER_IDS, BROUGHT, LONG, PAIR, MODEL, DINO, TRAINED),
  trainInput: fc.constantFrom("patches" as const, BROUGHT),
  token: fc.constantFrom(...TOKEN_SIZES),
  startS: secondsTo(1e6),
  lengthS: secondsTo(100),
  frames: fc.integer({ min: 1, max: 60 }),
  queries: fc.array(token, { maxLength: MAX_QUERIES }),
  active: fc.nat(MAX_QUERIES - 1),
  tau: inRange(TAU_RANGE.low, TAU_RANGE.high),
  rho: inRange(RHO_RANGE.low, RHO_RANGE.high),
  mask: fc.constantFrom("" as const, "mask:0123456789abcdef:a cat, by hand" as const),
  showMask: fc.boolean(),
  showEntropy: fc.boolean(),
  showTracks: fc.boolean(),
  showTruth: fc.boolean(),
  scale: fc.constantFrom("shared-log" as const, "shared-linear" as const, "per-row" as const),
  stage: fc.constantFrom(...STAGE_FORMS),
  frame: fc.nat(60),
  focusRow: fc.constantFrom("", "tau", "tau:0.5", "teacher"),
  wipeRow: fc.constantFrom("", "raw", "student"),
  rowTaus: fc
    .uniqueArray(inRange(TAU_RANGE.low, TAU_RANGE.high), { maxLength: MAX_ROW_TAUS })
    .map((taus) => taus.sort((a, b) => b - a)),
  showRaw: fc.boolean(),
  showFlow: fc.boolean(),
  showCurve: fc.boolean(),
  blockHeat: fc.constantFrom("painted" as const, "lifted" as const, "off" as const),
  heatOf: fc.constantFrom("teacher" as const, "student" as const),
  blockDepth: inRange(DEPTH_RANGE.low, DEPTH_RANGE.high),
  frameOpacity: inRange(OPACITY_RANGE.low, OPACITY_RANGE.high),
  eye: fc.tuple(
    fc.integer({ min: -180, max: 180 }),
    fc.integer({ min: -90, max: 90 }),
    fc.integer({ min: 20, max: 1000 }),
  ),
});

const settings = anySettings.map(coherent);

test("a link restores every setting, and the page knows every part of what it wrote", () => {
  fc.assert(
    fc.property(settings, (made) => {
      const link = printSettings(made);
      // A clip with its default query prints no q: an emptied list is the same thing.
      expect(parseSettings(link)).toEqual(made);
      expect(ignoredOf(link)).toEqual([]);
    }),
  );
});

test("whatever a link carries makes a recipe that passes its checks", () => {
  fc.assert(
    fc.property(settings, fc.integer({ min: 4, max: 32 }), (made, F) => {
      expect(() => parseRecipe(recipeOf(made, F))).not.toThrow();
      expect(() => parseStudentRecipe(studentRecipeOf(made.student))).not.toThrow();
    }),
  );
});

test("the defaults need no link, and one change is one key beside the version", () => {
  expect(printSettings(DEFAULTS)).toBe("");
  expect(printSettings({ ...DEFAULTS, tau: 0.05 })).toBe("v=1&tau=0.05");
});

test("what is out of range or unknown falls back to its default, the rest stays", () => {
  const read = parseSettings("#v=1&tau=-3&frames=8.5&rho=0.4&encoder=gpt&q=1.2&bogus=1&mask=yes&token=16");
  expect(read).toEqual({ ...DEFAULTS, rho: 0.4 });
});

test("an encoder that takes one input only dictates the tokens and the frames, as teacher and as student", () => {
  const fixed = { encoder: "videomae", token: 8, frames: 16 };
  expect(parseSettings("#v=1&encoder=videomae&frames=4&token=16")).toMatchObject(fixed);
  const student = { encoder: "xfeat", token: 16, studentEncoder: "videomae", studentToken: 8, frames: 16 };
  expect(parseSettings("#v=1&student=videomae&frames=4&student-token=16")).toMatchObject(student);
  const diffusion = { ...student, studentEncoder: "cogvideox" };
  expect(parseSettings("#v=1&student=cogvideox&frames=4&student-token=16")).toMatchObject(diffusion);
});

test("brought features have their tokens in their name, and leave the number of frames to an encoder that takes one only", () => {
  const brought = { encoder: BROUGHT, token: 16, frames: 24 };
  const encoder = `encoder=${encodeURIComponent(BROUGHT)}`;
  expect(parseSettings(`#v=1&${encoder}`)).toMatchObject(brought);
  expect(parseSettings(`#v=1&${encoder}&student=videomae`)).toMatchObject({ ...brought, frames: 16, studentToken: 8 });
  expect(parseSettings("#v=1&encoder=features:0123:24x10x15:0:x")).toEqual(DEFAULTS);
});

test("the diffusion student is no encoder of its own: without a noise level it has no features", () => {
  expect(parseSettings("#v=1&encoder=cogvideox")).toEqual(DEFAULTS);
});

test("a link says what of it means nothing here", () => {
  expect(ignoredOf("#v=1&clip=coffee&tau=0.1")).toEqual([]);
  expect(ignoredOf("#v=1&clip=nonsense&tau=abc&view=foo&colour=red")).toEqual(["tau=abc", "view=foo", "colour=red"]);
  expect(ignoredOf("#v=2&tau=0.1")).toEqual(["v=2"]);
});

test("tokens and frames that only the user's own encoders have are known with these, and go with them", () => {
  const link = (encoder: string, rest: string) => `#v=1&encoder=${encodeURIComponent(encoder)}&${rest}`;
  expect(ignoredOf(link(DINO, "token=14"))).toEqual([]);
  expect(ignoredOf(link(LONG, "frames=49&frame=48"))).toEqual([]);
  expect(parseSettings(link(LONG, "frames=49&frame=48"))).toMatchObject({ frames: 49, frame: 48 });
  expect(ignoredOf(link(PAIR, "frames=2"))).toEqual([]);
  expect(ignoredOf(link("xfeat", "token=14&frames=49"))).toEqual(["token=14", "frames=49"]);
  expect(coherent({ ...DEFAULTS, token: 14, studentToken: 32, frames: 49 })).toEqual(DEFAULTS);
  // What an encoder dictates in the place of what a link says is not the usual.
  expect(ignoredOf(link("videomae", "frames=4"))).toEqual([]);
});

test("a window late in a long clip keeps its milliseconds", () => {
  const link = printSettings({ ...DEFAULTS, startS: 1234.567, lengthS: 9.876 });
  expect(link).toBe("v=1&start=1234.567&length=9.876");
  expect(parseSettings(link)).toMatchObject({ startS: 1234.567, lengthS: 9.876 });
  // What sums of times leave behind is not printed.
  expect(printSettings({ ...DEFAULTS, startS: 0.1 + 0.2 })).toBe("v=1&start=0.3");
});
