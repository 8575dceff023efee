/** A figure's frames one after another as a video: heat and track over the clip. */
import { OWN_ROW } from "../figure/explore_figure.ts";
import { focusHeat, focusMarkers, focusPicture } from "../figure/focus.ts";
import { type PaneFigure, type PaneRow, paintHeat } from "../figure/panes.ts";
import { paint, type Shape, textWidth } from "../figure/shapes.ts";
import type { Recording } from "../video/record.ts";

/** The longer side in pixels; both are even, as video encoders want them. */
const LONGER = 960;
const TYPE = 20;
/** Of a single frame there is no rate. */
const USUAL_RATE = 4;

/** The row that stands large, if it has heat of what it is called; else the one that is steered, or the first that has some. */
export function overlayRow({ rows }: PaneFigure, large: string): number {
  const hasHeat = ({ values, awaited }: PaneRow) => values !== null && !awaited;
  const heat = (id: string) => rows.findIndex((row) => row.id === id && hasHeat(row));
  const row = [large, OWN_ROW].map(heat).find((r) => r >= 0) ?? rows.findIndex(hasHeat);
  return Math.max(row, 0);
}

/**
 * At the speed of the clip: its sampled frames as far apart as they are on average.
 * @param row of the figure whose heat is shown
 * @throws Error where the browser can encode no video of this size
 */
export async function overlayFile(figure: PaneFigure, row: number): Promise<Recording> {
  const { record } = await import("../video/record.ts");
  const { grid, timesS, aspect, rows } = figure;
  const even = (value: number) => 2 * Math.round(value / 2);
  const width = even(aspect > 1 ? LONGER / aspect : LONGER);
  const size = { width, height: even(width * aspect) };
  const canvas = Object.assign(document.createElement("canvas"), size);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("a 2D canvas could not be made");
  const box = { x: 0, y: 0, ...size };
  const atlas = paintHeat(figure, true);
  const lengthS = timesS[grid.F - 1] - timesS[0];
  return record(canvas, {
    frames: grid.F,
    framesPerSecond: lengthS > 0 ? (grid.F - 1) / lengthS : USUAL_RATE,
    draw(frame) {
      const words = `${rows[row].label}   ${timesS[frame].toFixed(2)} s`;
      const plate = { x: 0, y: size.height - 1.6 * TYPE, width: textWidth(words, TYPE) + TYPE, height: 1.6 * TYPE };
      const label: Shape[] = [
        { kind: "rect", box: plate, fill: "#000000b0" },
        {
          ...{ kind: "text", text: words, size: TYPE, color: "#ffffff", align: "start" },
          ...{ x: TYPE / 2, y: size.height - 0.5 * TYPE },
        },
      ];
      paint(
        context,
        [
          ...focusPicture(figure, row, frame, box),
          ...focusHeat(figure, row, frame, atlas, box),
          ...focusMarkers(figure, row, frame, box),
          ...label,
        ],
        1,
      );
    },
  });
}
