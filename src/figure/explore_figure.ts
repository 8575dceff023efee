import type { Correspondence, Encoded, Match, MotionMask } from "../worker/protocol.ts";
import { BEST_MATCH_COLOR, infernoStops, QUERY_COLORS, TRUTH_COLOR } from "./colors.ts";
import { HeatAtlas } from "./heat.ts";
import { COSINE_SCALE, contrastScale, LINEAR_SCALE, LOG_SCALE, type Scale, short, ticks } from "./scale.ts";
import type { Box, Shape } from "./shapes.ts";

export type HeatScaleName = "shared-log" | "shared-linear" | "per-row";

/** What the grid of Fig. 3 shows: the clip on top, then one row for raw similarity and one for each τ. */
export interface FigureInput {
  readonly encoded: Encoded;
  readonly correspondence: Correspondence;
  readonly mask: MotionMask | null;
  readonly active: number;
  readonly scale: HeatScaleName;
  readonly show: {
    readonly mask: boolean;
    readonly tracks: boolean;
    readonly truth: boolean;
    readonly entropy: boolean;
  };
}

/** Row 0 is the clip, row 1 raw similarity, row 2 + t the t-th τ. */
export const CLIP_ROW = 0;
export const RAW_ROW = 1;
export const tauRow = (t: number) => 2 + t;

export interface FigureLayout {
  readonly rows: number;
  readonly columns: number;
  readonly pane: { readonly width: number; readonly height: number };
  readonly left: number;
  readonly top: number;
  readonly gap: number;
  readonly width: number;
  readonly height: number;
}

/** Places the panes; `left`, `right` and `top` are left free for labels. */
export function layoutFigure(
  { encoded, correspondence }: { readonly encoded: Encoded; readonly correspondence: Pick<Correspondence, "taus"> },
  paneWidth: number,
  margin: { readonly left: number; readonly right: number; readonly top: number },
): FigureLayout {
  const gap = 4;
  const rows = correspondence.taus.length + 2;
  const columns = encoded.grid.F;
  const { width, height } = encoded.inputSize;
  // The input's own aspect may differ from the source's by a percent or two; the source's is what a person knows.
  const [tokenY, tokenX] = encoded.tokenPx;
  const aspect = (tokenY * (height / encoded.token)) / (tokenX * (width / encoded.token));
  const pane = { width: paneWidth, height: Math.round(paneWidth * aspect) };
  return {
    rows,
    columns,
    pane,
    left: margin.left,
    top: margin.top,
    gap,
    width: margin.left + columns * (pane.width + gap) - gap + margin.right,
    height: margin.top + rows * (pane.height + gap) - gap,
  };
}

export function paneBox({ pane, left, top, gap }: FigureLayout, row: number, column: number): Box {
  return { x: left + column * (pane.width + gap), y: top + row * (pane.height + gap), ...pane };
}

/** The pane and token under a point, if there is one. */
export function tokenAt(
  layout: FigureLayout,
  { H, W }: { readonly H: number; readonly W: number },
  x: number,
  y: number,
) {
  const { pane, left, top, gap, rows, columns } = layout;
  const column = Math.floor((x - left) / (pane.width + gap));
  const row = Math.floor((y - top) / (pane.height + gap));
  if (column < 0 || column >= columns || row < 0 || row >= rows) return undefined;
  const box = paneBox(layout, row, column);
  const u = (x - box.x) / pane.width;
  const v = (y - box.y) / pane.height;
  if (u >= 1 || v >= 1) return undefined;
  return { row, frame: column, token: [Math.floor(v * H), Math.floor(u * W)] as const };
}

/** The values of a figure row for the active query, [N]; undefined for the clip row. */
export function rowValues({ correspondence, active, encoded }: FigureInput, row: number): Float32Array | undefined {
  const N = encoded.grid.F * encoded.grid.H * encoded.grid.W;
  const all = row === RAW_ROW ? correspondence.similarity : correspondence.probabilities[row - 2];
  return all?.subarray(active * N, (active + 1) * N);
}

/** The scale of a figure row. */
export function rowScale(input: FigureInput, row: number): Scale {
  const values = rowValues(input, row);
  if (input.scale === "per-row" && values) return contrastScale(values);
  if (row === RAW_ROW) return COSINE_SCALE;
  return input.scale === "shared-linear" ? LINEAR_SCALE : LOG_SCALE;
}

/** τ of a figure row; null for raw similarity. */
export const rowTau = ({ correspondence }: FigureInput, row: number): number | null =>
  row === RAW_ROW ? null : correspondence.taus[row - 2];

