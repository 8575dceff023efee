/** What Train plots of its runs, on screen and in files. */
import type { AxisSpec, Plot, Series } from "../../figure/plot.ts";
import type { MetricsPoint } from "../../formats/metrics_file.ts";
import type { FullSizeRun } from "../../state/train/full_size.ts";
import type { TrainRun } from "../../state/train/store.ts";
import { fullSizeColor, fullSizeName, judged, runColor, whatDiffers } from "./words.ts";

/** More points than a plot has pixels only cost time. */
const MOST_POINTS = 400;

/** Runs of thousands of steps would press those of hundreds against the axis: beside them steps are drawn in equal ratios. */
const MUCH_LONGER = 4;

/** Curves of runs over one another; none of no runs. */
export function trainPlots(runs: readonly TrainRun[], fullSize: readonly FullSizeRun[]): Plot[] {
  const ends = [
    ...runs.map(({ recipe, step }) => Math.max(recipe.steps, step)),
    ...fullSize.map(({ points }) => points[points.length - 1].step),
  ];
  if (ends.length === 0) return [];
  const furthest = Math.max(...ends);
  const log = runs.length > 0 && furthest > MUCH_LONGER * Math.max(...ends.slice(0, runs.length));
  const x: AxisSpec = { label: "step", log, range: [log ? 1 : 0, furthest] };
  const part: AxisSpec = { label: "share", log: false, range: [0, 1] };
  const line = (run: TrainRun, points: Series["points"]): Series => ({
    name: whatDiffers(run, runs),
    color: runColor(run),
    points: thinned(points),
  });
  const steps = (of: (point: TrainRun["points"][number]) => number) =>
    runs.map((run) =>
      line(
        run,
        run.points.map((point) => [point.step, of(point)]),
      ),
    );
  const atFullSize = (of: (point: MetricsPoint) => number) =>
    fullSize.map(
      (run): Series => ({
        name: fullSizeName(run),
        color: fullSizeColor(run),
        dash: "7 2",
        points: thinned(run.points.map((point) => [point.step, of(point)])),
      }),
    );
  const both = (of: (set: TrainRun["agreement"][number]["train"]) => number | null) =>
    runs.flatMap((run): Series[] => {
      const points = (side: "train" | "held"): Series["points"] =>
        run.agreement.flatMap((point) => {
          const set = point[side];
          const value = set && of(set);
          return value === null ? [] : [[point.step, value] as const];
        });
      return [
        { ...line(run, points("held")), name: runs.length > 1 ? whatDiffers(run, runs) : "unseen frames" },
        { ...line(run, points("train")), name: "seen frames", dash: "4 3", unnamed: runs.length > 1 },
      ];
    });
  const loss = [...steps((point) => point.loss), ...atFullSize((point) => point.alignment)];
  const positive = loss.every(({ points }) => points.every(([, value]) => value > 0));
  const norm = [...steps((point) => point.gradNorm), ...atFullSize((point) => point.gradNorm)];
  const mixed = runs.some(({ recipe }) => recipe.loss !== runs[0].recipe.loss);
  const truth = runs.some((run) => judged(run.agreement[0])?.truth != null);
  const charts: Plot[] = [
    { title: mixed ? "Loss, each in its own unit" : "Loss", x, y: { label: "loss", log: positive }, series: loss },
    { title: "Agrees with the teacher (dashed: seen)", x, y: part, series: both((set) => set.teacher) },
    { title: "Gradient norm", x, y: { label: "norm", log: true }, series: norm },
    {
      title: "Entropy, bits a frame (dashed: seen)",
      x,
      y: { label: "bits", log: false },
      series: both((set) => set.entropyBits),
    },
    {
      title: "Diffusion loss (full size)",
      x,
      y: { label: "loss", log: true },
      series: atFullSize((point) => point.diffusion),
    },
    {
      title: "Loss: diffusion and λ × alignment (full size)",
      x,
      y: { label: "loss", log: false },
      series: atFullSize((point) => point.loss),
    },
  ];
  if (truth) {
    const marks = runs.slice(0, 1).map((run): Series => {
      const mark = judged(run.agreement[0])?.teacherTruth ?? Number.NaN;
      return {
        name: "the teacher itself",
        color: "#808080",
        dash: "1 3",
        points: [
          [log ? 1 : 0, mark],
          [furthest, mark],
        ],
      };
    });
    const series = [...both((set) => set.truth), ...marks];
    charts.splice(2, 0, { title: "Right by the truth (dashed: seen)", x, y: part, series });
  }
  // Most tokens stand still, and to leave them where they are is no achievement: what moves comes first.
  if (runs.some((run) => judged(run.agreement[0])?.moving != null)) {
    const series = both((set) => set.moving);
    charts.unshift({ title: "Right where it moves (dashed: seen)", x, y: part, series });
  }
  return charts.filter(({ series }) => series.length > 0);
}

function thinned(points: Series["points"]): Series["points"] {
  const stride = Math.ceil(points.length / MOST_POINTS);
  return stride <= 1 ? points : points.filter((_, i) => i % stride === 0 || i === points.length - 1);
}
