import { short } from "../../figure/scale.ts";
import { differencesOf } from "../../state/student/difference.ts";
import { armName } from "../../state/student/names.ts";
import { armsOf } from "../../state/student/recipe.ts";
import type { StudentSettings } from "../../state/student/settings.ts";
import {
  errorsOf,
  type Prepared,
  type StudentPoint,
  type StudentRun,
  secondsToPrepare,
  showsNone,
} from "../../state/student/store.ts";
import type { TimeLeft } from "../../state/student/time_left.ts";
import { looksOf, secondsOfRun } from "../../state/student/wanted.ts";
import { LOST_PX, type StudentMeasured, type StudentRecipe, type StudentSample } from "../../worker/protocol.ts";
import { duration, megabytes } from "../train/words.ts";

export { armName };

/** Beside the loss, what two arms may differ in. */
const DIFFERS: readonly (readonly [letter: string, of: (recipe: StudentRecipe) => number | null])[] = [
  ["τ", ({ tau }) => tau],
  ["ρ", ({ rho }) => rho],
  ["share", ({ share }) => share],
  ["λ", ({ lambda }) => lambda],
  ["block", ({ block }) => block],
  ["seed", ({ seed }) => seed],
];

/** Of runs beside each other: each one's loss, and what else is not the same in all of them. */
export function armNames(recipes: readonly StudentRecipe[]): string[] {
  const differ = DIFFERS.filter(([, of]) => new Set(recipes.map(of)).size > 1);
  const losses = new Set(recipes.map(({ loss }) => loss));
  const named = losses.size === recipes.length ? [] : differ;
  return recipes.map((recipe) => {
    const parts = named.flatMap(([letter, of]) => (of(recipe) === null ? [] : [`${letter} ${short(of(recipe) ?? 0)}`]));
    return [armName(recipe.loss), ...parts].join(", ");
  });
}

/** "37 of 256 clips are prepared; a clip takes 0.4 s to simulate, 1.2 s to encode and 0.8 s for the teacher; about 3 min left" */
export function preparedWords(prepared: Prepared): string {
  const { ready, total, left, reason, notKept, parts } = prepared;
  const each = (says: string, { clips, seconds }: { readonly clips: number; readonly seconds: number }) =>
    clips > 0 ? [`${duration(seconds / clips)} ${says}`] : [];
  const times = [
    ...each("to simulate", parts.simulation),
    ...each("to encode", parts.autoencoder),
    ...each("for the teacher", parts.teacher),
  ];
  const rest = secondsToPrepare(prepared);
  return [
    `${ready} of ${total} clips are prepared`,
    ...(times.length > 0 ? [`a clip takes ${listed(times)}`] : []),
    ...(parts.reading.clips > 0 ? [`${parts.reading.clips} were kept from before`] : []),
    ...(notKept === null ? [] : [`they are not kept for the next time (${notKept})`]),
    ...(left > 0 ? [`${left} cannot be shown (${reason})`] : []),
    ...(rest !== null && rest > 0 ? [`about ${duration(rest)} until all are there`] : []),
  ].join("; ");
}

const listed = (parts: readonly string[]) =>
  parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;

/** "60.9 MB", "13.3 GB" */
export const sizeWords = (bytes: number): string => (bytes < 1e9 ? megabytes(bytes) : `${(bytes / 1e9).toFixed(1)} GB`);

/** What a run takes of the GPU now. @param held the runs that the worker has there */
export function gpuWords({ run, bytes, recorded }: StudentRun, held: readonly number[]): string {
  if (recorded) return "a recorded run";
  return held.includes(run) ? `${megabytes(bytes)} on the GPU` : "not on the GPU";
}

/** "0.7 s a step here: about 12 s for 12 steps and 4 looks, without its clips" */
export function timeWords(
  measured: Pick<StudentMeasured, "secondsPerStep" | "secondsPerPass">,
  settings: StudentSettings,
): string {
  const { steps, samples } = settings;
  const arms = armsOf(settings).length;
  const drawn = samples > 0 ? ` and ${looksOf(settings)} looks` : "";
  return `${duration(measured.secondsPerStep)} a step here: about ${duration(secondsOfRun(measured, settings))} for ${steps} steps${drawn}${arms > 1 ? " of both arms" : ""}, without its clips`;
}

/** ", about 3 min left, without the clips still to be drawn" */
export const leftWords = (left: TimeLeft | null): string =>
  left ? `, about ${duration(left.seconds)} left${left.drawn ? "" : ", without the clips still to be drawn"}` : "";

/** Which clips a run is looked at by. */
export const drawnClips = (drawn: StudentSettings["drawn"]): string =>
  drawn === "trained" ? "clips that it trains on and may learn by heart" : "clips that it never trains on";

/** "centre error 4.2 px, a still clip's 6.1" */
export function errorWords(sample: StudentSample): string {
  const { centreError, stillError, bodies } = sample;
  const still = short(stillError);
  if (showsNone(sample)) return `its bodies are not found, which counts ${LOST_PX} px; a still clip is ${still} px off`;
  if (bodies?.sought === 0) return "no centre error: the simulator's clip shows no body in these frames";
  const said = `centre error ${short(centreError)} px, a still clip's ${still}`;
  if (!bodies || bodies.seen === bodies.sought) return said;
  return `${said}; ${bodies.sought - bodies.seen} of ${bodies.sought} times a body is not found, which counts ${LOST_PX} px`;
}

