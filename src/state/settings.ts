import { create } from "zustand";
import { useShallow } from "zustand/react/shallow";
import {
  CLIP_LIMITS,
  type Degradation,
  ENCODER_IDS,
  type EncoderId,
  FREE_TOKEN_SIZES,
  GENERATE_LIMITS,
  isMaskId,
  LAST_T,
  LOSS_KINDS,
  type LossKind,
  MAX_BROUGHT_FRAMES,
  type MaskId,
  OPTIMIZER_NAMES,
  type OptimizerName,
  RATE_DECAY_NAMES,
  RECIPE_RANGES,
  type Recipe,
  STUDENT_BLOCKS,
  STUDENT_IDS,
  type StudentId,
  TOKEN_SIZES,
  type TokenRef,
  type TokenSize,
  type TrainInput,
} from "../worker/protocol.ts";
import {
  type Codecs,
  flag,
  hiddenSizes,
  number,
  numbers,
  oneOf,
  orBrought,
  orOwn,
  parseAll,
  printAll,
  seconds,
  takes,
  text,
  whole,
  wholes,
} from "./codecs.ts";
import { dictatedBy } from "./dictated.ts";
import { isJudgedId } from "./evaluate/judged_id.ts";
import { STUDENT_CODECS, STUDENT_DEFAULTS, type StudentSettings } from "./student/settings.ts";
import { VIEW_IDS, type View } from "./views.ts";

/** How heatmaps map numbers to colours. "shared" scales are one and the same in all panes, so that panes can be compared. */
export type HeatScale = "shared-log" | "shared-linear" | "per-row";

/** How a view of a clip draws its correspondences: one large frame, a table of panes, both, or a block of space and time. */
export const STAGE_FORMS = ["both", "frame", "panes", "space-time"] as const;
export type StageForm = (typeof STAGE_FORMS)[number];

/** How the space-time block shows a distribution: painted on the frames, lifted off them as a height field, or not. */
export type BlockHeat = "painted" | "lifted" | "off";

/** Evaluate's clip comes from the sandbox's own physics, or from our diffusion student. */
export const MAKERS = ["simulator", "student"] as const;
export type Maker = (typeof MAKERS)[number];

/** What Train trains: a projector on the open clip, or our diffusion student on a task of the sandbox. */
export const LEARNERS = ["projector", "student"] as const;
export type Learner = (typeof LEARNERS)[number];

