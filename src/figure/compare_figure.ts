import { type Compared, type CompareLosses, type CompareQuery, noisingOf } from "../worker/protocol.ts";
import { clipRow, frameAspect, type HeatScaleName, heatScale } from "./explore_figure.ts";
import type { PaneFigure, PaneRow } from "./panes.ts";
import { fromZeroScale, short, signedScale } from "./scale.ts";

export interface CompareInput {
  readonly compared: Compared;
  readonly query: CompareQuery;
  readonly losses: CompareLosses | null;
  readonly cuts: readonly number[];
  readonly scale: HeatScaleName;
  readonly showMask: boolean;
  readonly showTruth: boolean;
}

/** Whether the student is shown other pictures than the teacher: a degraded clip, or one in noise. */
export const seesOther = ({ student }: Compared): boolean =>
  noisingOf(student) !== null || student.degradation !== "none";

/** The losses, where they are of the query's τ: a query is answered at once, and the losses of the τ before stay until the next are there. */
export const lossesAtTau = ({ query, losses }: Pick<CompareInput, "query" | "losses">): CompareLosses | null =>
  losses?.tau === query.tau ? losses : null;

/** Teacher above student, then what the loss sees of the difference: KL of every token, gradient of the query's row. */
export function compareFigure(input: CompareInput): PaneFigure {
  const { compared, query, losses } = input;
  const own = seesOther(compared);
  const rows: PaneRow[] = [clipRow("clip", "clip"), sideRow(input, "teacher")];
  if (own) rows.push({ ...clipRow("student-clip", "student's clip"), images: compared.studentImages });
  rows.push({ ...sideRow(input, "student"), ...(own ? { images: compared.studentImages } : {}) });
  rows.push({
    ...clipRow("gradient", "gradient"),
    values: query.gradient,
    map: "signed",
    scale: signedScale(query.gradient),
    scaleGroup: "gradient",
    quantity: "∂L/∂R =",
    unit: "∂L/∂R, nats",
  });
  // Until the losses are there the row shows the clip, or while τ is dragged the map of the τ before, and says so.
  const kl = losses && { values: losses.klPerToken, scale: fromZeroScale(losses.klPerToken) };
  const remark = losses ? `still at τ = ${short(losses.tau)}` : "being computed";
  const awaited = lossesAtTau(input) ? {} : { awaited: true, remark };
  rows.push({ ...clipRow("kl", "KL map"), ...kl, ...awaited, scaleGroup: "kl", quantity: "KL =", unit: "KL, nats" });
  return {
    grid: compared.grid,
    images: compared.images,
    cuts: input.cuts,
    aspect: frameAspect(compared),
    timesS: compared.frames.map(({ timeS }) => timeS),
    rows,
    queries: [query.query],
    active: 0,
    // Of no τ.
    mask: input.showMask && losses ? losses.mask : null,
    tracks: [],
    lost: [],
    truth: input.showTruth ? query.truth : null,
  };
}

function sideRow({ query, scale }: CompareInput, side: "teacher" | "student"): PaneRow {
  const { probabilities, matches } = query[side];
  return {
    ...clipRow(side, side),
    values: probabilities,
    scale: heatScale(scale, false, probabilities),
    scaleGroup: scale === "per-row" ? side : "probability",
    quantity: `τ = ${short(query.tau)}, p =`,
    unit: "probability",
    matches,
  };
}