/** The frames themselves: changes with the clip only. */
export function frameShapes({ encoded }: FigureInput, layout: FigureLayout): Shape[] {
  return Array.from({ length: layout.rows * layout.columns }, (_, i) => {
    const row = Math.floor(i / layout.columns);
    const column = i % layout.columns;
    const muted = row === CLIP_ROW ? {} : { filter: "muted" as const };
    return { kind: "image", image: encoded.images[column], box: paneBox(layout, row, column), smooth: true, ...muted };
  });
}

/** The heat, and the mask over the clip row: changes with the query, τ and ρ. */
export function heatShapes(input: FigureInput, layout: FigureLayout): Shape[] {
  const { H, W, F } = input.encoded.grid;
  const S = H * W;
  const atlas = new HeatAtlas(W, H, F, layout.rows);
  const shapes: Shape[] = [];
  const put = (row: number, f: number) =>
    shapes.push({
      kind: "image",
      image: atlas.canvas,
      crop: atlas.tile(f, row),
      box: paneBox(layout, row, f),
      smooth: false,
    });
  for (let row = RAW_ROW; row < layout.rows; row++) {
    const values = rowValues(input, row);
    if (!values) continue;
    const scale = rowScale(input, row);
    for (let f = 0; f < F; f++) {
      atlas.heat(f, row, values.subarray(f * S, (f + 1) * S), scale);
      put(row, f);
    }
  }
  if (input.show.mask && input.mask) {
    for (let f = 0; f < F; f++) {
      atlas.shade(f, CLIP_ROW, input.mask.mask.subarray(f * S, (f + 1) * S));
      put(CLIP_ROW, f);
    }
  }
  atlas.commit();
  return shapes;
}

/** Query cells, best matches, tracks and truth. */
export function markerShapes(input: FigureInput, layout: FigureLayout): Shape[] {
  const { correspondence, encoded, active, show } = input;
  const { H, W, F } = encoded.grid;
  const cell = { width: layout.pane.width / W, height: layout.pane.height / H };
  const center = (box: Box, row: number, col: number) =>
    [box.x + (col + 0.5) * cell.width, box.y + (row + 0.5) * cell.height] as const;
  const cellBox = (box: Box, row: number, col: number): Box => ({
    x: box.x + col * cell.width,
    y: box.y + row * cell.height,
    ...cell,
  });
  const shapes: Shape[] = [];

  correspondence.queries.forEach(([frame, row, col], q) => {
    const color = QUERY_COLORS[q];
    const rows = q === active ? layout.rows : 1;
    for (let r = 0; r < rows; r++) {
      shapes.push({ kind: "rect", box: cellBox(paneBox(layout, r, frame), row, col), stroke: { color, width: 2 } });
    }
  });

  for (let row = RAW_ROW; row < layout.rows; row++) {
    for (const match of rowMatches(input, active, row)) {
      // The query is its own best match in its own frame: nothing to say there.
      if (match.frame === correspondence.queries[active][0]) continue;
      const box = cellBox(paneBox(layout, row, match.frame), match.row, match.col);
      shapes.push({ kind: "rect", box, stroke: { color: BEST_MATCH_COLOR, width: 1.5 } });
    }
  }

  if (show.tracks) shapes.push(...trackShapes(input, layout, center));
  if (show.truth && correspondence.truth) {
    const { truth } = correspondence;
    for (let f = 0; f < F; f++) {
      const at = 2 * (active * F + f);
      if (Number.isNaN(truth[at])) continue;
      for (let r = 0; r < layout.rows; r++) {
        const [x, y] = center(paneBox(layout, r, f), truth[at], truth[at + 1]);
        // Wide enough to leave the cell inside it visible.
        const ring = { kind: "circle", x, y, r: Math.max(6, cell.width * 1.2) } as const;
        shapes.push({ ...ring, stroke: { color: "#000000a0", width: 2.5 } });
        shapes.push({ ...ring, stroke: { color: TRUTH_COLOR, width: 1.25 } });
      }
    }
  }
  return shapes;
}

