import type { Encoded, TokenRef } from "../worker/protocol.ts";
import { clipRow, frameAspect, type HeatScaleName, heatScale } from "./explore_figure.ts";
import type { Cell, PaneFigure, PaneRow } from "./panes.ts";
import { short } from "./scale.ts";

/** Distributions over one query's possible matches, [N], and the best match's token index in each frame, [F]. */
export interface Belief {
  readonly probabilities: Float32Array;
  readonly best: ArrayLike<number>;
}

export interface TrainInput {
  readonly clip: Pick<Encoded, "images" | "tokenPx" | "frames">;
  readonly grid: { readonly F: number; readonly H: number; readonly W: number };
  readonly cuts: readonly number[];
  readonly query: TokenRef;
  readonly tau: number;
  readonly teacher: Belief;
  /** null before there is a run. */
  readonly student: Belief | null;
  /** The step that the student is shown at. */
  readonly step: number;
  /** True (row, col) in each frame, [F, 2]; null without truth. */
  readonly truth: Float32Array | null;
  readonly scale: HeatScaleName;
}

/** The clip, what the teacher believes about the query, and what the student believes at that step. */
export function trainFigure(input: TrainInput): PaneFigure {
  const { clip, grid, query, truth, student } = input;
  const rows = [clipRow("clip", "clip"), beliefRow(input, "teacher", input.teacher)];
  if (student) rows.push({ ...beliefRow(input, "student", student), remark: `step ${input.step}` });
  return {
    grid,
    images: clip.images,
    cuts: input.cuts,
    aspect: frameAspect({ tokenPx: clip.tokenPx, grid }),
    timesS: clip.frames.map(({ timeS }) => timeS),
    rows,
    queries: [query],
    active: 0,
    mask: null,
    tracks: [],
    lost: [],
    truth,
  };
}

function beliefRow({ grid, tau, scale }: TrainInput, label: string, { probabilities, best }: Belief): PaneRow {
  return {
    ...clipRow(label, label),
    values: probabilities,
    scale: heatScale(scale, false, probabilities),
    scaleGroup: scale === "per-row" ? label : "probability",
    quantity: `τ = ${short(tau)}, p =`,
    unit: "probability",
    matches: Array.from({ length: grid.F }, (_, frame): Cell => {
      const s = best[frame];
      return { frame, row: Math.floor(s / grid.W), col: s % grid.W };
    }),
  };
}
