import { useMemo } from "react";
import { QUERY_COLORS } from "../../figure/colors.ts";
import { errorsOf, type StudentPoint, type StudentRun, useStudentAt } from "../../state/student/store.ts";
import { type AxisSpec, type Crosshair, LinePlot, type Series } from "../controls/LinePlot.tsx";
import css from "../train/Train.module.css";
import { armName } from "./words.ts";

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

/** The run's curves under one crosshair. */
export function StudentCharts({ run }: { readonly run: StudentRun }) {
  const { steps } = run;
  const charts = useMemo(() => chartsOf(run), [run]);
  const x: AxisSpec = { label: "step", log: false, range: [0, steps] };
  return (
    <div className={css.charts} data-testid="student-charts">
      {charts.map(({ title, y, series, dots = false }) => (
        <LinePlot key={title} title={title} x={x} y={y} series={series} dots={dots} crosshair={CROSSHAIR} />
      ))}
    </div>
  );
}

function chartsOf({ points, looks, recipe }: StudentRun): Chart[] {
  const one = (title: string, y: AxisSpec, of: (point: StudentPoint) => number | null): Chart => ({
    title,
    y,
    series: [
      {
        name: title.toLowerCase(),
        color: QUERY_COLORS[1],
        points: points.flatMap((point) => {
          const value = of(point);
          return value === null ? [] : [[point.step, value] as const];
        }),
      },
    ],
  });
  const linear = (label: string): AxisSpec => ({ label, log: false });
  const charts = [one("Diffusion loss", linear("loss"), ({ diffusion }) => diffusion)];
  if (recipe.loss !== "none") {
    charts.push(
      one(`Alignment: ${armName(recipe.loss)}`, linear("loss"), ({ alignment }) => alignment),
      one("Weight λ", linear("λ"), ({ lambda }) => lambda),
    );
  }
  charts.push(one("Gradient norm", { label: "norm", log: true }, ({ gradNorm }) => gradNorm));
  const errors = looks.flatMap(({ step, samples }) => {
    const error = errorsOf(samples);
    return error ? [{ step, ...error }] : [];
  });
  if (errors.length > 0) {
    charts.push({
      title: "Drawn clips: centre error, px",
      y: linear("px"),
      dots: true,
      series: [
        { name: "the student's", color: QUERY_COLORS[2], points: errors.map(({ step, made }) => [step, made]) },
        { name: "a still clip's", color: "gray", dash: "1 3", points: errors.map(({ step, still }) => [step, still]) },
      ],
    });
  }
  return charts;
}
