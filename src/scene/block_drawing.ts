/** The block for a paper: its picture, its labels as type, a caption. */
import { type Drawing, type FigureChoices, INK, LEADING, planeOf, wrapped } from "../figure/compose.ts";
import type { Picture, Shape } from "../figure/shapes.ts";
import type { Label } from "./labels.ts";

export interface BlockPicture {
  /** Without labels, on a transparent ground. */
  readonly picture: Picture;
  /** The labels as they lay when the picture was taken, on a plane of this size, which has the picture's proportions. */
  readonly labelsAt: (width: number, height: number) => readonly Label[];
}

/** @throws RangeError for a width or type that no paper has */
export function blockDrawing(
  { picture, labelsAt }: BlockPicture,
  caption: string,
  choices: Pick<FigureChoices, "widthMm" | "typePt" | "caption">,
): Drawing {
  const { width, type } = planeOf(choices);
  const tall = (width * picture.height) / picture.width;
  const lines = choices.caption ? wrapped(caption, width, type) : [];
  const height = tall + (lines.length > 0 ? (lines.length * LEADING + 0.6) * type : 0);
  const text = (x: number, y: number, words: string, more: { align: "start" | "middle"; bold?: boolean }): Shape => ({
    ...{ kind: "text", x, y, text: words, size: type, color: INK },
    ...more,
  });
  return {
    shapes: [
      { kind: "rect", box: { x: 0, y: 0, width, height }, fill: "#ffffff" },
      { kind: "image", image: picture, box: { x: 0, y: 0, width, height: tall }, smooth: true },
      ...labelsAt(width, tall).map((label) =>
        text(label.x, label.y + 0.35 * type, label.text, { align: "middle", bold: label.strong }),
      ),
      ...lines.map((line, i) => text(0, tall + (1 + i * LEADING) * type, line, { align: "start" })),
    ],
    width,
    height,
    widthMm: choices.widthMm,
  };
}
