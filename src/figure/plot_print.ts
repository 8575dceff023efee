/** Plots for a paper. */
import { type Drawing, type FigureChoices, INK, LEADING, letterOf, planeOf, wrapped } from "./compose.ts";
import { thinned } from "./curve.ts";
import { type Plot, placesOf } from "./plot.ts";
import { short } from "./scale.ts";
import { type Box, type Shape, textWidth } from "./shapes.ts";

export interface PlotChoices extends Pick<FigureChoices, "widthMm" | "typePt" | "letters" | "caption"> {
  /** Plots side by side. */
  readonly columns: number;
}

/** How many plots read well side by side: two on both columns of a paper, one on a single column. */
export const chartsAcross = (widthMm: number): number => Math.max(1, Math.floor(widthMm / 80));

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
    const heads = row.map((plot, i) => headOf(plot, choices.letters ? `${letterOf(first + i)}  ` : "", across, type));
    // The planes of a row are at one height.
    const lines = Math.max(...heads.map(({ title }) => title.length));
    const heights = row.map((plot, i) => {
      const place = { x: i * (across + gap), y: top, width: across };
      return addPlot(shapes, plot, { ...heads[i], lines }, place, type);
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

interface Head {
  readonly letter: string;
  /** In lines that do not reach the next plot. */
  readonly title: readonly string[];
  /** Room for the values of the axis, and where the title begins. */
  readonly left: number;
  readonly indent: number;
}

function headOf({ title, x, y, series }: Plot, letter: string, width: number, type: number): Head {
  const ticks = placesOf({ x, y, series }, { x: 0, y: 0, width: 1, height: 1 }).yAxis.ticks.map(short);
  const left = Math.max(...ticks.map((text) => textWidth(text, type)), 0) + 0.6 * type;
  const unit = title.toLowerCase().includes(y.label.toLowerCase()) ? "" : `, ${y.label}`;
  const indent = Math.max(left, textWidth(letter, type));
  return { letter, title: wrapped(title + unit, width - indent, type), left, indent };
}

/** Draws a plot and its legend from (x, y) on, with room for so many lines of titles. @returns its height */
function addPlot(
  shapes: Shape[],
  { x, y, series, dots = false }: Plot,
  { letter, title, left, indent, lines: titleLines }: Head & { readonly lines: number },
  place: { readonly x: number; readonly y: number; readonly width: number },
  type: number,
): number {
  const write = (at: readonly [number, number], text: string, align: "start" | "middle" | "end", bold = false) =>
    shapes.push({ kind: "text", x: at[0], y: at[1], text, size: type, color: INK, align, ...(bold && { bold }) });
  const box: Box = {
    x: place.x + left,
    y: place.y + (2 + (titleLines - 1) * LEADING) * type,
    width: place.width - left - 0.6 * type,
    height: ASPECT * place.width,
  };
  const { xAxis, yAxis, lines } = placesOf({ x, y, series }, box);
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  const grid = { color: GRID, width: 1 };
  if (letter !== "") write([place.x, place.y + type], letter, "start", true);
  title.forEach((text, i) => {
    write([place.x + indent, place.y + (1 + i * LEADING) * type], text, "start");
  });
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
    const words = wrapped(name, place.width - 2.4 * type, type);
    const long = 3 * type + Math.max(...words.map((text) => textWidth(text, type)));
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
    words.forEach((text, i) => {
      write([at + 2.4 * type, line + i * LEADING * type], text, "start");
    });
    at += long + type;
    line += (words.length - 1) * LEADING * type;
  }
  return line + 0.4 * type - place.y;
}
