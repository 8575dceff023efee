/** What a reader of an exported figure needs to know, in a line. */
import {
  type CompareLosses,
  encoderTraits,
  maskParts,
  noisingOf,
  type Scored,
  type StudentSpec,
} from "../worker/protocol.ts";
import { type CompareInput, lossesAtTau } from "./compare_figure.ts";
import type { ExploreInput } from "./explore_figure.ts";
import { short } from "./scale.ts";

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

/** Of Explore's figure. */
export function exploreCaption({ encoded, correspondence, active, scale, show }: ExploreInput, clip: string): string {
  const { F, H, W } = encoded.grid;
  const [f, row, col] = correspondence.queries[active];
  const own = correspondence.taus[correspondence.taus.length - 1];
  const name = inNoiseOf(encoded, encoderTraits(encoded.encoder).name);
  const tracks = show.tracks ? `; tracks at τ = ${short(own)}` : "";
  return `${clip}: ${name}, ${F}×${H}×${W} tokens of ${encoded.token} px; query at frame ${f}, row ${row}, column ${col}; ${SCALE_NAMES[scale]}${tracks}.`;
}

/** "our CogVideoX 8 px at t = 250, block 4, noise 1, first frames given, on a frozen copy" */
export function sideWords(spec: StudentSpec): string {
  const { encoder, token, degradation } = spec;
  const words = inNoiseOf(spec, `${encoderTraits(encoder).name} ${token} px`);
  return degradation === "none" ? words : `${words}, on a ${degradation} copy`;
}

/** What a score is of: "XFeat 20×36", and of a diffusion student in which noise. */
export const scoreWords = (scored: Pick<Scored, "encoder" | "grid">): string =>
  inNoiseOf(scored, `${encoderTraits(scored.encoder).name} ${scored.grid.H}×${scored.grid.W}`);

/** The name, and of a diffusion student in which noise it is looked at, and where: "… at t = 250, block 4, noise 1". */
function inNoiseOf(spec: Parameters<typeof noisingOf>[0], name: string): string {
  const noising = noisingOf(spec);
  if (!noising) return name;
  const { t, block, given, seed } = noising;
  return `${name} at t = ${t}, block ${block}, noise ${seed}${given ? ", first frames given" : ""}`;
}

/** The same for Compare's. */
export function compareCaption(input: CompareInput, clip: string): string {
  const { compared, query, losses, scale, showMask } = input;
  const { F, H, W } = compared.grid;
  const [f, row, col] = query.query;
  const linear = lossesAtTau(input) ? "gradient and KL each" : "gradient";
  const mask = showMask && losses ? `; ${maskWords(losses)}` : "";
  return `${clip}: teacher ${sideWords(compared.teacher)}, student ${sideWords(compared.student)}, ${F}×${H}×${W} tokens; query at frame ${f}, row ${row}, column ${col}; τ = ${short(query.tau)}; ${PAIR_SCALES[scale]}, ${linear} on a linear one of its own${mask}.`;
}

/** The mask that is drawn may be of the ρ before, while the losses at the next are computed. */
const maskWords = ({ brought, rho }: CompareLosses): string =>
  brought ? `mask “${maskParts(brought).name}”` : `motion mask at ρ = ${short(rho)}`;
