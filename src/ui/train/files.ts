import { csvWith } from "../../formats/provenance.ts";
import { trainOrigin } from "../../state/provenance.ts";
import type { TrainRun } from "../../state/train/store.ts";
import { LOSSES, type SetAgreement } from "../../worker/protocol.ts";
import { whatDiffers } from "./words.ts";

/** A run with all that it takes to run it again, in the words of `npm run align`. */
export function runJson({ recipe, data, parameters, status, step, stepsChanges, points, agreement }: TrainRun) {
  return {
    recipe,
    data,
    parameters,
    status,
    step,
    steps_changed: stepsChanges,
    steps: points.map((point) => ({ step: point.step, loss: point.loss, grad_norm: point.gradNorm, ms: point.ms })),
    agreement: agreement.map((point) => ({
      step: point.step,
      train: point.train.teacher,
      held: point.held?.teacher ?? null,
      train_set: setJson(point.train),
      held_set: point.held && setJson(point.held),
    })),
  };
}

/** Several runs, each as it would be alone. */
export const runsJson = (runs: readonly TrainRun[]) => ({
  runs: runs.map((run) => ({ name: whatDiffers(run, runs), ...runJson(run) })),
});

/** What a file of runs is named after: the clip, the losses that it holds, and how far they went. */
export function stemOf(runs: readonly TrainRun[]): string {
  const clips = [...new Set(runs.map(({ data }) => data.clipName))];
  const losses = [...new Set(runs.map(({ recipe }) => LOSSES[recipe.loss].name))];
  const steps = Math.max(...runs.map(({ step }) => step));
  const what = losses.length <= 4 ? losses.join(" ") : `${losses.length} losses`;
  const count = runs.length > losses.length ? ` ${runs.length} runs` : "";
  return `${clips.length === 1 ? clips[0] : `${clips.length} clips`} ${what}${count} step ${steps}`;
}

const setJson = ({ teacher, truth, moving, still, teacherTruth, entropyBits }: SetAgreement) => ({
  teacher,
  truth,
  moving,
  still,
  teacher_truth: teacherTruth,
  entropy_bits: entropyBits,
});

type Cell = string | number | null | undefined;

/**
 * Without the columns of what was measured nowhere: without a truth nothing is known of where the clip moves, and where no frames are held back
 * nothing of those.
 */
function measuredOnly(columns: readonly string[], lines: readonly (readonly Cell[])[]) {
  const kept = columns.map((name, c) => !ALL_MEASURED.includes(name) || lines.some((line) => line[c] != null));
  return {
    columns: columns.filter((_, c) => kept[c]),
    lines: lines.map((line) => line.filter((_, c) => kept[c])),
  };
}

const COLUMNS = ["run", "loss_kind", "tau", "seed", "step", "loss", "grad_norm", "ms"];
const MEASURED = ["train", "held", "train_truth", "held_truth", "train_entropy_bits", "held_entropy_bits"];
const MOVING = ["train_moving", "held_moving", "train_still", "held_still", "teacher_truth"];

const ALL_MEASURED = [...MEASURED, ...MOVING];

/** What was measured of a run at a step. */
function measuredCells({ agreement }: TrainRun, at: number): Cell[] {
  const { train, held } = agreement.find(({ step }) => step === at) ?? { train: undefined, held: undefined };
  const found = [train?.teacher, held?.teacher, train?.truth, held?.truth, train?.entropyBits, held?.entropyBits];
  return [...found, train?.moving, held?.moving, train?.still, held?.still, train?.teacherTruth];
}

/** One line for each step of each run, from the untrained student's step 0 on; what was measured at that step behind it. */
export function runsCsv(runs: readonly TrainRun[]): string {
  const of: TrainRun[] = [];
  const lines = runs.flatMap((run) => {
    const { loss, tau, seed } = run.recipe;
    const untrained = run.agreement.some(({ step }) => step === 0) && run.points[0]?.step !== 0;
    const points = [...(untrained ? [{ step: 0, loss: null, gradNorm: null, ms: null }] : []), ...run.points];
    of.push(...points.map(() => run));
    return points.map(({ step, loss: value, gradNorm, ms }): Cell[] => [
      ...[run.run, loss, tau, seed, step, value, gradNorm, ms === null ? null : Number(ms.toFixed(2))],
      ...measuredCells(run, step),
    ]);
  });
  const first = runs[0];
  const table = measuredOnly([...COLUMNS, ...ALL_MEASURED], lines);
  return csvWith(table.columns, table.lines, (line) => trainOrigin(of[line] ?? first));
}

/** The table of runs: what each was, where it began (step 0: untrained) and what it reached. */
export function runsTableCsv(runs: readonly TrainRun[]): string {
  const recipe = ["loss_kind", "tau", "rho", "lambda", "learning_rate", "seed", "steps"];
  const lines = runs.flatMap((run) => {
    const { loss, tau, rho, lambda, learningRate, seed, steps } = run.recipe;
    const [start, end] = [run.agreement[0], run.agreement.at(-1)];
    const row = (what: string, step: number | undefined): Cell[][] =>
      step === undefined
        ? []
        : [
            [
              ...[run.run, whatDiffers(run, runs), what, loss, tau, rho, lambda, learningRate, seed, steps, step],
              run.points.find((point) => point.step === step)?.loss,
              ...measuredCells(run, step),
            ],
          ];
    return [...row("untrained", start?.step === 0 ? 0 : undefined), ...row(run.status, end?.step || undefined)];
  });
  const table = measuredOnly(["run", "name", "status", ...recipe, "step", "loss", ...ALL_MEASURED], lines);
  const byNumber = new Map(runs.map((run) => [run.run, run]));
  return csvWith(table.columns, table.lines, (line) => trainOrigin(byNumber.get(Number(lines[line]?.[0])) ?? runs[0]));
}
