/**
 * A figure of panes: one column for each frame, one row for each thing that is said about the frames. What Explore and Compare
 * show on screen and what they export are such figures; they differ in their rows only.
 */
import type { TokenRef } from "../worker/protocol.ts";
import { BEST_MATCH_COLOR, type ColorMap, HEAT_MAP, QUERY_COLORS, SIGNED_MAP, TRUTH_COLOR } from "./colors.ts";
import { type Shot, shotAround } from "./cuts.ts";
import { HeatAtlas } from "./heat.ts";
import { type Scale, short, ticks } from "./scale.ts";
import type { Box, Picture, Shape, Stroke } from "./shapes.ts";
import { wheelShapes } from "./wheel.ts";

/** A token within a frame; fractions are allowed. */
export interface Cell {
  readonly frame: number;
  readonly row: number;
  readonly col: number;
  /** Expected place, in tokens, where the cell is the peak of a distribution. */
  readonly softRow?: number | null;
  readonly softCol?: number | null;
}

/** A row of panes. */
export interface PaneRow {
  /** Names the row in settings and links, unlike its label, which may hold a number. */
  readonly id: string;
  readonly label: string;
  /** What is to be known of the row beside its label: "your τ"; of one whose values are `awaited`, and which so is not printed, that. */
  readonly remark?: string;
  readonly awaited?: boolean;
  /** [N], a value for each token; null: the row shows the clip itself. */
  readonly values: Float32Array | null;
  readonly map: "heat" | "signed";
  /** [N], where values are lengths of ways: where to, in radians from the right, downwards. The colour wheel then shows both. */
  readonly directions?: Float32Array;
  readonly scale: Scale;
  /** Neighbouring rows with the same name here share one colour bar. */
  readonly scaleGroup: string;
  /** What a value is, as the read-out says it: "cosine", "p =". */
  readonly quantity: string;
  /** Title of the colour bar: the quantity and its unit. */
  readonly unit: string;
  /** Framed in yellow. */
  readonly matches: readonly Cell[];
  /** Entropy of each frame's distribution, [F]; null where there is none. */
  readonly entropyBits: Float32Array | null;
  /** Other frames than the figure's, such as the student's copy of the clip. */
  readonly images?: readonly Picture[];
}

export interface PaneFigure {
  readonly grid: { readonly F: number; readonly H: number; readonly W: number };
  readonly images: readonly Picture[];
  /** Columns at which a new shot begins: no track is drawn across them. */
  readonly cuts: readonly number[];
  /** Height of a frame over its width. */
  readonly aspect: number;
  readonly timesS: readonly number[];
  readonly rows: readonly PaneRow[];
  readonly queries: readonly TokenRef[];
  readonly active: number;
  /** Motion mask over the clip rows, [N], 1 where a token is kept. */
  readonly mask: Uint8Array | null;
  /** For each query where it went, a cell for each frame: soft positions as a line, best matches as dots. Its shot, where its frame may not be a column. */
  readonly tracks: readonly { readonly soft: readonly Cell[]; readonly best: readonly Cell[]; readonly shot?: Shot }[];
  /** For each query and frame whether its match is to be doubted (see `Doubt`); nothing where that is not known. */
  readonly lost: readonly (readonly boolean[])[];
  /** True (row, col) of the active query in each frame, [F, 2], NaN where hidden. */
  readonly truth: Float32Array | null;
  /** Points that somebody followed, over the clip rows. */
  readonly points?: readonly FollowedPoint[];
}

/** Where a followed point is in one frame. */
export interface FollowedPoint extends Cell {
  /** Which of the points, for its colour. */
  readonly track: number;
  /** One that is being marked: larger. */
  readonly active: boolean;
}

export interface PaneLayout {
  readonly rows: number;
  readonly columns: number;
  /** Columns side by side; the rest goes on below, in bands of all rows. */
  readonly perBand: number;
  /** Height of a band with the room above it for the times of its columns. */
  readonly bandHeight: number;
  readonly pane: { readonly width: number; readonly height: number };
  readonly left: number;
  readonly top: number;
  readonly gap: number;
  readonly width: number;
  readonly height: number;
}

