import { csvWith, type Origin } from "../../formats/provenance.ts";
import type { StudentRun } from "../../state/student/store.ts";
import { YARDSTICKS } from "../../worker/protocol.ts";
import { armName } from "./words.ts";

/** What files of a run are called after. */
export const stemOf = ({ recipe: { task, loss, seed }, step }: StudentRun): string =>
  `student ${task} ${armName(loss)} seed ${seed} step ${step}`;

/** A run with all that it takes to run it again, in the words of `npm run train`. */
export function studentJson(run: StudentRun) {
  const { recipe, shape, parameters, bytes, status, stepsChanges, points, looks, recorded } = run;
  return {
    recipe,
    shape,
    parameters,
    gpu_bytes: bytes,
    status,
    steps_changed: stepsChanges,
    ...(recorded ? { recorded } : {}),
    steps: points.map(({ gradNorm, ...point }) => ({ ...point, grad_norm: gradNorm })),
    samples: looks.flatMap(({ step, samples }) =>
      samples.map(({ prompt, seed, centreError, stillError, bodies, sa, pc, joint }) => ({
        step,
        prompt,
        seed,
        centre_error: centreError,
        still_error: stillError,
        // Runs that were stored by an older version did not count them.
        ...(bodies && { bodies_sought: bodies.sought, bodies_seen: bodies.seen }),
        sa,
        pc,
        joint,
      })),
    ),
    yardsticks: YARDSTICKS,
    gradients: looks.flatMap(({ step, joint }) => (joint ? [{ step, ...joint }] : [])),
  };
}

/** One line for each step. */
export function studentCsv({ points }: Pick<StudentRun, "points">, origin: Origin): string {
  const lines = points.map(({ step, loss, diffusion, alignment, lambda, gradNorm, ms }) => [
    ...[step, loss, diffusion, alignment, lambda, gradNorm],
    Number(ms.toFixed(2)),
  ]);
  const columns = ["step", "loss", "diffusion", "alignment", "lambda", "grad_norm", "ms"];
  return csvWith(columns, lines, () => origin);
}
