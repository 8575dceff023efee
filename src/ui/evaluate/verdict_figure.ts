import { judgeCaption, judgeDrawing } from "../../figure/judge_figure.ts";
import type { Picture } from "../../figure/shapes.ts";
import { usePrintChoices } from "../../state/figure_choices.ts";
import type { Judged } from "../../worker/protocol.ts";
import { saveBlob } from "../controls/download.ts";
import { tellUnsaved, withKept } from "../figure/writer.ts";

interface VerdictFigure {
  readonly judged: Judged;
  readonly pictures: readonly Picture[];
  /** Who made the clip. */
  readonly source: string;
  /** What the file is called. */
  readonly stem: string;
}

/** All frames and rules of a verdict as PNG, as figures were made last. */
export const saveVerdictPng = ({ judged, pictures, source, stem }: VerdictFigure): Promise<void> => {
  const { dpi, ...print } = usePrintChoices.getState();
  const choices = { ...print, frames: pictures.map((_, t) => t), rules: true, perBand: null };
  return withKept(
    () => judgeDrawing(judged, pictures, judgeCaption(judged, source), choices),
    async ({ drawingPng }, drawing) => saveBlob(stem, "png", await drawingPng(drawing, dpi)),
    tellUnsaved,
  );
};
