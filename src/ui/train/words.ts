import { QUERY_COLORS } from "../../figure/colors.ts";
import { short } from "../../figure/scale.ts";
import type { FullSizeRun } from "../../state/train/full_size.ts";
import type { TrainRun } from "../../state/train/store.ts";
import {
  encoderTraits,
  LOSSES,
  type Recipe,
  reads,
  type SetAgreement,
  type TrainInput,
} from "../../worker/protocol.ts";

/** Reads of a recipe what the user set, as words; what the loss does not use is empty. */
const FIELDS: readonly (readonly [label: string, of: (recipe: Recipe) => string])[] = [
  ["", ({ loss }) => LOSSES[loss].name],
  ["τ", ({ loss, tau }) => (reads(loss, "tau") ? short(tau) : "")],
  ["ρ", ({ loss, rho }) => (reads(loss, "rho") ? `${Math.round(rho * 100)} %` : "")],
  ["margin", ({ loss, margin }) => (reads(loss, "margin") ? short(margin) : "")],
  ["learning rate", ({ learningRate }) => short(learningRate)],
  ["Muon at", ({ optimizer, muonRate }) => (optimizer === "muon" ? short(muonRate) : "")],
  ["warm-up", ({ warmup }) => (warmup > 0 ? String(warmup) : "")],
  ["rates", ({ rateDecay }) => (rateDecay === "cosine" ? "fall to 0" : "")],
  ["λ", ({ lambda }) => short(lambda)],
  ["hidden", ({ hidden }) => hidden.join("·")],
  ["seed", ({ seed }) => String(seed)],
  ["windows", ({ batch }) => String(batch.windows)],
  ["window frames", ({ batch }) => (batch.frames === 0 ? "all" : String(batch.frames))],
  ["flips", ({ batch }) => (batch.flips ? "on" : "off")],
  ["trains on", ({ trainFrames: [first, last] }) => `frames ${first}–${last}`],
  ["steps", ({ steps }) => String(steps)],
];

/** What a student learns from, as the user reads it. */
export const inputName = (input: TrainInput = "patches"): string =>
  input === "patches" ? "raw patches" : encoderTraits(input).name;

const print = (label: string, value: string) => (label ? `${label} ${value}` : value);

/** The loss, and whatever else is not the same in all the runs. */
export function whatDiffers(run: TrainRun, runs: readonly TrainRun[]): string {
  const own = FIELDS.flatMap(([label, of], i) => {
    const value = of(run.recipe);
    const differs = runs.some((other) => of(other.recipe) !== value && of(other.recipe) !== "");
    return value !== "" && (i === 0 || differs) ? [print(label, value)] : [];
  });
  const inputs = new Set(runs.map(({ data }) => data.input ?? "patches"));
  const input = inputs.size > 1 ? [`from ${inputName(run.data.input)}`] : [];
  const elsewhere = runs.some(({ data }) => data.contentHash !== run.data.contentHash);
  return [...own, ...input, ...(elsewhere ? [run.data.clipName] : [])].join(", ");
}

/** Every field that this loss uses. */
export const recipeWords = (recipe: Recipe): string =>
  FIELDS.flatMap(([label, of]) => (of(recipe) === "" ? [] : [print(label, of(recipe))])).join(", ");

/** In an order whose neighbours differ on either ground; the palest comes last. */
const RUN_COLORS = [1, 5, 2, 4, 6, 0, 3].map((i) => QUERY_COLORS[i]);

export const runColor = (run: TrainRun): string => RUN_COLORS[(run.run - 1) % RUN_COLORS.length];

/** From the other end, so that the first of both kinds differ. */
export const fullSizeColor = ({ number }: FullSizeRun): string => RUN_COLORS.toReversed()[number % RUN_COLORS.length];

/** Most files have one name. */
export const fullSizeName = ({ number }: FullSizeRun): string => `full size ${number}`;

/** Where a set of frames is to be judged: those never seen, if there are any. */
export const judged = (point: TrainRun["agreement"][number] | undefined): SetAgreement | undefined =>
  point && (point.held ?? point.train);

export const share = (value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : value.toFixed(2);

/** "1 h 5 min", "3 min 20 s", "42 s", "0.4 s" */
export function duration(seconds: number): string {
  if (seconds < 10) return `${short(seconds)} s`;
  // To the last unit that is said, before it is split: 59 min 59.7 s is an hour, and never 60 s of a minute.
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
