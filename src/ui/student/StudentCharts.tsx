import { useEffect, useMemo, useState } from "react";
import { QUERY_COLORS } from "../../figure/colors.ts";
import type { AxisSpec, Series } from "../../figure/plot.ts";
import { type Difference, differencesOf } from "../../state/student/difference.ts";
import { type ExpectedCurve, expectedCurves } from "../../state/student/expected.ts";
import { errorsOf, type StudentPoint, type StudentRun, useStudentAt } from "../../state/student/store.ts";
import { type Crosshair, LinePlot } from "../controls/LinePlot.tsx";
import css from "../train/Train.module.css";
import { useRested, useSparing } from "./sparing.ts";
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

/** Between two drawings of the curves where the training pays for them. */
const REST_MS = 3000;

const areSame = (a: readonly StudentRun[], b: readonly StudentRun[]): boolean =>
  a.length === b.length && a.every(({ id }, i) => id === b[i].id);

/** The curves of a run, or of several arms, under one crosshair. */
export function StudentCharts({ arms: newest }: { readonly arms: readonly StudentRun[] }) {
  const arms = useRested(newest, useSparing() ? REST_MS : 0, areSame);
  const [first] = arms;
  // A recorded run is itself what is expected.
  const expected = useExpected(arms.length === 1 && !first?.recorded ? first?.recipe : undefined);
  const charts = useMemo(() => chartsOf(arms, expected), [arms, expected]);
  const x: AxisSpec = { label: "step", log: false, range: [0, Math.max(...arms.map(({ steps }) => steps))] };
  return (
    <div className={css.charts} data-testid="student-charts">
      {charts.map(({ title, y, series, dots = false }) => (
        <LinePlot key={title} title={title} x={x} y={y} series={series} dots={dots} crosshair={CROSSHAIR} />
      ))}
    </div>
  );
}

const NONE: readonly ExpectedCurve[] = [];

/** Committed curves of the recipe on show; of several arms none, whose own lines are many. */
function useExpected(recipe: StudentRun["recipe"] | undefined): readonly ExpectedCurve[] {
  const [found, setFound] = useState<{ readonly of: unknown; readonly curves: readonly ExpectedCurve[] } | null>(null);
  useEffect(() => {
    let wanted = true;
    const take = (curves: readonly ExpectedCurve[]) => wanted && setFound({ of: recipe, curves });
    if (recipe) void expectedCurves(recipe).then(take);
    return () => {
      wanted = false;
    };
  }, [recipe]);
  return found && found.of === recipe ? found.curves : NONE;
}

/** What is expected, behind what is: a line for each committed seed, named once. */
function behind(
  expected: readonly ExpectedCurve[],
  pointsOf: (curve: ExpectedCurve) => readonly (readonly [number, number])[],
): Series[] {
  const drawn = expected.filter((curve) => pointsOf(curve).length > 0);
  const seeds = drawn.map(({ seed }) => seed).join(", ");
  const name = `expected: our runs of this recipe, seed${drawn.length > 1 ? "s" : ""} ${seeds}`;
  return drawn.map((curve, i) => ({
    ...{ name, color: "#808080", dash: "4 3", points: pointsOf(curve) },
    ...(i > 0 ? { unnamed: true } : {}),
  }));
}

/** Of each arm, in an order whose neighbours differ on either ground. */
const COLORS = [1, 0, 2, 5, 4, 6, 3].map((i) => QUERY_COLORS[i]);
const colorOf = (arm: number): string => COLORS[arm % COLORS.length];
const linear = (label: string): AxisSpec => ({ label, log: false });

type Stretch = ExpectedCurve["stretches"][number];

function chartsOf(arms: readonly StudentRun[], expected: readonly ExpectedCurve[]): Chart[] {
  const names = armNames(arms.map(({ recipe }) => recipe));
  const curve = (
    title: string,
    y: AxisSpec,
    of: (point: StudentPoint) => number | null,
    ours: (stretch: Stretch) => number | null = () => null,
  ): Chart => ({
    title,
    y,
    series: [
      ...behind(expected, ({ stretches }) =>
        stretches.flatMap((stretch) => {
          const value = ours(stretch);
          return value === null ? [] : [[stretch.step, value] as const];
        }),
      ),
      ...arms.flatMap(({ points }, i) => {
        const found = points.flatMap((point) => {
          const value = of(point);
          return value === null ? [] : [[point.step, value] as const];
        });
        const name = arms.length > 1 ? names[i] : `${title[0].toLowerCase()}${title.slice(1)}`;
        return found.length === 0 && arms.length > 1 ? [] : [{ name, color: colorOf(i), points: found }];
      }),
    ],
  });
  const aligned = [...new Set(arms.map(({ recipe }) => recipe.loss))].filter((loss) => loss !== "none");
  const diffusion = (point: { readonly diffusion: number }) => point.diffusion;
  const charts = [curve("Diffusion loss", linear("loss"), diffusion, diffusion)];
  if (aligned.length > 0) {
    const alignment = (point: Pick<Stretch, "alignment">) => point.alignment;
    const lambda = (point: Pick<Stretch, "alignment" | "lambda">) => (point.alignment === null ? null : point.lambda);
    charts.push(
      curve(`Alignment: ${aligned.map(armName).join(", ")}`, linear("loss"), alignment, alignment),
      curve("Weight λ", linear("λ"), lambda, lambda),
    );
  }
  charts.push(curve("Gradient norm", { label: "norm", log: true }, ({ gradNorm }) => gradNorm));
  return [...charts, ...errorCharts(arms, names, expected)];
}

/** How far the drawn clips are from the simulator's; of two arms also the difference, with its interval. */
function errorCharts(
  arms: readonly StudentRun[],
  names: readonly string[],
  expected: readonly ExpectedCurve[],
): Chart[] {
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
    series: [
      ...behind(expected, ({ looks }) => looks.map(({ step, error }) => [step, error] as const)),
      ...own,
      { ...still, points: stillPoints },
    ],
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
