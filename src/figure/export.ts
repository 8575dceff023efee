import { jsonWith, metadataWith, type Origin } from "../formats/provenance.ts";
import { writeSafetensors } from "../formats/safetensors.ts";
import { encoderTraits, type Features, type StudentSpec } from "../worker/protocol.ts";
import type { CompareInput } from "./compare_figure.ts";
import { composeFigure, FIGURE_DEFAULTS } from "./compose.ts";
import type { ExploreInput } from "./explore_figure.ts";
import { flowJson } from "./flow.ts";
import type { PaneFigure } from "./panes.ts";
import { drawingPng, drawingSvg } from "./print.ts";
import { short } from "./scale.ts";
import { maskJson, matchesCsv, matchesJson } from "./tables.ts";

const SCALE_NAMES = {
  "shared-log": "one logarithmic scale for all temperatures",
  "shared-linear": "one linear scale for all temperatures",
  "per-row": "each row in its own contrast",
} as const;

/** Of Compare, which has one temperature. */
const PAIR_SCALES = {
  "shared-log": "both sides on one logarithmic scale",
  "shared-linear": "both sides on one linear scale",
  "per-row": "each side in its own contrast",
} as const;

/** What a reader of Explore's exported figure needs to know, in a line. */
export function exploreCaption({ encoded, correspondence, active, scale }: ExploreInput, clip: string): string {
  const { F, H, W } = encoded.grid;
  const [f, row, col] = correspondence.queries[active];
  const own = correspondence.taus[correspondence.taus.length - 1];
  return `${clip}: ${encoderTraits(encoded.encoder).name}, ${F}×${H}×${W} tokens of ${encoded.token} px; query at frame ${f}, row ${row}, column ${col}; ${SCALE_NAMES[scale]}; tracks at τ = ${short(own)}.`;
}

/** "our CogVideoX 8 px at t = 250, block 4, noise 1, first frames given, on a frozen copy" */
export function sideWords(spec: StudentSpec): string {
  const { encoder, token, degradation } = spec;
  const words = [`${encoderTraits(encoder).name} ${token} px`];
  if (spec.encoder === "cogvideox") {
    const { t, block, given, seed } = spec.noising;
    words[0] += ` at t = ${t}`;
    words.push(`block ${block}`, `noise ${seed}`, ...(given ? ["first frames given"] : []));
  }
  if (degradation !== "none") words.push(`on a ${degradation} copy`);
  return words.join(", ");
}

/** The same for Compare's. */
export function compareCaption({ compared, query, scale }: CompareInput, clip: string): string {
  const { F, H, W } = compared.grid;
  const [f, row, col] = query.query;
  return `${clip}: teacher ${sideWords(compared.teacher)}, student ${sideWords(compared.student)}, ${F}×${H}×${W} tokens; query at frame ${f}, row ${row}, column ${col}; τ = ${short(query.tau)}; ${PAIR_SCALES[scale]}, gradient and KL each on a linear one of its own.`;
}

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