/** Places the panes; `left`, `right` and `top` are left free for labels, `top` above every band. */
export function layoutPanes(
  {
    grid,
    rows,
    aspect,
  }: { readonly grid: PaneFigure["grid"]; readonly rows: { readonly length: number }; readonly aspect: number },
  paneWidth: number,
  margin: { readonly left: number; readonly right: number; readonly top: number },
  perBand: number = grid.F,
): PaneLayout {
  const gap = 4;
  const pane = { width: paneWidth, height: Math.round(paneWidth * aspect) };
  const bandHeight = margin.top + rows.length * (pane.height + gap);
  return {
    rows: rows.length,
    columns: grid.F,
    perBand,
    bandHeight,
    pane,
    left: margin.left,
    top: margin.top,
    gap,
    width: margin.left + perBand * (pane.width + gap) - gap + margin.right,
    height: Math.ceil(grid.F / perBand) * bandHeight - gap,
  };
}

export function paneBox({ pane, left, top, gap, perBand, bandHeight }: PaneLayout, row: number, column: number): Box {
  const y = Math.floor(column / perBand) * bandHeight + top + row * (pane.height + gap);
  return { x: left + (column % perBand) * (pane.width + gap), y, ...pane };
}

/** The pane and token under a point, if there is one. */
export function tokenAt(
  layout: PaneLayout,
  { H, W }: { readonly H: number; readonly W: number },
  x: number,
  y: number,
) {
  const { pane, top, gap, rows, bandHeight } = layout;
  const column = columnAt(layout, x, y);
  if (column === undefined) return undefined;
  const row = Math.floor(((y % bandHeight) - top) / (pane.height + gap));
  if (row < 0 || row >= rows) return undefined;
  const box = paneBox(layout, row, column);
  const u = (x - box.x) / pane.width;
  const v = (y - box.y) / pane.height;
  if (u >= 1 || v >= 1) return undefined;
  return { row, frame: column, token: [Math.floor(v * H), Math.floor(u * W)] as const, u, v };
}

/** The column under a point, the room above its panes included. */
export function columnAt({ pane, left, gap, columns, perBand, bandHeight }: PaneLayout, x: number, y: number) {
  const inBand = Math.floor((x - left) / (pane.width + gap));
  if (inBand < 0 || inBand >= perBand || y < 0) return undefined;
  const column = Math.floor(y / bandHeight) * perBand + inBand;
  return column < columns ? column : undefined;
}

const mapOf = ({ map }: PaneRow): ColorMap => (map === "heat" ? HEAT_MAP : SIGNED_MAP);

/** The frames themselves: they change with the clip only. */
export function frameShapes(figure: PaneFigure, layout: PaneLayout): Shape[] {
  return figure.rows.flatMap((row, r) =>
    Array.from({ length: layout.columns }, (_, f): Shape => {
      const image = (row.images ?? figure.images)[f];
      const muted = row.values ? { filter: "muted" as const } : {};
      return { kind: "image", image, box: paneBox(layout, r, f), smooth: true, ...muted };
    }),
  );
}

/** Tiles of the large frame's colours lie below those of the table, in the same order. */
export const clearRow = (rows: PaneFigure["rows"], row: number): number => rows.length + row;

/**
 * The values as colours, and the mask over the clip rows, a tile for each pane: they change with the query, τ and ρ.
 * @param large whether a frame is shown large, in colours that leave free what has no heat
 */
export function paintHeat(
  { grid: { F, H, W }, rows, mask }: Pick<PaneFigure, "grid" | "rows" | "mask">,
  large: boolean,
): HeatAtlas {
  const S = H * W;
  const atlas = new HeatAtlas(W, H, F, (large ? 2 : 1) * rows.length);
  rows.forEach((row, r) => {
    for (let f = 0; f < F; f++) {
      if (row.values && row.directions) {
        const [from, to] = [f * S, (f + 1) * S];
        atlas.fillWays(f, r, row.values.subarray(from, to), row.directions.subarray(from, to), row.scale);
      } else if (row.values) {
        const values = row.values.subarray(f * S, (f + 1) * S);
        const { words, clearWords } = mapOf(row);
        atlas.fill(f, r, values, row.scale, words);
        if (large) atlas.fill(f, clearRow(rows, r), values, row.scale, clearWords);
      } else if (mask) atlas.shade(f, r, mask.subarray(f * S, (f + 1) * S));
    }
  });
  atlas.commit();
  return atlas;
}

/** The tiles of `paintHeat` in their places. */
export function heatShapes(
  { rows, mask }: Pick<PaneFigure, "rows" | "mask">,
  layout: PaneLayout,
  atlas: HeatAtlas,
): Shape[] {
  return rows.flatMap((row, r) =>
    row.values || mask
      ? Array.from(
          { length: layout.columns },
          (_, f): Shape => ({
            kind: "image",
            image: atlas.canvas,
            crop: atlas.tile(f, r),
            box: paneBox(layout, r, f),
            smooth: false,
          }),
        )
      : [],
  );
}

