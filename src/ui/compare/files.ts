import type { CompareInput } from "../../figure/compare_figure.ts";
import { maskJson } from "../../figure/tables.ts";
import { snakeKeys } from "../../formats/provenance.ts";
import type { Comparison } from "../../state/compare/store.ts";
import { tubeletOf } from "../../worker/protocol.ts";

/**
 * Compare's numbers. τ of the query and of the losses are said apart: a query is answered at once, and the losses are those of the τ
 * before until they have been computed.
 */
export function compareJson(
  { compared, query, losses }: Pick<CompareInput, "compared" | "query" | "losses">,
  sweep: Comparison["sweep"],
  layers: Comparison["layers"],
) {
  return {
    teacher: compared.teacher,
    student: compared.student,
    prompt: compared.prompt,
    grid: compared.grid,
    frames: compared.frames.map(({ index, timeS }) => ({ index, time_s: timeS })),
    query: query.query,
    tau: query.tau,
    kl_by_frame: [...query.kl],
    losses_tau: losses?.tau,
    rho: losses?.rho,
    margin: losses?.margin,
    losses: losses && snakeKeys(losses.losses),
    motion_mask: losses && maskJson({ ...losses, tubelet: tubeletOf(compared.teacher.encoder) }, compared.grid.F),
    sweep: sweep.map(({ tau, tsa, mtsa }) => snakeKeys({ tau, tsa, mtsa })),
    layers: layers?.points.map(({ type: _, ...point }) => point),
  };
}
