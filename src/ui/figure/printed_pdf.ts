import fontUrl from "dejavu-fonts-ttf/ttf/DejaVuSans.ttf?url";
import { composeFigure, type Drawing, type FigureChoices } from "../../figure/compose.ts";
import type { PaneFigure } from "../../figure/panes.ts";
import { drawingPdf } from "../../figure/pdf.ts";
import { fetchFile } from "../../site/files.ts";

/** The font is loaded when a PDF is wanted: its letters become part of the file. */
export async function printedPdf(drawing: Drawing): Promise<Blob> {
  const response = await fetchFile(fontUrl, "the font of printed figures");
  return drawingPdf(drawing, new Uint8Array(await response.arrayBuffer()));
}

/** The figure as PDF, as it is to be printed. */
export const figurePdf = (figure: PaneFigure, caption: string, choices: FigureChoices): Promise<Blob> =>
  printedPdf(composeFigure(figure, caption, choices));
