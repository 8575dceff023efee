/** Drawn clips as a figure for a paper: some frames of each side by side, a row a clip, under the sentence of each group. */
import { SANDBOX_CLIP } from "../worker/protocol.ts";
import type { Drawing } from "./compose.ts";
import { drawingPng, drawingSvg } from "./print.ts";
import type { Picture, Shape } from "./shapes.ts";

/** One clip. */
export interface StripRow {
  readonly label: string;
  /** What is measured in it, below the label. */
  readonly note: string;
  /** U8 [16, 64, 64, 3] */
  readonly frames: Uint8Array;
}

/** Clips of one sentence. */
export interface StripGroup {
  readonly title: string;
  readonly rows: readonly StripRow[];
}

/** Frames of a row: from the first to the last in even steps. */
const COLUMNS = 8;
const CELL = 96;
const GAP = 4;
/** On the left fits the longest label. */
const LEFT = 150;
const [TITLE, CAPTION, EDGE] = [26, 30, 8];
/** As wide as the text of a two-column page, and what printers ask for. */
const [WIDTH_MM, DPI] = [180, 300];
const [INK, SOFT] = ["#1a1a1a", "#5a5a5a"];

/** Indices of the frames that a row shows. */
export const stripFrames = (): number[] =>
  Array.from({ length: COLUMNS }, (_, i) => Math.round((i * (SANDBOX_CLIP.frames - 1)) / (COLUMNS - 1)));

/** Where everything stands; `pictureOf` gives a frame's picture. */
export function stripShapes(
  groups: readonly StripGroup[],
  caption: string,
  pictureOf: (row: StripRow, frame: number) => Picture,
): Drawing {
  const shapes: Shape[] = [];
  const text = (x: number, y: number, words: string, size: number, color: string): void => {
    shapes.push({ kind: "text", x, y, text: words, size, color, align: "start" });
  };
  let y = EDGE;
  for (const { title, rows } of groups) {
    text(EDGE, y + 16, title, 13, INK);
    y += TITLE;
    for (const row of rows) {
      text(EDGE, y + CELL / 2 - 2, row.label, 12, INK);
      text(EDGE, y + CELL / 2 + 14, row.note, 11, SOFT);
      for (const [i, frame] of stripFrames().entries()) {
        const box = { x: LEFT + i * (CELL + GAP), y, width: CELL, height: CELL };
        shapes.push({ kind: "image", image: pictureOf(row, frame), box, smooth: true });
      }
      y += CELL + GAP;
    }
  }
  text(EDGE, y + 18, caption, 11, SOFT);
  const [width, height] = [LEFT + COLUMNS * (CELL + GAP) - GAP + EDGE, y + CAPTION];
  const ground: Shape = { kind: "rect", box: { x: 0, y: 0, width, height }, fill: "#ffffff" };
  return { shapes: [ground, ...shapes], width, height, widthMm: WIDTH_MM };
}

/** The strip at paper resolution. */
export const stripPng = (groups: readonly StripGroup[], caption: string): Promise<Blob> =>
  drawingPng(stripShapes(groups, caption, framePicture), DPI);

export const stripSvg = (groups: readonly StripGroup[], caption: string): Promise<Blob> =>
  drawingSvg(stripShapes(groups, caption, framePicture));

function framePicture({ frames }: StripRow, frame: number): OffscreenCanvas {
  const { size } = SANDBOX_CLIP;
  const canvas = new OffscreenCanvas(size, size);
  canvas.getContext("2d")?.putImageData(frameImage(frames, frame), 0, 0);
  return canvas;
}

/** Frame `frame` of a clip U8 [16, 64, 64, 3]. */
export function frameImage(frames: Uint8Array, frame: number): ImageData {
  const { size } = SANDBOX_CLIP;
  const image = new ImageData(size, size);
  const start = 3 * frame * size * size;
  const { data } = image;
  for (let i = 0; i < size * size; i++) {
    for (let c = 0; c < 3; c++) data[4 * i + c] = frames[start + 3 * i + c];
    data[4 * i + 3] = 255;
  }
  return image;
}
