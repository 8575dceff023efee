import { jsonWith, metadataWith, type Origin } from "../formats/provenance.ts";
import { writeSafetensors } from "../formats/safetensors.ts";
import type { Features } from "../worker/protocol.ts";
import { composeFigure, FIGURE_DEFAULTS } from "./compose.ts";
import type { ExploreInput } from "./explore_figure.ts";
import { flowJson } from "./flow.ts";
import type { PaneFigure } from "./panes.ts";
import { drawingPng, drawingSvg } from "./print.ts";
import { maskJson, matchesCsv, matchesJson } from "./tables.ts";

/** Dots an inch where nobody chose: what printers of journals ask of photographs. */
export const USUAL_DPI = 300;

/** The figure as PNG, as it is to be printed. */
export const figurePng = (
  figure: PaneFigure,
  caption: string,
  choices = FIGURE_DEFAULTS,
  dpi = USUAL_DPI,
): Promise<Blob> => drawingPng(composeFigure(figure, caption, choices), dpi);

/** The figure as one SVG file, images embedded. */
export const figureSvg = (figure: PaneFigure, caption: string, choices = FIGURE_DEFAULTS): Promise<Blob> =>
  drawingSvg(composeFigure(figure, caption, choices));

/** The matches, the motion mask once it is there, and optical flow where it is shown. */
export function jsonFile({ encoded, correspondence, mask, flow }: ExploreInput, origin: Origin): Blob {
  const numbers = {
    ...matchesJson(encoded, correspondence),
    motion_mask: mask && maskJson(mask, encoded.grid.F),
    ...(flow && { optical_flow: flowJson(flow, encoded.grid) }),
  };
  return new Blob([jsonWith(origin, numbers)], { type: "application/json" });
}

export const csvFile = ({ encoded, correspondence }: ExploreInput, origin: Origin): Blob =>
  new Blob([matchesCsv(encoded, correspondence, origin)], { type: "text/csv" });

/**
 * The encoder's features: `features` F32 [F, H, W, C], not normalised, with their origin in the metadata: `frame_indices` count the
 * file's frames from 0 as ffmpeg and OpenCV do, `frame_times_s` are from the first of them.
 */
export function featuresFile(
  { encoded }: Pick<ExploreInput, "encoded">,
  { grid, data }: Features,
  origin: Origin,
): Blob {
  const { F, H, W, C } = grid;
  const bytes = writeSafetensors(
    { features: { dtype: "F32", shape: [F, H, W, C], data } },
    {
      encoder: encoded.encoder,
      token_px: String(encoded.token),
      input_size: `${encoded.inputSize.width}x${encoded.inputSize.height}`,
      frame_indices: encoded.frames.map(({ index }) => index).join(","),
      frame_times_s: encoded.frames.map(({ timeS }) => timeS).join(","),
      ...metadataWith(origin),
    },
  );
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "application/octet-stream" });
}
