/** Drawn clips side by side as a video: a row a sentence, in step. */
import { frameImage } from "../figure/clip_strip.ts";
import type { Recording } from "../video/record.ts";
import { SANDBOX_CLIP } from "../worker/protocol.ts";
import { SANDBOX_RATE } from "./space_input.ts";

/** Clips of one sentence. */
export interface FilmRow {
  readonly title: string;
  readonly clips: readonly { readonly label: string /** U8 [16, 64, 64, 3] */; readonly frames: Uint8Array }[];
}

/** Whole pixels of a clip's own. */
const SCALE = 4;
const CELL = SCALE * SANDBOX_CLIP.size;
const [EDGE, GAP, TITLE, LABEL] = [12, 8, 26, 22];
const FONT = "ui-sans-serif, system-ui, sans-serif";

/** Both sides are even, as video encoders want them. */
export function filmSize(rows: readonly FilmRow[]): { readonly width: number; readonly height: number } {
  const most = Math.max(...rows.map(({ clips }) => clips.length));
  return {
    width: 2 * EDGE + most * CELL + (most - 1) * GAP,
    height: 2 * EDGE + rows.length * (TITLE + LABEL + CELL) + (rows.length - 1) * GAP,
  };
}

/** @throws Error where the browser can encode no video of this size */
export async function clipsFilm(rows: readonly FilmRow[]): Promise<Recording> {
  const { record } = await import("../video/record.ts");
  const canvas = Object.assign(document.createElement("canvas"), filmSize(rows));
  const context = canvas.getContext("2d");
  if (!context) throw new Error("a 2D canvas could not be made");
  const cell = Object.assign(document.createElement("canvas"), { width: SANDBOX_CLIP.size, height: SANDBOX_CLIP.size });
  context.imageSmoothingEnabled = false;
  return record(canvas, {
    frames: SANDBOX_CLIP.frames,
    framesPerSecond: SANDBOX_RATE,
    draw(frame) {
      context.fillStyle = "#ffffff";
      context.fillRect(0, 0, canvas.width, canvas.height);
      for (const [r, { title, clips }] of rows.entries()) {
        const y = EDGE + r * (TITLE + LABEL + CELL + GAP);
        write(context, title, EDGE, y + 17, "#1a1a1a", `600 15px ${FONT}`);
        for (const [c, { label, frames }] of clips.entries()) {
          const x = EDGE + c * (CELL + GAP);
          write(context, label, x, y + TITLE + 14, "#5a5a5a", `13px ${FONT}`);
          cell.getContext("2d")?.putImageData(frameImage(frames, frame), 0, 0);
          context.drawImage(cell, x, y + TITLE + LABEL, CELL, CELL);
        }
      }
    },
  });
}

function write(context: CanvasRenderingContext2D, text: string, x: number, y: number, color: string, font: string) {
  context.font = font;
  context.fillStyle = color;
  context.fillText(text, x, y);
}
