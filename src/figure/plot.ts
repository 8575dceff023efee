/** Lines over a linear or logarithmic plane: where they fall, for the page's charts and for those of a paper. */
import { scaleLinear, scaleLog } from "d3-scale";
import { extent } from "./curve.ts";
import type { Box } from "./shapes.ts";

export interface Series {
  readonly name: string;
  readonly color: string;
  /** Lengths of dash and gap as SVG writes them. */
  readonly dash?: string;
  /** Points without a finite y are left out. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Not named below the plot, because another series of the same colour is. */
  readonly unnamed?: boolean;
}

export interface AxisSpec {
  readonly label: string;
  readonly log: boolean;
  /** Fixed limits; without them what occurs. */
  readonly range?: readonly [low: number, high: number];
  /** Of something that is counted: no tick stands between whole numbers. */
  readonly whole?: boolean;
}

export interface Plot {
  readonly title: string;
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  readonly series: readonly Series[];
  /** Dots on the points: for measurements, not for curves of many steps. */
  readonly dots?: boolean;
}

/** Axes and series of a plot within a box. */
export function placesOf({ x, y, series }: Pick<Plot, "x" | "y" | "series">, box: Box) {
  const kept = series.map((one) => ({
    series: one,
    points: one.points.filter(([px, py]) => usable(px, x) && usable(py, y)),
  }));
  const all = kept.flatMap(({ points }) => points);
  const xAxis = axis(
    x,
    all.map(([value]) => value),
    box.x,
    box.x + box.width,
  );
  const yAxis = axis(
    y,
    all.map(([, value]) => value),
    box.y + box.height,
    box.y,
  );
  const lines = kept.map(({ series: one, points }) => ({
    series: one,
    places: points.map(([px, py]) => [xAxis.place(px), yAxis.place(py)] as const),
  }));
  return { xAxis, yAxis, lines };
}

export const usable = (value: number, { log }: AxisSpec) => Number.isFinite(value) && (!log || value > 0);

/** Where values fall between two positions, and which values to print. */
function axis({ log, range, whole = false }: AxisSpec, values: readonly number[], from: number, to: number) {
  const [low, high] = range ?? extent(values);
  const known = Number.isFinite(low) && Number.isFinite(high);
  const domain = known ? widen(low, high, log) : log ? [0.1, 1] : [0, 1];
  const scale = (log ? scaleLog() : scaleLinear()).domain(domain).range([from, to]);
  return {
    place: (value: number): number => scale(value),
    /** The value at a position, inside the axis. */
    read: (pixel: number): number => scale.copy().clamp(true).invert(pixel),
    ticks: log ? logTicks(scale.ticks(TICKS)) : scale.ticks(TICKS).filter((value) => !whole || Number.isInteger(value)),
  };
}

/** About as many round values are printed on an axis. */
const TICKS = 4;

/** Equal limits would divide by zero. */
function widen(low: number, high: number, log: boolean): readonly [number, number] {
  if (high > low) return [low, high];
  return log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
}

/** d3 gives every multiple of a power of ten over one to three decades; of those, the powers have room, or 1, 2 and 5 times one. */
function logTicks(ticks: readonly number[]): readonly number[] {
  if (ticks.length <= 2 * TICKS) return ticks;
  const led = (...digits: number[]) => ticks.filter((value) => digits.includes(Number(value.toExponential(0)[0])));
  const powers = led(1);
  return powers.length >= 3 ? powers : led(1, 2, 5);
}
