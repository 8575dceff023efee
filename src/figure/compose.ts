/** A figure of panes as it is to be printed: so many millimetres wide, with type of so many points, on white. */
import { type Shot, shotAround } from "./cuts.ts";
import {
  type Cell,
  colorBarShapes,
  frameShapes,
  heatShapes,
  layoutPanes,
  markerShapes,
  type PaneFigure,
  type PaneRow,
  paintHeat,
  paneBox,
} from "./panes.ts";
import { short, ticks } from "./scale.ts";
import { type Shape, textWidth } from "./shapes.ts";

export interface FigureChoices {
  readonly widthMm: number;
  /** Of all type, as printed. */
  readonly typePt: number;
  /** By their ids, in the figure's own order; null: all. */
  readonly rows: readonly string[] | null;
  /** Frames of the window, ascending; null: all. */
  readonly columns: readonly number[] | null;
  /** Columns side by side before the rest goes on below; null: as many as leave panes of a centimetre. */
  readonly perBand: number | null;
  /** a, b, c … before the rows. */
  readonly letters: boolean;
  readonly caption: boolean;
}

/** One of a paper's columns, the type that most venues ask for, and a caption, since the file may part from its page. */
export const FIGURE_DEFAULTS: FigureChoices = {
  widthMm: 180,
  typePt: 7,
  rows: null,
  columns: null,
  perBand: null,
  letters: false,
  caption: true,
};

export const FIGURE_LIMITS = { widthMm: [40, 400], typePt: [5, 12], dpi: [72, 1200] } as const;

/** Shapes in a plane of their own, and how wide that is on paper. */
export interface Drawing {
  readonly shapes: readonly Shape[];
  readonly width: number;
  readonly height: number;
  readonly widthMm: number;
}

/** Lengths of the plane for each printed point: lines and markers, drawn for a screen, come out at half their size there. */
const UNITS_PER_PT = 2;
const POINTS_PER_MM = 72 / 25.4;
/** The narrowest pane that still shows something, in millimetres. */
const NARROWEST_MM = 10;
export const INK = "#1a1a1a";
/** Between lines of type, in its size. */
export const LEADING = 1.25;

/**
 * The plane of a drawing: its width, its type and a millimetre, in the plane's units.
 * @throws RangeError for a width or type that no paper has
 */
export function planeOf(choices: Pick<FigureChoices, "widthMm" | "typePt">) {
  for (const name of ["widthMm", "typePt"] as const) {
    const [low, high] = FIGURE_LIMITS[name];
    if (!(choices[name] >= low && choices[name] <= high))
      throw new RangeError(`${name} must be from ${low} to ${high}, got ${choices[name]}`);
  }
  const unitsPerMm = POINTS_PER_MM * UNITS_PER_PT;
  return { width: choices.widthMm * unitsPerMm, type: choices.typePt * UNITS_PER_PT, unitsPerMm };
}

/** @throws RangeError for a width or type that no paper has */
export function composeFigure(whole: PaneFigure, caption: string, choices: FigureChoices): Drawing {
  const { widthMm, letters } = choices;
  const { width, type, unitsPerMm } = planeOf(choices);
  const figure = withColumns(withRows(whole, choices.rows), choices.columns);
  const { grid } = figure;
  const rows = figure.rows.map((row) => ({ ...row, remark: bitsOf(row) }));
  const letter = letters ? 1.4 * type : 0;
  const labels = rows.map(({ label, remark }) => Math.max(textWidth(label, type), textWidth(remark, type)));
  const left = letter + Math.max(0, ...labels) + 0.7 * type;
  const barred = rows.filter(({ values }) => values !== null);
  const right =
    barred.length === 0
      ? 0
      : 21 +
        Math.max(
          ...barred.map(({ scale, unit }) =>
            Math.max(9 + Math.max(...ticks(scale).map((v) => textWidth(short(v), type))), textWidth(unit, type) - 9),
          ),
        );
  const gap = 4;
  const room = width - left - right;
  const most = Math.max(1, Math.floor((room + gap) / (NARROWEST_MM * unitsPerMm + gap)));
  const perBand = Math.min(grid.F, choices.perBand ?? evenBands(grid.F, most));
  const layout = layoutPanes(
    figure,
    Math.max(4, (room + gap) / perBand - gap),
    { left, right, top: 1.6 * type },
    perBand,
  );
  const lines = choices.caption ? wrapped(caption, width, type) : [];
  const height = layout.height + (lines.length > 0 ? (lines.length * LEADING + 0.6) * type : 0) + 2;
  const shapes: Shape[] = [
    { kind: "rect", box: { x: 0, y: 0, width, height }, fill: "#ffffff" },
    ...frameShapes(figure, layout),
    ...heatShapes(figure, layout, paintHeat(figure, false)),
    ...markerShapes(figure, layout),
    ...colorBarShapes(figure, layout, INK, type),
  ];
  const write = (x: number, y: number, text: string, align: "start" | "middle" | "end", bold = false) =>
    shapes.push({ kind: "text", x, y, text, size: type, color: INK, align, ...(bold && { bold }) });
  figure.timesS.forEach((time, f) => {
    const { x, y, width: pane } = paneBox(layout, 0, f);
    const text = `${time.toFixed(2)} s`;
    // Where panes are narrower than their times, every other one says when it is.
    if (textWidth(text, type) < pane + gap || f % 2 === 0) write(x + pane / 2, y - 0.45 * type, text, "middle");
  });
  for (let column = 0; column < layout.columns; column += layout.perBand) {
    rows.forEach(({ label, remark }, r) => {
      const { y, height: pane } = paneBox(layout, r, column);
      const middle = y + pane / 2;
      // Of low panes only the label: two lines would run into the next row's.
      const both = remark !== "" && pane >= 2.3 * type;
      write(left - 0.5 * type, middle + (both ? -0.2 : 0.35) * type, label, "end");
      if (both) write(left - 0.5 * type, middle + 0.95 * type, remark, "end");
      if (letters && column === 0) write(0, y + type, letterOf(r), "start", true);
    });
  }
  lines.forEach((line, i) => {
    write(0, layout.height + (1.5 + i * LEADING) * type, line, "start");
  });
  return { shapes, width, height, widthMm };
}

