/** What a reader of an exported figure needs to know, in a line. */
import { encoderTraits, noisingOf, type StudentSpec } from "../worker/protocol.ts";
import type { CompareInput } from "./compare_figure.ts";
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
export function exploreCaption({ encoded, correspondence, active, scale }: ExploreInput, clip: string): string {
  const { F, H, W } = encoded.grid;
  const [f, row, col] = correspondence.queries[active];
  const own = correspondence.taus[correspondence.taus.length - 1];
  const noise = noiseWords(encoded);
  const name = [`${encoderTraits(encoded.encoder).name}${noise.first}`, ...noise.others].join(", ");
  return `${clip}: ${name}, ${F}×${H}×${W} tokens of ${encoded.token} px; query at frame ${f}, row ${row}, column ${col}; ${SCALE_NAMES[scale]}; tracks at τ = ${short(own)}.`;
}

/** "our CogVideoX 8 px at t = 250, block 4, noise 1, first frames given, on a frozen copy" */
export function sideWords(spec: StudentSpec): string {
  const { encoder, token, degradation } = spec;
  const words = [`${encoderTraits(encoder).name} ${token} px`];
  const noise = noiseWords(spec);
  words[0] += noise.first;
  words.push(...noise.others);
  if (degradation !== "none") words.push(`on a ${degradation} copy`);
  return words.join(", ");
}

/** In which noise a diffusion student is looked at, and where: " at t = 250", and "block 4", "noise 1". */
function noiseWords(spec: Parameters<typeof noisingOf>[0]): {
  readonly first: string;
  readonly others: readonly string[];
} {
  const noising = noisingOf(spec);
  if (!noising) return { first: "", others: [] };
  const { t, block, given, seed } = noising;
  return {
    first: ` at t = ${t}`,
    others: [`block ${block}`, `noise ${seed}`, ...(given ? ["first frames given"] : [])],
  };
}

/** The same for Compare's. */
export function compareCaption({ compared, query, scale }: CompareInput, clip: string): string {
  const { F, H, W } = compared.grid;
  const [f, row, col] = query.query;
  return `${clip}: teacher ${sideWords(compared.teacher)}, student ${sideWords(compared.student)}, ${F}×${H}×${W} tokens; query at frame ${f}, row ${row}, column ${col}; τ = ${short(query.tau)}; ${PAIR_SCALES[scale]}, gradient and KL each on a linear one of its own.`;
}
