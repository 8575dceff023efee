import { useMemo } from "react";
import { QUERY_COLORS } from "../../figure/colors.ts";
import type { AxisSpec, Series } from "../../figure/plot.ts";
import { type Difference, differencesOf } from "../../state/student/difference.ts";
import { errorsOf, type StudentPoint, type StudentRun, useStudentAt } from "../../state/student/store.ts";
import { type Crosshair, LinePlot } from "../controls/LinePlot.tsx";
import css from "../train/Train.module.css";
import { armName, armNames } from "./words.ts";

const CROSSHAIR: Crosshair = {
  useAt: () => useStudentAt(({ hover, pinned }) => hover ?? pinned),
  onMove: (x) => useStudentAt.setState({ hover: x === null ? null : Math.round(x) }),
  onPin: (x) => useStudentAt.setState({ pinned: Math.round(x) }),
};

interface Chart {
  readonly title: string;
  readonly y: AxisSpec;
  readonly series: readonly Series[];
  readonly dots?: boolean;
}

/** The curves of a run, or of several arms, under one crosshair. */
export function StudentCharts({ arms }: { readonly arms: readonly StudentRun[] }) {
  const charts = useMemo(() => chartsOf(arms), [arms]);
  const x: AxisSpec = { label: "step", log: false, range: [0, Math.max(...arms.map(({ steps }) => steps))] };
  return (
    <div className={css.charts} data-testid="student-charts">
      {charts.map(({ title, y, series, dots = false }) => (
        <LinePlot key={title} title={title} x={x} y={y} series={series} dots={dots} crosshair={CROSSHAIR} />
      ))}
    </div>
  );
}

/** Of each arm, in an order whose neighbours differ on either ground. */
const COLORS = [1, 0, 2, 5, 4, 6, 3].map((i) => QUERY_COLORS[i]);
const colorOf = (arm: number): string => COLORS[arm % COLORS.length];
const linear = (label: string): AxisSpec => ({ label, log: false });

function chartsOf(arms: readonly StudentRun[]): Chart[] {
  const names = armNames(arms.map(({ recipe }) => recipe));
  const curve = (title: string, y: AxisSpec, of: (point: StudentPoint) => number | null): Chart => ({
    title,
    y,
    series: arms.flatMap(({ points }, i) => {
      const found = points.flatMap((point) => {
        const value = of(point);
        return value === null ? [] : [[point.step, value] as const];
      });
      const name = arms.length > 1 ? names[i] : title.toLowerCase();
      return found.length === 0 && arms.length > 1 ? [] : [{ name, color: colorOf(i), points: found }];
    }),
  });
  const aligned = [...new Set(arms.map(({ recipe }) => recipe.loss))].filter((loss) => loss !== "none");
  const charts = [curve("Diffusion loss", linear("loss"), ({ diffusion }) => diffusion)];
  if (aligned.length > 0) {
    charts.push(
      curve(`Alignment: ${aligned.map(armName).join(", ")}`, linear("loss"), ({ alignment }) => alignment),
      curve("Weight λ", linear("λ"), ({ lambda, alignment }) => (alignment === null ? null : lambda)),
    );
  }
  charts.push(curve("Gradient norm", { label: "norm", log: true }, ({ gradNorm }) => gradNorm));
  return [...charts, ...errorCharts(arms, names)];
}

/** How far the drawn clips are from the simulator's; of two arms also the difference, with its interval. */
function errorCharts(arms: readonly StudentRun[], names: readonly string[]): Chart[] {
  const errors = arms.map(({ looks }) =>
    looks.flatMap(({ step, samples }) => {
      const error = errorsOf(samples);
      return error ? [{ step, ...error }] : [];
    }),
  );
  if (errors.every(({ length }) => length === 0)) return [];
  const own = errors.map((some, i) => ({
    name: arms.length > 1 ? names[i] : "the student's",
    color: arms.length > 1 ? colorOf(i) : QUERY_COLORS[2],
    points: some.map(({ step, made }) => [step, made] as const),
  }));
  const still = { name: "a still clip's", color: "#808080", dash: "1 3" };
  const [longest] = errors.toSorted((a, b) => b.length - a.length);
  const stillPoints = longest.map(({ step, still: error }) => [step, error] as const);
  const chart: Chart = {
    title: "Drawn clips: centre error, px",
    y: linear("px"),
    dots: true,
    series: [...own, { ...still, points: stillPoints }],
  };
  if (arms.length !== 2) return [chart];
  const differences = differencesOf(arms[0].looks, arms[1].looks);
  const of = (value: (difference: Difference) => number) =>
    differences.map((difference) => [difference.step, value(difference)] as const);
  const color = QUERY_COLORS[2];
  const ends = { name: "95 % interval", color, dash: "3 3" };
  return [
    chart,
    {
      title: `Error of ${names[1]} − ${names[0]}, px`,
      y: linear("px"),
      dots: true,
      series: [
        { name: "mean over the clips", color, points: of(({ mean }) => mean) },
        { ...ends, points: of(({ low }) => low) },
        { ...ends, points: of(({ high }) => high), unnamed: true },
      ],
    },
  ];
}
