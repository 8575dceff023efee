import { writeSafetensors } from "../formats/safetensors.ts";
import { encoderTraits, type Features, type StudentSpec } from "../worker/protocol.ts";
import type { CompareInput } from "./compare_figure.ts";
import type { ExploreInput } from "./explore_figure.ts";
import { CAPTION_HEIGHT, COLOR_BAR_WIDTH, exportShapes, layoutPanes, type PaneFigure } from "./panes.ts";
import { short } from "./scale.ts";
import { toPng, toSvg } from "./shapes.ts";
import { maskJson, matchesCsv, matchesJson } from "./tables.ts";

/** Pane width of an exported figure in CSS pixels; eight frames make a text-width figure. */
const PANE_WIDTH = 150;
/** Device pixels for each CSS pixel: 8 panes come to about 2700 pixels, 300 dpi on a 9-inch page. */
const PNG_SCALE = 2;
/** On the left fits the longest label, "student's clip". */
const MARGIN = { left: 104, right: COLOR_BAR_WIDTH + 12, top: 28 };

const SCALE_NAMES = {
  "shared-log": "one logarithmic scale for all temperatures",
  "shared-linear": "one linear scale for all temperatures",
  "per-row": "each row in its own contrast",
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
  return `${clip}: teacher ${sideWords(compared.teacher)}, student ${sideWords(compared.student)}, ${F}×${H}×${W} tokens; query at frame ${f}, row ${row}, column ${col}; τ = ${short(query.tau)}; ${SCALE_NAMES[scale]}.`;
}

function describeFigure(figure: PaneFigure, caption: string) {
  const layout = layoutPanes(figure, PANE_WIDTH, MARGIN);
  const shapes = exportShapes(figure, layout, caption);
  return { shapes, width: layout.width, height: layout.height + CAPTION_HEIGHT };
}

/** The figure as PNG, at paper resolution. */
export function figurePng(figure: PaneFigure, caption: string): Promise<Blob> {
  const { shapes, width, height } = describeFigure(figure, caption);
  return toPng(shapes, width, height, PNG_SCALE);
}

/** The figure as one SVG file, images embedded. */
export async function figureSvg(figure: PaneFigure, caption: string): Promise<Blob> {
  const { shapes, width, height } = describeFigure(figure, caption);
  return new Blob([await toSvg(shapes, width, height)], { type: "image/svg+xml" });
}

/** The matches, and the motion mask once it is there. */
export function jsonFile({ encoded, correspondence, mask }: ExploreInput): Blob {
  const numbers = { ...matchesJson(encoded, correspondence), motion_mask: mask && maskJson(mask, encoded.grid.F) };
  return new Blob([`${JSON.stringify(numbers, null, 1)}\n`], { type: "application/json" });
}

export const csvFile = ({ encoded, correspondence }: ExploreInput): Blob =>
  new Blob([matchesCsv(encoded, correspondence)], { type: "text/csv" });

/**
 * The encoder's features: `features` F32 [F, H, W, C], not normalised, with their origin in the metadata: `frame_indices` count the
 * file's frames from 0 as ffmpeg and OpenCV do, `frame_times_s` are from the first of them.
 */
export function featuresFile({ encoded }: Pick<ExploreInput, "encoded">, { grid, data }: Features): Blob {
  const { F, H, W, C } = grid;
  const bytes = writeSafetensors(
    { features: { dtype: "F32", shape: [F, H, W, C], data } },
    {
      encoder: encoded.encoder,
      token_px: String(encoded.token),
      input_size: `${encoded.inputSize.width}x${encoded.inputSize.height}`,
      frame_indices: encoded.frames.map(({ index }) => index).join(","),
      frame_times_s: encoded.frames.map(({ timeS }) => timeS).join(","),
    },
  );
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "application/octet-stream" });
}