/** Query cells, best matches, tracks and truth. */
export function markerShapes(figure: PaneFigure, layout: PaneLayout): Shape[] {
  const { grid, rows, queries, active, truth, lost, points = [] } = figure;
  const cell = { width: layout.pane.width / grid.W, height: layout.pane.height / grid.H };
  const centre = (r: number, { frame, row, col }: Cell) => {
    const box = paneBox(layout, r, frame);
    return [box.x + (col + 0.5) * cell.width, box.y + (row + 0.5) * cell.height] as const;
  };
  const frameOf = (r: number, { frame, row, col }: Cell): Box => {
    const box = paneBox(layout, r, frame);
    return { x: box.x + col * cell.width, y: box.y + row * cell.height, ...cell };
  };
  const shapes: Shape[] = [];
  rows.forEach((paneRow, r) => {
    queries.forEach(([frame, row, col], q) => {
      // −1: in none of the frames on show.
      if (frame < 0 || (paneRow.values && q !== active)) return;
      const color = QUERY_COLORS[q % QUERY_COLORS.length];
      shapes.push({ kind: "rect", box: frameOf(r, { frame, row, col }), stroke: { color, width: 2 } });
    });
    for (const match of paneRow.matches) {
      // The query is its own best match in its own frame: nothing to say there.
      if (match.frame === queries[active][0]) continue;
      const stroke = lost[active]?.[match.frame]
        ? { color: `${BEST_MATCH_COLOR}90`, width: 1.5, dash: [2, 3] }
        : { color: BEST_MATCH_COLOR, width: 1.5 };
      shapes.push({ kind: "rect", box: frameOf(r, match), stroke });
    }
    if (paneRow.values === null) {
      shapes.push(...trackShapes(figure, (at) => centre(r, at)));
      for (const point of points) shapes.push(...pointShapes(point, centre(r, point)));
    }
    for (let f = 0; truth && f < grid.F; f++) {
      if (Number.isNaN(truth[2 * f])) continue;
      const [x, y] = centre(r, { frame: f, row: truth[2 * f], col: truth[2 * f + 1] });
      // Wide enough to leave the cell inside it visible.
      const ring = { kind: "circle", x, y, r: Math.max(6, cell.width * 1.2) } as const;
      shapes.push({ ...ring, stroke: { color: "#000000a0", width: 2.5 } });
      shapes.push({ ...ring, stroke: { color: TRUTH_COLOR, width: 1.25 } });
    }
  });
  for (const cut of figure.cuts) {
    const first = paneBox(layout, 0, cut);
    const last = paneBox(layout, layout.rows - 1, cut);
    const x = first.x - layout.gap / 2;
    const points = [
      [x, first.y - layout.gap],
      [x, last.y + last.height + layout.gap],
    ] as const;
    shapes.push({ kind: "line", points, stroke: CUT });
  }
  return shapes;
}

/** Reads on a white and on a dark ground. */
const CUT: Stroke = { color: "#d55e00", width: 2, dash: [5, 4] };

/** In each frame of the query's shot: where every query has been so far, and its best match there. */
function trackShapes(
  { tracks, queries, cuts, lost, grid }: PaneFigure,
  centre: (cell: Cell) => readonly [number, number],
): Shape[] {
  const shapes: Shape[] = [];
  tracks.forEach(({ soft, best, shot }, q) => {
    const color = QUERY_COLORS[q % QUERY_COLORS.length];
    const { from, to } = shot ?? shotAround(cuts, queries[q][0], grid.F);
    for (let frame = from; frame < to; frame++) {
      const points = soft.slice(from, frame + 1).map((cell) => centre({ ...cell, frame }));
      shapes.push(...trackLines(points, (lost[q] ?? []).slice(from), color));
      // Hollow: what lies under it is what the user wants to see.
      const [x, y] = centre({ ...best[frame], frame });
      const dot = { kind: "circle", x, y, r: 3.5 } as const;
      if (lost[q]?.[frame]) shapes.push({ ...dot, stroke: { color: `${color}90`, width: 1.5, dash: [2, 2] } });
      else shapes.push({ ...dot, stroke: { color: "#000000a0", width: 3 } }, { ...dot, stroke: { color, width: 1.5 } });
    }
  });
  return shapes;
}