/** Everything that a link restores: what is looked at and how. Nothing here is computed. */
export interface Settings {
  readonly view: View;
  /** A built-in clip's id, or `file:` and the first 16 hex digits of a file's content hash. */
  readonly clip: string;
  /** Name of the user's own file, to ask for it again. */
  readonly fileName: string;
  readonly encoder: EncoderId;
  readonly token: TokenSize;
  readonly startS: number;
  /** 0: as long as the clip, at most CLIP_LIMITS.maxWindowS. */
  readonly lengthS: number;
  readonly frames: number;
  /** Every n-th frame of the file, and the window as long as they take; 0: spread evenly over the window. */
  readonly stride: number;
  /** Empty: the clip's own default query. */
  readonly queries: readonly TokenRef[];
  readonly active: number;
  readonly tau: number;
  /** Fraction of tokens kept a frame by the motion mask. */
  readonly rho: number;
  /** The user's own mask in the place of the motion's; empty: none. */
  readonly mask: MaskId | "";
  readonly showMask: boolean;
  readonly showEntropy: boolean;
  readonly showTracks: boolean;
  readonly showTruth: boolean;
  readonly scale: HeatScale;
  /** Compare: the student's side; the teacher's is `encoder` and `token`. */
  readonly studentEncoder: StudentId;
  readonly studentToken: TokenSize;
  readonly degradation: Degradation;
  /** What the diffusion student is shown, and where it is read: see `Noising`. */
  readonly noiseT: number;
  readonly block: number;
  readonly given: boolean;
  readonly noiseSeed: number;
  /** How far two cosines may be apart at no cost (trd). */
  readonly margin: number;
  /** Train: what the student learns from. */
  readonly trainInput: TrainInput;
  /** Train: the recipe, together with rho and margin. `tau` is what heatmaps are shown at, `lossTau` what the loss learns at. */
  readonly loss: LossKind;
  readonly lossTau: number;
  readonly lambda: number;
  readonly learningRate: number;
  /** Which optimiser the matrices of linear layers are left to, and its rate. */
  readonly optimizer: OptimizerName;
  readonly muonRate: number;
  /** Steps in which the rates rise; then they stay, or fall to nothing at the last step. */
  readonly warmup: number;
  readonly rateDecay: Recipe["rateDecay"];
  readonly hidden: readonly [number, number, number];
  readonly steps: number;
  readonly seed: number;
  readonly windows: number;
  /** Consecutive frames of a window; 0: all that are trained on. */
  readonly windowFrames: number;
  readonly flips: boolean;
  /** How many of the last frames are never trained on. */
  readonly held: "half" | "quarter" | "none";
  /** Train: what learns, and the diffusion student's recipe. */
  readonly learns: Learner;
  readonly student: StudentSettings;
  /** Evaluate: a simulated clip's id (see `sandbox_clip.ts`), or `file:`, a hash and a name. */
  readonly judged: string;
  /** Name of the way in which the judged clip is broken, or "none". */
  readonly corruption: string;
  /** Who makes the clip of `judged` where that is a sentence and a seed. */
  readonly maker: Maker;
  /** How our student makes it: steps from noise to clip, and how far beyond the sentence. */
  readonly denoisingSteps: number;
  readonly guidance: number;
  /** Whether it is given the simulator's first frames. */
  readonly firstGiven: boolean;
  /** Explore, Compare and Train alike. */
  readonly stage: StageForm;
  /** Which of the encoded frames stands large, from 0. */
  readonly frame: number;
  /** Which row of the figure it shows, and which one beyond the wipe, by the rows' ids; "" and what the figure lacks: its own choice, no wipe. */
  readonly focusRow: string;
  readonly wipeRow: string;
  /** Explore's rows beside the slider's own: temperatures, the warmest first, raw similarity, and optical flow. */
  readonly rowTaus: readonly number[];
  readonly showRaw: boolean;
  readonly showFlow: boolean;
  /** Cycle consistency against τ, which takes a moment to compute. */
  readonly showCurve: boolean;
  readonly blockHeat: BlockHeat;
  /** Whose distribution the frames carry, where there is a student. */
  readonly heatOf: "teacher" | "student";
  /** Length of the block along time, in longer sides of a frame. */
  readonly blockDepth: number;
  /** Of the frames in the block, 0 to 1. */
  readonly frameOpacity: number;
  /** Where the block is seen from: degrees round it, degrees above it, nearness in percent of "all of it in sight". */
  readonly eye: readonly [azimuth: number, elevation: number, zoom: number];
}

export const DEFAULTS: Settings = {
  view: "explore",
  clip: "chelsea",
  fileName: "",
  encoder: "xfeat",
  token: 16,
  startS: 0,
  lengthS: 0,
  frames: 8,
  stride: 0,
  queries: [],
  active: 0,
  tau: 0.02,
  rho: 0.2,
  mask: "",
  showMask: false,
  showEntropy: true,
  showTracks: true,
  showTruth: false,
  scale: "shared-log",
  studentEncoder: "raw-patches",
  studentToken: 16,
  degradation: "none",
  noiseT: 250,
  block: STUDENT_BLOCKS.aligned,
  given: false,
  noiseSeed: 1,
  margin: 0.1,
  trainInput: "patches",
  loss: "tsa",
  lossTau: 0.05,
  lambda: 0.5,
  learningRate: 1e-3,
  optimizer: "adamw",
  muonRate: 1e-3,
  warmup: 0,
  rateDecay: "none",
  hidden: [256, 256, 128],
  steps: 300,
  seed: 1,
  windows: 1,
  windowFrames: 0,
  flips: false,
  held: "half",
  learns: "projector",
  student: STUDENT_DEFAULTS,
  judged: "sandbox:7:a large red ball hits a small blue ball",
  corruption: "none",
  maker: "simulator",
  denoisingSteps: 25,
  guidance: 2,
  firstGiven: false,
  stage: "both",
  frame: 0,
  focusRow: "",
  wipeRow: "",
  rowTaus: [1, 0.5, 0.1, 0.05, 0.01],
  showRaw: true,
  showFlow: false,
  showCurve: false,
  blockHeat: "painted",
  heatOf: "teacher",
  blockDepth: 2.2,
  frameOpacity: 0.4,
  eye: [52, 20, 100],
};

export const DEGRADATIONS = ["none", "blur", "noise", "frozen", "shuffled"] as const satisfies readonly Degradation[];

/** The temperatures of the paper's Fig. 3. */
export const FIGURE_TAUS = DEFAULTS.rowTaus;
/** More would not be read. */
export const MAX_ROW_TAUS = 10;