/** On the clip row: where each query has been so far, by best match (dots) and by soft match at the slider's τ (line). */
function trackShapes(
  input: FigureInput,
  layout: FigureLayout,
  center: (box: Box, row: number, col: number) => readonly [number, number],
): Shape[] {
  const shapes: Shape[] = [];
  input.correspondence.queries.forEach((_, q) => {
    const track = rowMatches(input, q, layout.rows - 1);
    for (let f = 0; f < layout.columns; f++) {
      const box = paneBox(layout, CLIP_ROW, f);
      const points = track.slice(0, f + 1).map((m) => center(box, m.softRow ?? m.row, m.softCol ?? m.col));
      if (points.length > 1) {
        shapes.push({ kind: "line", points, stroke: { color: "#000000a0", width: 3.5 } });
        shapes.push({ kind: "line", points, stroke: { color: QUERY_COLORS[q], width: 2 } });
      }
      const best = track[f];
      const [x, y] = center(box, best.row, best.col);
      shapes.push({ kind: "circle", x, y, r: 3.5, fill: QUERY_COLORS[q], stroke: { color: "#000000a0", width: 1 } });
    }
  });
  return shapes;
}

/** The matches of one query in one figure row, by frame. They come ordered by query, then τ (raw first), then frame. */
export function rowMatches({ correspondence, encoded }: FigureInput, query: number, row: number): readonly Match[] {
  const { F } = encoded.grid;
  const start = (query * (correspondence.taus.length + 1) + (row - RAW_ROW)) * F;
  return correspondence.matches.slice(start, start + F);
}

export const rowLabel = (input: FigureInput, row: number): string => {
  if (row === CLIP_ROW) return "clip";
  const tau = rowTau(input, row);
  return tau === null ? "raw" : `τ = ${short(tau)}`;
};

/** Width that colour bars and their numbers take to the right of the panes. */
export const COLOR_BAR_WIDTH = 58;

/** One bar for each scale in use: a shared scale spans its rows. */
export function colorBarShapes(input: FigureInput, layout: FigureLayout, ink: string): Shape[] {
  const spans: (readonly [first: number, last: number])[] =
    input.scale === "per-row"
      ? Array.from({ length: layout.rows - 1 }, (_, i) => [i + 1, i + 1] as const)
      : [
          [RAW_ROW, RAW_ROW],
          [tauRow(0), layout.rows - 1],
        ];
  return spans.flatMap(([first, last]) => {
    const { y } = paneBox(layout, first, 0);
    const end = paneBox(layout, last, 0).y + layout.pane.height;
    const x = layout.left + layout.columns * (layout.pane.width + layout.gap) + 6;
    return colorBar(rowScale(input, first), { x, y: y + 5, width: 9, height: end - y - 10 }, ink);
  });
}

/** The whole figure for export: labels, colour bars and caption included, on a white ground, for print. */
export function exportShapes(input: FigureInput, layout: FigureLayout, caption: string): Shape[] {
  const ink = "#1a1a1a";
  const shapes: Shape[] = [
    { kind: "rect", box: { x: 0, y: 0, width: layout.width, height: layout.height + CAPTION_HEIGHT }, fill: "#ffffff" },
    ...frameShapes(input, layout),
    ...heatShapes(input, layout),
    ...markerShapes(input, layout),
    ...colorBarShapes(input, layout, ink),
  ];
  const text = (x: number, y: number, value: string, size: number, align: "start" | "middle" | "end") =>
    shapes.push({ kind: "text", x, y, text: value, size, color: ink, align });
  for (let f = 0; f < layout.columns; f++) {
    const { x, width } = paneBox(layout, 0, f);
    text(x + width / 2, layout.top - 8, `${input.encoded.frames[f].timeS.toFixed(2)} s`, 11, "middle");
  }
  for (let row = 0; row < layout.rows; row++) {
    const { y, height } = paneBox(layout, row, 0);
    text(layout.left - 10, y + height / 2 + 4, rowLabel(input, row), 12, "end");
  }
  text(layout.left, layout.height + 24, caption, 11, "start");
  return shapes;
}

/** Space below the panes for the caption of an exported figure. */
export const CAPTION_HEIGHT = 40;

/** A colour bar with its numbers to the right. */
function colorBar(scale: Scale, box: Box, ink: string): Shape[] {
  const stops = infernoStops(48);
  const step = box.height / stops.length;
  const shapes: Shape[] = stops.map((fill, i) => ({
    kind: "rect",
    box: { x: box.x, y: box.y + box.height - (i + 1) * step, width: box.width, height: step + 0.5 },
    fill,
  }));
  const values = ticks(scale);
  values.forEach((value, i) => {
    const y = box.y + box.height - (i / (values.length - 1)) * (box.height - 6);
    shapes.push({
      kind: "text",
      x: box.x + box.width + 5,
      y,
      text: short(value),
      size: 10,
      color: ink,
      align: "start",
    });
  });
  return shapes;
}