/** A followed point: a diamond, told from the dots of matches by its form. */
export function pointShapes({ track, active }: FollowedPoint, [x, y]: readonly [number, number]): Shape[] {
  const size = active ? 5.5 : 3.5;
  const corners = [
    [x, y - size],
    [x + size, y],
    [x, y + size],
    [x - size, y],
    [x, y - size],
  ] as const;
  const color = QUERY_COLORS[track % QUERY_COLORS.length];
  return [
    { kind: "line", points: corners, stroke: { color: "#000000c0", width: 3.5 } },
    { kind: "line", points: corners, stroke: { color: active ? TRUTH_COLOR : color, width: 2 } },
  ];
}

/** A track through the points of frames 0, 1, …: firm where the matches are, dashed and faint into a frame where the match is lost. */
export function trackLines(
  points: readonly (readonly [number, number])[],
  lost: readonly boolean[],
  color: string,
): Shape[] {
  const shapes: Shape[] = [];
  for (let from = 0; from + 1 < points.length; ) {
    const faint = lost[from + 1] ?? false;
    let to = from + 1;
    while (to + 1 < points.length && (lost[to + 1] ?? false) === faint) to++;
    const part = points.slice(from, to + 1);
    if (faint) shapes.push({ kind: "line", points: part, stroke: { color: `${color}a0`, width: 1.5, dash: [3, 4] } });
    else {
      shapes.push({ kind: "line", points: part, stroke: { color: "#000000a0", width: 3.5 } });
      shapes.push({ kind: "line", points: part, stroke: { color, width: 2 } });
    }
    from = to;
  }
  return shapes;
}

/** Width that colour bars, their titles and their numbers take to the right of the panes. */
export const COLOR_BAR_WIDTH = 78;

/** One bar for each scale in use, as tall as the rows that share it, beside every band. */
export function colorBarShapes({ rows }: PaneFigure, layout: PaneLayout, ink: string, type = 10): Shape[] {
  const shapes: Shape[] = [];
  const x = layout.left + layout.perBand * (layout.pane.width + layout.gap) + 6;
  for (let column = 0; column < layout.columns; column += layout.perBand) {
    for (let first = 0; first < rows.length; first++) {
      const row = rows[first];
      if (!row.values || rows[first - 1]?.scaleGroup === row.scaleGroup) continue;
      let last = first;
      while (rows[last + 1]?.scaleGroup === row.scaleGroup) last++;
      const { y } = paneBox(layout, first, column);
      const end = paneBox(layout, last, column).y + layout.pane.height;
      shapes.push({ kind: "text", x, y: y + 0.9 * type, text: row.unit, size: type, color: ink, align: "start" });
      if (row.directions) {
        shapes.push(...wheelShapes(row.scale, { x, y: y + 1.5 * type, side: end - y - 1.8 * type }, ink, type));
        continue;
      }
      const bar = { x, y: y + 1.5 * type, width: 9, height: Math.max(end - y - 1.8 * type, 6) };
      shapes.push(...colorBar(row, bar, ink, type));
    }
  }
  return shapes;
}

/** Numbers closer than this, in sizes of their type, would touch. */
const TICK_HEIGHT = 1.1;

/** A colour bar with its numbers to the right. */
function colorBar(row: PaneRow, box: Box, ink: string, type: number): Shape[] {
  const steps = 48;
  const step = box.height / steps;
  const { css } = mapOf(row);
  const shapes: Shape[] = Array.from({ length: steps }, (_, i) => ({
    kind: "rect",
    box: { x: box.x, y: box.y + box.height - (i + 1) * step, width: box.width, height: step + 0.5 },
    fill: css(i / (steps - 1)),
  }));
  const all = ticks(row.scale);
  const [low, high] = [all[0], all[all.length - 1]];
  // Of a low bar only the ends, and of the lowest only the upper one.
  const room = Math.floor(box.height / (TICK_HEIGHT * type)) + 1;
  const values = all.length <= room ? all : room >= 2 ? [low, high] : [high];
  for (const value of values) {
    const at = all.indexOf(value) / (all.length - 1);
    const y = box.y + box.height - at * (box.height - 0.6 * type);
    shapes.push({
      kind: "text",
      x: box.x + box.width + 5,
      y,
      text: short(value),
      size: type,
      color: ink,
      align: "start",
    });
  }
  return shapes;
}