/** The same in a word or two, under a frame of a figure: "centre error 4.2 px" */
export function shortError(sample: StudentSample): string {
  if (showsNone(sample)) return "bodies not found";
  if (sample.bodies?.sought === 0) return "no body to find";
  return `centre error ${short(sample.centreError)} px`;
}

/** Steps at either end of what is called a trend. */
const ENDS = 10;
const WINDOW = 60;

/** How a curve went over its last steps, in words; a change within twice its own noise is none. */
export function trendWords(values: readonly number[]): string {
  const last = values.slice(-WINDOW);
  const size = Math.min(ENDS, Math.floor(last.length / 2));
  const now = last.at(-1);
  if (now === undefined) return "";
  if (size < 3) return `is ${short(now)}`;
  const [a, b] = [moments(last.slice(0, size)), moments(last.slice(-size))];
  const noise = 2 * Math.sqrt((a.variance + b.variance) / size);
  if (Math.abs(b.mean - a.mean) <= noise) return `stays about ${short(b.mean)}`;
  return `${b.mean < a.mean ? "fell" : "rose"} from ${short(a.mean)} to ${short(b.mean)}`;
}

function moments(values: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, variance };
}

/** What happens now, in sentences. */
export function nowWords(run: StudentRun): string[] {
  const { status, step, steps, points, prepared, recipe, recorded } = run;
  const said: string[] = [];
  const waits = step === 0 && points.length === 0 && status === "running";
  if (waits && prepared)
    said.push("Clips are made ready: it takes its first step as soon as those of that step are there.");
  else if (recorded) said.push(`This is a recorded run, after step ${step} of ${steps}: nothing is trained here.`);
  else if (status === "running") said.push(`It is taking step ${step + 1} of ${steps}.`);
  else if (status === "paused") said.push(`It is paused after step ${step} of ${steps}.`);
  // The worker lets go of a run once another begins.
  else if (status === "done" || (status === "idle" && step === steps)) said.push(`All ${steps} steps are done.`);
  else if (status === "failed") said.push(`It failed after step ${step}; the last good student is kept.`);
  else said.push(`It was stopped after step ${step} of ${steps}.`);
  if (points.length > 0) said.push(curveWords(points, recipe));
  const weight = lambdaWords(points, recipe);
  if (weight) said.push(weight);
  const clips = clipWords(run);
  if (clips) said.push(clips);
  return said;
}

/** What two arms say of each other at their newest common look; null before there is one. */
export function pairWords(first: StudentRun, second: StudentRun): string | null {
  const newest = differencesOf(first.looks, second.looks).at(-1);
  if (!newest) return null;
  const { step, mean, low, high, clips } = newest;
  const [a, b] = [armName(first.recipe.loss), armName(second.recipe.loss)];
  const size =
    mean === 0
      ? `as far from the simulator's as with ${a}`
      : `${short(Math.abs(mean))} px ${mean < 0 ? "nearer to" : "farther from"} the simulator's than with ${a}`;
  const said = `At step ${step} the clips drawn with ${b} are ${size}`;
  if (!Number.isFinite(low)) return `${said}; one clip says nothing of chance.`;
  const chance = low <= 0 && high >= 0 ? "the difference may be chance" : "the difference is more than chance";
  return `${said} (95 % interval of the difference ${short(low)} to ${short(high)} over ${clips} clips): ${chance}.`;
}

function curveWords(points: readonly StudentPoint[], { loss }: StudentRecipe): string {
  const diffusion = `Over the last ${Math.min(points.length, WINDOW)} steps the diffusion loss ${trendWords(points.map((point) => point.diffusion))}`;
  const aligned = points.flatMap(({ alignment }) => (alignment === null ? [] : [alignment]));
  if (aligned.length === 0) return `${diffusion}.`;
  return `${diffusion}, and ${armName(loss)} ${trendWords(aligned)}.`;
}

function lambdaWords(points: readonly StudentPoint[], { loss, share }: StudentRecipe): string | null {
  const [first, last] = [points[0], points.at(-1)];
  if (loss === "none" || !first || !last) return null;
  if (share === null) return `λ stays ${short(last.lambda)}.`;
  const ratio = last.lambda / first.lambda;
  const moved =
    !Number.isFinite(ratio) || Math.abs(ratio - 1) < 0.1 ? "" : `, ${short(ratio)} times what it began with`;
  return `λ is ${short(last.lambda)}${moved}: it is moved to where its gradient is ${short(share)} of the diffusion loss's.`;
}

function clipWords({ looks }: StudentRun): string | null {
  const [first, last] = [looks[0], looks.at(-1)];
  const now = last && errorsOf(last.samples);
  if (!first || !last || !now) return null;
  const joint = last.samples.filter((sample) => sample.joint).length;
  const kept = `${joint} of ${last.samples.length} ${joint === 1 ? "keeps" : "keep"} sentence and laws`;
  const before = first === last ? null : errorsOf(first.samples);
  const none = last.samples.filter(showsNone).length;
  const lost = none > 0 ? ` No body is found in ${none} of them, which counts ${LOST_PX} px.` : "";
  const was = before ? `, at step ${first.step} they were ${short(before.made)} off` : "";
  return `The clips drawn at step ${last.step} are ${short(now.made)} px off the simulator's${was}; a still clip would be ${short(now.still)}.${lost} ${kept}.`;
}