// What sliders span, inside what a recipe may have (RECIPE_RANGES).
export const TAU_RANGE = { low: 0.005, high: 2 } as const;
export const RHO_RANGE = { low: 0.05, high: 1 } as const;
export const MARGIN_RANGE = { low: 0, high: 0.5 } as const;

export const DEPTH_RANGE = { low: 0.4, high: 6 } as const;
export const OPACITY_RANGE = { low: 0, high: 1 } as const;
/** Straight up and straight down are as far as an eye can be raised and lowered. */
export const EYE_RANGES = {
  azimuth: [-180, 180],
  elevation: [-90, 90],
  zoom: [20, 1000],
} as const satisfies Record<string, readonly [low: number, high: number]>;
/** More queries than colours could not be told apart. */
export const MAX_QUERIES = 7;

/** One table drives the address bar both ways. Tokens and frames may be all that some encoder dictates; `coherent` knows which does. */
const CODECS: Codecs<Omit<Settings, "student">> = {
  view: oneOf("view", VIEW_IDS),
  clip: text("clip"),
  fileName: text("name"),
  encoder: orOwn(oneOf("encoder", ENCODER_IDS)),
  token: oneOf("token", TOKEN_SIZES),
  startS: seconds("start", 0, 1e6),
  lengthS: seconds("length", 0, CLIP_LIMITS.maxWindowS),
  frames: whole(number("frames", 1, MAX_BROUGHT_FRAMES)),
  stride: whole(number("stride", 0, CLIP_LIMITS.maxStride)),
  queries: {
    key: "q",
    print: (queries) => queries.map((query) => query.join(".")).join("_"),
    parse(value) {
      const queries = value.split("_").map((part) => part.split(".").map(Number));
      const valid = queries.every((query) => query.length === 3 && query.every((n) => Number.isInteger(n) && n >= 0));
      return valid && queries.length <= MAX_QUERIES ? (queries as unknown as TokenRef[]) : undefined;
    },
  },
  active: whole(number("active", 0, MAX_QUERIES - 1)),
  tau: number("tau", TAU_RANGE.low, TAU_RANGE.high),
  rho: number("rho", RHO_RANGE.low, RHO_RANGE.high),
  mask: { key: "marks", print: String, parse: (value) => (isMaskId(value) ? value : undefined) },
  showMask: flag("mask"),
  showEntropy: flag("entropy"),
  showTracks: flag("tracks"),
  showTruth: flag("truth"),
  studentEncoder: orOwn(oneOf("student", STUDENT_IDS)),
  studentToken: oneOf("student-token", TOKEN_SIZES),
  degradation: oneOf("spoilt", DEGRADATIONS),
  noiseT: whole(number("t", 0, LAST_T)),
  block: whole(number("block", 1, STUDENT_BLOCKS.count)),
  given: flag("given"),
  noiseSeed: whole(number("noise", ...RECIPE_RANGES.seed)),
  margin: number("margin", MARGIN_RANGE.low, MARGIN_RANGE.high),
  trainInput: orBrought(oneOf("input", ["patches"] as const)),
  loss: oneOf("loss", LOSS_KINDS),
  lossTau: number("loss-tau", TAU_RANGE.low, TAU_RANGE.high),
  lambda: number("lambda", ...RECIPE_RANGES.lambda),
  learningRate: number("lr", ...RECIPE_RANGES.learningRate),
  optimizer: oneOf("optimizer", OPTIMIZER_NAMES),
  muonRate: number("muon-lr", ...RECIPE_RANGES.muonRate),
  warmup: whole(number("warmup", ...RECIPE_RANGES.warmup)),
  rateDecay: oneOf("rate-decay", RATE_DECAY_NAMES),
  hidden: hiddenSizes("hidden"),
  steps: whole(number("steps", ...RECIPE_RANGES.steps)),
  seed: whole(number("seed", ...RECIPE_RANGES.seed)),
  windows: whole(number("windows", ...RECIPE_RANGES.windows)),
  windowFrames: whole(number("window-frames", ...RECIPE_RANGES.windowFrames)),
  flips: flag("flips"),
  held: oneOf("held", ["half", "quarter", "none"] as const),
  learns: oneOf("learns", LEARNERS),
  judged: { ...text("judged"), parse: (value) => (isJudgedId(value.slice(0, 200)) ? value.slice(0, 200) : undefined) },
  corruption: text("corruption"),
  maker: oneOf("maker", MAKERS),
  denoisingSteps: whole(number("denoising", ...GENERATE_LIMITS.steps)),
  guidance: number("guidance", ...GENERATE_LIMITS.guidance),
  firstGiven: flag("first"),
  scale: oneOf("scale", ["shared-log", "shared-linear", "per-row"] as const),
  stage: oneOf("stage", STAGE_FORMS),
  frame: whole(number("frame", 0, MAX_BROUGHT_FRAMES - 1)),
  focusRow: text("row"),
  wipeRow: text("wipe"),
  rowTaus: numbers("rows", TAU_RANGE.low, TAU_RANGE.high, MAX_ROW_TAUS),
  showRaw: flag("raw"),
  showFlow: flag("flow"),
  showCurve: flag("curve"),
  blockHeat: oneOf("heat", ["painted", "lifted", "off"] as const),
  heatOf: oneOf("heat-of", ["teacher", "student"] as const),
  blockDepth: number("depth", DEPTH_RANGE.low, DEPTH_RANGE.high),
  frameOpacity: number("opacity", OPACITY_RANGE.low, OPACITY_RANGE.high),
  eye: wholes<Settings["eye"]>("eye", [EYE_RANGES.azimuth, EYE_RANGES.elevation, EYE_RANGES.zoom]),
};

