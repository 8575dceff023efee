/** What the space-time block shows, gathered from what Explore, Compare and Train show already: nothing is computed again. */
import { QUERY_COLORS } from "../figure/colors.ts";
import { type CompareInput, seesOther } from "../figure/compare_figure.ts";
import { type ExploreInput, frameAspect, type HeatScaleName, heatScale, matchesOf } from "../figure/explore_figure.ts";
import type { Scale } from "../figure/scale.ts";
import type { Belief, TrainInput } from "../figure/train_figure.ts";
import { type Match, SANDBOX_CLIP, type StudentCorrespondence, type TokenRef } from "../worker/protocol.ts";

/** Of the sandbox's clips, a second. */
export const SANDBOX_RATE = 8;

/** What one side believes about one query. */
export interface Thread {
  /** As the legend and the text call it. */
  readonly name: string;
  /** Teachers are solid, students beaded: told apart by form, since both have the query's colour. */
  readonly form: "solid" | "beaded";
  readonly query: TokenRef;
  /** CSS colour of the query. */
  readonly color: string;
  /** [N]; each frame's S values sum to 1. */
  readonly probabilities: Float32Array;
  /** Best match in each frame as a token index within the frame, [F]. */
  readonly best: ArrayLike<number>;
}

export interface SpaceInput {
  readonly grid: { readonly F: number; readonly H: number; readonly W: number };
  /** Owned by the store, which closes them when the clip goes. */
  readonly images: readonly ImageBitmap[];
  /** Height of a frame over its width. */
  readonly aspect: number;
  readonly timesS: readonly number[];
  /** Frames at which a new shot begins: no thread goes across them. */
  readonly cuts: readonly number[];
  readonly tau: number;
  readonly threads: readonly Thread[];
  /** Whether the threads are drawn; the words tell them in any case. */
  readonly showPaths: boolean;
  /** The thread whose distribution the frames carry. */
  readonly heat: Thread;
  readonly scale: Scale;
  /** True (row, col) by frame, [F, 2], NaN where hidden or outside. */
  readonly truths: readonly Float32Array[];
  /** Motion mask, [N], 1 where a token is kept; null where it is not shown. */
  readonly mask: Uint8Array | null;
  /** The training step that the student is shown at. */
  readonly step: number | null;
}

const colorOf = (query: number) => QUERY_COLORS[query % QUERY_COLORS.length];

const bestOf = (matches: readonly Match[], W: number) => matches.map(({ row, col }) => row * W + col);

/** All queries of Explore, at the slider's own temperature. */
export function exploreSpace(input: ExploreInput): SpaceInput {
  const { encoded, correspondence, active, mask, show, scale } = input;
  const { F, H, W } = encoded.grid;
  const { queries, taus, probabilities, truth } = correspondence;
  const own = probabilities[taus.length - 1];
  const N = F * H * W;
  const threads = queries.map(
    (query, q): Thread => ({
      name: queries.length > 1 ? `query ${q + 1}` : "query",
      form: "solid",
      query,
      color: colorOf(q),
      probabilities: own.subarray(q * N, (q + 1) * N),
      best: bestOf(matchesOf(input, q, taus.length), W),
    }),
  );
  const heat = threads[active];
  return {
    grid: encoded.grid,
    images: encoded.images,
    aspect: frameAspect(encoded),
    timesS: encoded.frames.map(({ timeS }) => timeS),
    cuts: input.cuts,
    tau: taus[taus.length - 1],
    threads,
    showPaths: show.tracks,
    heat,
    scale: heatScale(scale, false, heat.probabilities),
    truths: show.truth && truth ? queries.map((_, q) => truth.subarray(2 * F * q, 2 * F * (q + 1))) : [],
    mask: show.mask && mask ? mask.mask : null,
    step: null,
  };
}

/** @param active which of Explore's queries it is: it keeps its colour. @param heatOf whose clip and distribution the frames show */
export function compareSpace(input: CompareInput, active: number, heatOf: "teacher" | "student"): SpaceInput {
  const { compared, query, losses, scale, showMask, showTruth } = input;
  const { W } = compared.grid;
  const side = (name: "teacher" | "student") => {
    const { probabilities, matches } = query[name];
    return sideOf(name, query.query, active, { probabilities, best: bestOf(matches, W) });
  };
  const sides = { teacher: side("teacher"), student: side("student") };
  const own = heatOf === "student" && seesOther(compared);
  return {
    grid: compared.grid,
    images: own ? compared.studentImages : compared.images,
    aspect: frameAspect(compared),
    timesS: compared.frames.map(({ timeS }) => timeS),
    cuts: input.cuts,
    tau: query.tau,
    threads: [sides.teacher, sides.student],
    showPaths: true,
    ...heatIn(sides, heatOf, scale),
    truths: showTruth && query.truth ? [query.truth] : [],
    mask: showMask && losses ? losses.mask : null,
    step: null,
  };
}

/** The teacher, and once there is a run its student at the crosshair's step. */
export function trainSpace(input: TrainInput, active: number, heatOf: "teacher" | "student"): SpaceInput {
  const { clip, grid, query, truth, teacher, student, step, tau, scale } = input;
  const sides = {
    teacher: sideOf("teacher", query, active, teacher),
    student: student && sideOf("student", query, active, student),
  };
  return {
    grid,
    images: clip.images,
    aspect: frameAspect({ tokenPx: clip.tokenPx, grid }),
    timesS: clip.frames.map(({ timeS }) => timeS),
    cuts: input.cuts,
    tau,
    threads: [sides.teacher, ...(sides.student ? [sides.student] : [])],
    showPaths: true,
    ...heatIn(sides, heatOf, scale),
    truths: truth ? [truth] : [],
    mask: null,
    step: student ? step : null,
  };
}

/**
 * What a diffusion student in training finds beside its teacher.
 * @param images one for each token frame of the answer
 */
export function studentSpace(
  { grid: { F, rows }, teacher, student, asked, tau, step }: StudentCorrespondence,
  images: readonly ImageBitmap[],
  scale: HeatScaleName,
  heatOf: "teacher" | "student",
): SpaceInput {
  const S = rows ** 2;
  const { frame, token } = asked.query;
  const query: TokenRef = [frame, Math.floor(token / rows), token % rows];
  const side = (name: "teacher" | "student", probabilities: Float32Array) => {
    const best = Array.from({ length: F }, (_, f) => {
      const found = probabilities.subarray(f * S, (f + 1) * S);
      return found.indexOf(Math.max(...found));
    });
    return sideOf(name, query, 0, { probabilities, best });
  };
  const own = side("student", student);
  const sides = { teacher: teacher ? side("teacher", teacher) : own, student: own };
  return {
    grid: { F, H: rows, W: rows },
    images,
    aspect: 1,
    timesS: Array.from({ length: F }, (_, f) => (f * SANDBOX_CLIP.frames) / F / SANDBOX_RATE),
    cuts: [],
    tau,
    threads: teacher ? [sides.teacher, own] : [own],
    showPaths: true,
    ...heatIn(sides, heatOf, scale),
    truths: [],
    mask: null,
    step,
  };
}

const sideOf = (name: "teacher" | "student", query: TokenRef, active: number, belief: Belief): Thread => ({
  name,
  form: name === "teacher" ? "solid" : "beaded",
  query,
  color: colorOf(active),
  ...belief,
});

function heatIn(
  sides: { readonly teacher: Thread; readonly student: Thread | null },
  heatOf: "teacher" | "student",
  scale: HeatScaleName,
) {
  const heat = sides[heatOf] ?? sides.teacher;
  return { heat, scale: heatScale(scale, false, heat.probabilities) };
}
