/**
 * One frame of a figure, large: a row's heat over it, and markers that leave free what they mark. It is drawn from the tiles of the
 * table's own heat, so that a move of the query colours every token once.
 */
import { BEST_MATCH_COLOR, QUERY_COLORS, TRUTH_COLOR } from "./colors.ts";
import { shotAround } from "./cuts.ts";
import type { HeatAtlas } from "./heat.ts";
import { type Cell, clearRow, type PaneFigure, pointShapes, trackLines } from "./panes.ts";
import type { Box, Shape } from "./shapes.ts";

/** The frame itself, in its own colours: heat covers it only where it is. */
export function focusPicture(
  { rows, images }: Pick<PaneFigure, "rows" | "images">,
  row: number,
  frame: number,
  box: Box,
): Shape[] {
  return [{ kind: "image", image: (rows[row].images ?? images)[frame], box, smooth: true }];
}

/** How much of the mask's shade lies over heat. */
const SHADE_OVER_HEAT = 0.6;

/** The row's heat, of an atlas that was painted for a large frame, and where the mask is shown, its shade, which the table has in the clip's row. */
export function focusHeat(
  { rows, mask }: Pick<PaneFigure, "rows" | "mask">,
  row: number,
  frame: number,
  atlas: HeatAtlas,
  box: Box,
): Shape[] {
  const tile = (r: number, alpha: number): Shape => ({
    kind: "image",
    image: atlas.canvas,
    crop: atlas.tile(frame, r),
    box,
    smooth: false,
    alpha,
  });
  const shaded = rows.findIndex(({ values }) => values === null);
  return [
    // Ways cover by their length already, and so have one colouring.
    ...(rows[row].values ? [tile(rows[row].directions ? row : clearRow(rows, row), 1)] : []),
    ...(mask && shaded >= 0 ? [tile(shaded, rows[row].values ? SHADE_OVER_HEAT : 1)] : []),
  ];
}

/** Queries, tracks, best and soft match, truth, in one frame. */
export function focusMarkers(figure: PaneFigure, row: number, frame: number, box: Box): Shape[] {
  const { grid, rows, queries, active, tracks, truth, cuts, lost, points = [] } = figure;
  const cell = { width: box.width / grid.W, height: box.height / grid.H };
  const centre = ({ row: y, col: x }: Pick<Cell, "row" | "col">) =>
    [box.x + (x + 0.5) * cell.width, box.y + (y + 0.5) * cell.height] as const;
  const around = ({ row: y, col: x }: Pick<Cell, "row" | "col">): Box => ({
    x: box.x + x * cell.width,
    y: box.y + y * cell.height,
    ...cell,
  });
  const shapes: Shape[] = [];
  tracks.forEach(({ soft }, q) => {
    const { from, to } = shotAround(cuts, queries[q][0], grid.F);
    if (frame < from || frame >= to) return;
    const points = soft.slice(from, frame + 1).map(centre);
    shapes.push(...trackLines(points, (lost[q] ?? []).slice(from), QUERY_COLORS[q % QUERY_COLORS.length]));
  });
  queries.forEach(([f, y, x], q) => {
    if (f !== frame) return;
    const color = QUERY_COLORS[q % QUERY_COLORS.length];
    shapes.push(...brackets(around({ row: y, col: x }), color, q === active ? 2.5 : 1.5));
  });
  const isLost = lost[active]?.[frame] ?? false;
  for (const match of rows[row].matches) {
    // The query is its own best match in its own frame: nothing to say there.
    if (match.frame !== frame || frame === queries[active][0]) continue;
    shapes.push(...brackets(around(match), isLost ? `${BEST_MATCH_COLOR}90` : BEST_MATCH_COLOR, 2, isLost));
    const { softRow, softCol } = match;
    if (softRow == null || softCol == null) continue;
    const color = QUERY_COLORS[active % QUERY_COLORS.length];
    shapes.push(...diamond(centre({ row: softRow, col: softCol }), cell.width, isLost ? `${color}90` : color, isLost));
  }
  for (const point of points) if (point.frame === frame) shapes.push(...pointShapes(point, centre(point)));
  if (truth && !Number.isNaN(truth[2 * frame])) {
    const [x, y] = centre({ row: truth[2 * frame], col: truth[2 * frame + 1] });
    const ring = { kind: "circle", x, y, r: Math.max(8, cell.width * 0.9) } as const;
    shapes.push(
      { ...ring, stroke: { color: HALO, width: 3.5 } },
      { ...ring, stroke: { color: TRUTH_COLOR, width: 1.5 } },
    );
  }
  return shapes;
}

/** Behind every marker, so that it reads over any heat. */
const HALO = "#000000b0";

type Points = readonly (readonly [number, number])[];

const haloed = (points: Points, color: string, width: number, dashed: boolean): Shape[] => [
  { kind: "line", points, stroke: { color: HALO, width: width + 2 } },
  { kind: "line", points, stroke: { color, width, ...(dashed ? { dash: [3, 4] } : {}) } },
];

/** The four corners of a token. */
function brackets({ x, y, width, height }: Box, color: string, line: number, dashed = false): Shape[] {
  const out = 1.5;
  const [left, right, top, bottom] = [x - out, x + width + out, y - out, y + height + out];
  const arm = Math.max(3, Math.min(10, 0.32 * Math.min(width, height)));
  const corner = (cx: number, cy: number, dx: number, dy: number) =>
    haloed(
      [
        [cx + dx * arm, cy],
        [cx, cy],
        [cx, cy + dy * arm],
      ],
      color,
      line,
      dashed,
    );
  return [
    ...corner(left, top, 1, 1),
    ...corner(right, top, -1, 1),
    ...corner(left, bottom, 1, -1),
    ...corner(right, bottom, -1, -1),
  ];
}

function diamond([x, y]: readonly [number, number], cell: number, color: string, dashed: boolean): Shape[] {
  const r = Math.max(4, Math.min(9, 0.3 * cell));
  const points: Points = [
    [x, y - r],
    [x + r, y],
    [x, y + r],
    [x - r, y],
    [x, y - r],
  ];
  return haloed(points, color, 1.75, dashed);
}