const VERSION = "1";

/** The settings that differ from the defaults, as the part of an address behind `#`; empty when none does. */
export function printSettings(settings: Settings): string {
  const params = new URLSearchParams();
  printAll<Omit<Settings, "student">>(CODECS, coherent(settings), DEFAULTS, params);
  printAll(STUDENT_CODECS, settings.student, STUDENT_DEFAULTS, params);
  return params.size === 0 ? "" : `v=${VERSION}&${params}`;
}

/**
 * Resolves conflicts between settings: an encoder with a fixed input forces its token size, and the number of frames of both sides.
 * What only such an encoder can have does not outlast it, and no window is longer than is looked at.
 */
export function coherent(settings: Settings): Settings {
  return {
    ...settings,
    token: freeToken(settings.token, DEFAULTS.token),
    studentToken: freeToken(settings.studentToken, DEFAULTS.studentToken),
    frames: freeFrames(settings.frames),
    lengthS: Math.min(settings.lengthS, CLIP_LIMITS.maxWindowS),
    ...dictatedBy(settings),
  };
}

const freeToken = (token: TokenSize, usual: TokenSize) => (FREE_TOKEN_SIZES.includes(token) ? token : usual);
const freeFrames = (frames: number) =>
  frames >= CLIP_LIMITS.minFrames && frames <= CLIP_LIMITS.maxFrames ? frames : DEFAULTS.frames;

/** Reads what `printSettings` wrote; unknown keys and values out of range fall back to the defaults, one by one. */
export function parseSettings(fragment: string): Settings {
  const params = new URLSearchParams(fragment.replace(/^#/, ""));
  const student = parseAll(STUDENT_CODECS, STUDENT_DEFAULTS, params);
  return coherent({ ...parseAll<Omit<Settings, "student">>(CODECS, DEFAULTS, params), student });
}

/** What of a link means nothing here: unknown keys, and values that their settings cannot have, as "key=value". */
export function ignoredOf(fragment: string): readonly string[] {
  const settings = parseSettings(fragment);
  const { student, ...own } = settings;
  const dictated = Object.keys(dictatedBy(settings)) as (keyof typeof own)[];
  const known = (key: string, value: string) =>
    takes<Omit<Settings, "student">>(CODECS, own, dictated, key, value) ||
    takes(STUDENT_CODECS, student, [], key, value);
  return [...new URLSearchParams(fragment.replace(/^#/, ""))]
    .filter(([key, value]) => (key === "v" ? value !== VERSION : !known(key, value)))
    .map(([key, value]) => `${key}=${value.slice(0, 40)}`);
}

export const useSettings = create<Settings>(() => DEFAULTS);

/** Some of the settings: the component renders again when one of these changes, and not with every other. */
export function usePicked<K extends keyof Settings>(...names: readonly K[]): Pick<Settings, K> {
  return useSettings(
    useShallow((settings) => Object.fromEntries(names.map((name) => [name, settings[name]])) as Pick<Settings, K>),
  );
}

/** Changes settings; the address bar and the compute follow by subscription. */
export const setSettings = (change: Partial<Settings>) =>
  useSettings.setState((settings) => coherent({ ...settings, ...change }));
