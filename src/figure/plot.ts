/** Lines over a linear or logarithmic plane: where they fall, for the page's charts and for those of a paper. */
import { scaleLinear, scaleLog } from "d3-scale";
import { type Drawing, type FigureChoices, INK, LEADING, letterOf, planeOf, wrapped } from "./compose.ts";
import { extent, thinned } from "./curve.ts";
import { short } from "./scale.ts";
import { type Box, type Shape, textWidth } from "./shapes.ts";

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
function axis({ log, range }: AxisSpec, values: readonly number[], from: number, to: number) {
  const [low, high] = range ?? extent(values);
  const known = Number.isFinite(low) && Number.isFinite(high);
  const domain = known ? widen(low, high, log) : log ? [0.1, 1] : [0, 1];
  const scale = (log ? scaleLog() : scaleLinear()).domain(domain).range([from, to]);
  return {
    place: (value: number): number => scale(value),
    /** The value at a position, inside the axis. */
    read: (pixel: number): number => scale.copy().clamp(true).invert(pixel),
    ticks: log ? logTicks(scale.ticks(TICKS)) : scale.ticks(TICKS),
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

export interface PlotChoices extends Pick<FigureChoices, "widthMm" | "typePt" | "letters" | "caption"> {
  /** Plots side by side. */
  readonly columns: number;
}

const GRID = "#d9d9d6";
/** Height of the plane of a plot, as a part of its width. */
const ASPECT = 0.58;

/** Plots as a grid for a paper, each with its legend below it. @throws RangeError for a width or type that no paper has */
export function plotsDrawing(plots: readonly Plot[], caption: string, choices: PlotChoices): Drawing {
  const { width, type } = planeOf(choices);
  const columns = Math.max(1, Math.min(choices.columns, plots.length));
  const gap = 1.5 * type;
  const across = (width - (columns - 1) * gap) / columns;
  const shapes: Shape[] = [];
  let top = 0;
  for (let first = 0; first < plots.length; first += columns) {
    const row = plots.slice(first, first + columns);
    const heights = row.map((plot, i) => {
      const letter = choices.letters ? `${letterOf(first + i)}  ` : "";
      return addPlot(shapes, plot, letter, { x: i * (across + gap), y: top, width: across }, type);
    });
    top += Math.max(...heights) + gap;
  }
  const lines = choices.caption ? wrapped(caption, width, type) : [];
  lines.forEach((text, i) => {
    shapes.push({ kind: "text", x: 0, y: top + i * LEADING * type, text, size: type, color: INK, align: "start" });
  });
  const height = top + lines.length * LEADING * type;
  const paper: Shape = { kind: "rect", box: { x: 0, y: 0, width, height }, fill: "#ffffff" };
  return { shapes: [paper, ...shapes], width, height, widthMm: choices.widthMm };
}

/** Draws a plot and its legend from (x, y) on. @returns its height */
function addPlot(
  shapes: Shape[],
  { title, x, y, series, dots = false }: Plot,
  letter: string,
  place: { readonly x: number; readonly y: number; readonly width: number },
  type: number,
): number {
  const write = (at: readonly [number, number], text: string, align: "start" | "middle" | "end", bold = false) =>
    shapes.push({ kind: "text", x: at[0], y: at[1], text, size: type, color: INK, align, ...(bold && { bold }) });
  const ticks = placesOf({ x, y, series }, { x: 0, y: 0, width: 1, height: 1 }).yAxis.ticks.map(short);
  const left = Math.max(...ticks.map((text) => textWidth(text, type)), 0) + 0.6 * type;
  const box: Box = {
    x: place.x + left,
    y: place.y + 2 * type,
    width: place.width - left - 0.6 * type,
    height: ASPECT * place.width,
  };
  const { xAxis, yAxis, lines } = placesOf({ x, y, series }, box);
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  const grid = { color: GRID, width: 1 };
  if (letter !== "") write([place.x, place.y + type], letter, "start", true);
  const unit = title.toLowerCase().includes(y.label.toLowerCase()) ? "" : `, ${y.label}`;
  write([place.x + Math.max(left, textWidth(letter, type)), place.y + type], title + unit, "start");
  for (const tick of xAxis.ticks) {
    const at = xAxis.place(tick);
    shapes.push({
      kind: "line",
      points: [
        [at, box.y],
        [at, bottom],
      ],
      stroke: grid,
    });
    write([at, bottom + 1.35 * type], short(tick), "middle");
  }
  for (const tick of yAxis.ticks) {
    const at = yAxis.place(tick);
    shapes.push({
      kind: "line",
      points: [
        [box.x, at],
        [right, at],
      ],
      stroke: grid,
    });
    write([box.x - 0.4 * type, at + 0.35 * type], short(tick), "end");
  }
  write([right, bottom + 2.5 * type], x.label, "end");
  for (const { series: one, places } of lines) {
    if (places.length === 0) continue;
    const dash = one.dash?.split(" ").map(Number);
    const stroke = { color: one.color, width: 2, ...(dash && { dash }) };
    shapes.push({ kind: "line", points: thinned(places), stroke });
    if (dots) for (const [px, py] of places) shapes.push({ kind: "circle", x: px, y: py, r: 3, fill: one.color });
  }
  let [at, line] = [place.x, bottom + 3.9 * type];
  for (const { name, color, dash: pattern } of series.filter(({ unnamed }) => !unnamed)) {
    const long = 3 * type + textWidth(name, type);
    if (at > place.x && at + long > place.x + place.width) [at, line] = [place.x, line + LEADING * type];
    const [dash, middle] = [pattern?.split(" ").map(Number), line - 0.35 * type];
    const stroke = { color, width: 2, ...(dash && { dash }) };
    shapes.push({
      kind: "line",
      points: [
        [at, middle],
        [at + 2 * type, middle],
      ],
      stroke,
    });
    write([at + 2.4 * type, line], name, "start");
    at += long + type;
  }
  return line + 0.4 * type - place.y;
}
