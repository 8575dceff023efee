import type { Correspondence, Encoded, Match, MotionMask } from "../worker/protocol.ts";
import { type Doubt, doubtOf } from "./doubt.ts";
import { flowRow } from "./flow.ts";
import type { PaneFigure, PaneRow } from "./panes.ts";
import { COSINE_SCALE, contrastScale, LINEAR_SCALE, LOG_SCALE, type Scale, short } from "./scale.ts";

export type HeatScaleName = "shared-log" | "shared-linear" | "per-row";

/** What the grid of the paper's Fig. 3 shows: the clip on top, then one row for raw similarity and one for each τ. */
export interface ExploreInput {
  readonly encoded: Encoded;
  readonly correspondence: Correspondence;
  readonly mask: MotionMask | null;
  /** Optical flow where it is shown, [F, S, 2] of `flowWithin`. */
  readonly flow: Float32Array | null;
  /** Columns at which a new shot begins. */
  readonly cuts: readonly number[];
  readonly active: number;
  readonly scale: HeatScaleName;
  readonly show: {
    readonly mask: boolean;
    readonly tracks: boolean;
    readonly truth: boolean;
    readonly entropy: boolean;
    /** The row of raw similarity. */
    readonly raw: boolean;
  };
  /** Where the matches of the queries lead back to, [Q, F]; null where that is not known of these queries. */
  readonly returns: Uint32Array | null;
  /** Points that somebody followed, where they are shown. */
  readonly points?: PaneFigure["points"];
}

/** The row at the temperature that the user steers. */
export const OWN_ROW = "tau";

/** The rows of the figure, from the warmest to the coldest: of its input they read neither mask nor tracks nor truth, so that toggling those paints no heat. */
export function exploreRows(
  input: Omit<ExploreInput, "mask" | "show" | "returns" | "cuts"> & {
    readonly showEntropy: boolean;
    readonly showRaw: boolean;
  },
): PaneRow[] {
  const { flow, correspondence } = input;
  const { taus } = correspondence;
  const sorted = taus.map((tau, i) => [tau, i + 1] as const).sort(([a], [b]) => b - a);
  const shown = [...(input.showRaw ? [0] : []), ...sorted.map(([, t]) => t)];
  const ways = flow ? [flowRow(flow)] : [];
  return [clipRow("clip", "clip"), ...ways, ...shown.map((t) => heatRow(input, t))];
}

/** @param rows the input's `exploreRows`, where they are there already */
export function exploreFigure(
  input: ExploreInput,
  rows: readonly PaneRow[] = exploreRows({ ...input, showEntropy: input.show.entropy, showRaw: input.show.raw }),
): PaneFigure {
  const { encoded, correspondence, mask, cuts, active, show } = input;
  const { F } = encoded.grid;
  const { queries, taus, truth } = correspondence;
  const last = taus.length;
  return {
    grid: encoded.grid,
    images: encoded.images,
    cuts,
    aspect: frameAspect(encoded),
    timesS: encoded.frames.map(({ timeS }) => timeS),
    rows,
    queries,
    active,
    mask: show.mask && mask ? mask.mask : null,
    tracks: show.tracks
      ? queries.map((_, q) => {
          const matches = matchesOf(input, q, last);
          const soft = matches.map((m) => ({ frame: m.frame, row: m.softRow ?? m.row, col: m.softCol ?? m.col }));
          return { soft, best: matches };
        })
      : [],
    lost: queries.map((_, q) => doubtsOf(input, q).map(({ level }) => level === "lost")),
    truth: show.truth && truth ? truth.subarray(2 * F * active, 2 * F * (active + 1)) : null,
    ...(input.points && { points: input.points }),
  };
}

/** The doubt about a query's match in each frame; of its own frame there is none to have. Nothing where it is not known. */
export function doubtsOf(
  { encoded, correspondence, returns }: Omit<ExploreInput, "show">,
  query: number,
): readonly Doubt[] {
  if (!returns) return [];
  const { F, W } = encoded.grid;
  return matchesOf({ encoded, correspondence }, query, 0).map((match, f) =>
    doubtOf(match, correspondence.queries[query], returns[query * F + f], W),
  );
}

/** The input's own aspect may differ from the source's by a percent or two; the source's is what the user knows. */
export function frameAspect({ tokenPx: [y, x], grid }: Pick<Encoded, "tokenPx"> & { grid: { H: number; W: number } }) {
  return (y * grid.H) / (x * grid.W);
}

export function clipRow(id: string, label: string): PaneRow {
  return {
    id,
    label,
    values: null,
    map: "heat",
    scale: LINEAR_SCALE,
    scaleGroup: "clip",
    quantity: "",
    unit: "",
    matches: [],
    entropyBits: null,
  };
}

/** Row `t` of the heat rows: 0 is raw similarity, t the (t − 1)-th τ. */
function heatRow(input: Parameters<typeof exploreRows>[0], t: number): PaneRow {
  const { encoded, correspondence, active, showEntropy } = input;
  const { F, H, W } = encoded.grid;
  const N = F * H * W;
  const raw = t === 0;
  const own = t === correspondence.taus.length;
  const all = raw ? correspondence.similarity : correspondence.probabilities[t - 1];
  const values = all.subarray(active * N, (active + 1) * N);
  return {
    id: raw ? "raw" : own ? OWN_ROW : `tau:${correspondence.taus[t - 1]}`,
    ...(own ? { remark: "your τ" } : raw ? { remark: "before any τ" } : {}),
    label: raw ? "raw" : `τ = ${short(correspondence.taus[t - 1])}`,
    values,
    map: "heat",
    scale: heatScale(input.scale, raw, values),
    scaleGroup: input.scale === "per-row" ? `row ${t}` : raw ? "cosine" : "probability",
    quantity: raw ? "cosine" : "p =",
    unit: raw ? "cosine" : "probability",
    matches: matchesOf(input, active, t),
    entropyBits: raw || !showEntropy ? null : correspondence.entropyBits[t - 1].subarray(active * F, (active + 1) * F),
  };
}

/** The scale of a heat row by the user's choice. */
export function heatScale(name: HeatScaleName, cosines: boolean, values: Float32Array): Scale {
  if (name === "per-row") return contrastScale(values);
  if (cosines) return COSINE_SCALE;
  return name === "shared-linear" ? LINEAR_SCALE : LOG_SCALE;
}

/** The matches of one query in heat row `t`, by frame. They come ordered by query, then τ (raw first), then frame. */
export function matchesOf(
  { correspondence, encoded }: Pick<ExploreInput, "correspondence" | "encoded">,
  query: number,
  t: number,
): readonly Match[] {
  const { F } = encoded.grid;
  const start = (query * (correspondence.taus.length + 1) + t) * F;
  return correspondence.matches.slice(start, start + F);
}