/** How many bits a frame of a row has on average. What the page remarks of a row is for whoever steers it. */
function bitsOf({ entropyBits }: PaneRow): string {
  if (!entropyBits) return "";
  return `${(entropyBits.reduce((sum, value) => sum + value, 0) / entropyBits.length).toFixed(1)} bits`;
}

export const letterOf = (panel: number): string => String.fromCharCode(97 + (panel % 26));

/** Bands of equal length, none longer than `most`. */
const evenBands = (columns: number, most: number): number => Math.ceil(columns / Math.ceil(columns / most));

/** Text in lines no wider than that: between words, and within one that is longer than a line. */
export function wrapped(text: string, width: number, size: number): string[] {
  const fits = (line: string) => textWidth(line, size) <= width;
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length > 0 ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length > 0 && fits(longer)) lines[lines.length - 1] = longer;
    else lines.push(...(fits(word) ? [word] : brokenUp(word, fits)));
  }
  return lines;
}

/** A word in parts that fit, each of one character at least. */
function brokenUp(word: string, fits: (part: string) => boolean): string[] {
  const parts: string[] = [];
  let part = "";
  for (const character of word) {
    if (part !== "" && !fits(part + character)) {
      parts.push(part);
      part = "";
    }
    part += character;
  }
  return [...parts, part];
}

/** The rows that a reader is shown as what they are called. */
export const printable = ({ rows }: PaneFigure): readonly PaneRow[] => rows.filter(({ awaited }) => !awaited);

function withRows(figure: PaneFigure, ids: readonly string[] | null): PaneFigure {
  const there = printable(figure);
  const rows = ids ? there.filter(({ id }) => ids.includes(id)) : there;
  // A figure of nothing is nobody's wish.
  return { ...figure, rows: rows.length > 0 ? rows : there };
}

/** The figure with some of its frames only; what is of another frame is left out. */
export function withColumns(figure: PaneFigure, chosen: readonly number[] | null): PaneFigure {
  const { grid, rows, queries, cuts, truth, mask, points } = figure;
  const columns = (chosen ?? []).filter((f) => f >= 0 && f < grid.F);
  if (columns.length === 0 || columns.length === grid.F) return figure;
  const place = new Map(columns.map((f, i) => [f, i]));
  const S = grid.H * grid.W;
  const pick = <T>(of: readonly T[]) => columns.map((f) => of[f]);
  const cells = <T extends Cell>(of: readonly T[]) =>
    of.flatMap((cell) => {
      const frame = place.get(cell.frame);
      return frame === undefined ? [] : [{ ...cell, frame }];
    });
  const blocks = <T extends Float32Array | Uint8Array>(of: T, size: number): T => {
    const kept = of.slice(0, columns.length * size) as T;
    columns.forEach((f, i) => {
      kept.set(of.subarray(f * size, (f + 1) * size), i * size);
    });
    return kept;
  };
  const shotOf = (frame: number): Shot => {
    const { from, to } = shotAround(cuts, frame, grid.F);
    const before = (end: number) => columns.filter((f) => f < end).length;
    return { from: before(from), to: before(to) };
  };
  return {
    ...figure,
    grid: { ...grid, F: columns.length },
    images: pick(figure.images),
    timesS: pick(figure.timesS),
    cuts: [...new Set(cuts.map((cut) => columns.findIndex((f) => f >= cut)))].filter((cut) => cut > 0),
    rows: rows.map((row) => ({
      ...row,
      values: row.values && blocks(row.values, S),
      ...(row.directions && { directions: blocks(row.directions, S) }),
      matches: cells(row.matches),
      entropyBits: row.entropyBits && blocks(row.entropyBits, 1),
      ...(row.images && { images: pick(row.images) }),
    })),
    // One that is in no frame on show has no mark.
    queries: queries.map(([f, row, col]) => [place.get(f) ?? -1, row, col]),
    mask: mask && blocks(mask, S),
    tracks: figure.tracks.map(({ soft, best }, q) => ({
      soft: cells(soft),
      best: cells(best),
      shot: shotOf(queries[q][0]),
    })),
    lost: figure.lost.map(pick),
    truth: truth && blocks(truth, 2),
    ...(points && { points: cells(points) }),
  };
}
