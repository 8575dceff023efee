import { doubtsOf, type ExploreInput } from "../../figure/explore_figure.ts";
import { short } from "../../figure/scale.ts";
import { maskParts, NOTHING_MOVES } from "../../worker/protocol.ts";

/** How many tokens a distribution of that entropy is spread over, as if evenly: 2^bits. */
const effectiveTokens = (bits: number) => 2 ** bits;

/**
 * What the slider's temperature does to the query on this clip, against τ = 1: "At τ = 0.02 the probability sits on about 3 of
 * 280 tokens a frame; at 1 it is spread over 279." Averages leave the query's own frame out, where the answer is known.
 */
export function spreadNote(input: ExploreInput): string {
  const { correspondence, active, encoded } = input;
  const { F, H, W } = encoded.grid;
  const own = correspondence.taus.length - 1;
  const [queryFrame] = correspondence.queries[active];
  const tokens = (t: number) => {
    const bits = correspondence.entropyBits[t].subarray(active * F, (active + 1) * F);
    const others = [...bits].filter((_, f) => f !== queryFrame || F === 1);
    return others.reduce((sum, value) => sum + effectiveTokens(value), 0) / others.length;
  };
  const now = tokens(own);
  const warmest = correspondence.taus.indexOf(Math.max(...correspondence.taus));
  const where = now < 1.5 ? "on a single one" : `on about ${Math.round(now)}`;
  const first = `At τ = ${short(correspondence.taus[own])} the probability sits ${where} of ${H * W} tokens a frame${warmest === own ? "" : `; at τ = ${short(correspondence.taus[warmest])} it is spread over ${Math.round(tokens(warmest))}`}.`;
  const advice =
    now > (H * W) / 8
      ? ` Too warm to see where it went: cool it.${trustWords(input)}`
      : now < 1.5
        ? ` That is nearly the argmax: sharp, also where the encoder is wrong.${trustWords(input)}`
        : trustWords(input);
  return first + advice;
}

/** What the matches say of themselves, where nobody knows the answer: sharpness is no sign of being right. */
function trustWords(input: ExploreInput): string {
  const own = input.correspondence.queries[input.active][0];
  const others = doubtsOf(input, input.active).filter((_, f) => f !== own);
  if (others.length === 0) return "";
  const lost = others.filter(({ level }) => level === "lost").length;
  if (lost === 0) return " Every match leads back to the query: a good sign, and no proof.";
  return ` In ${lost} of ${others.length} frames the match does not lead back: there it is probably lost, at any τ.`;
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** What the mask keeps of this clip. */
export function maskNote(input: ExploreInput | undefined, rho: number): string {
  const brought = input?.mask?.brought;
  const kept = brought
    ? `The tokens of your mask “${maskParts(brought).name}”`
    : `The ${Math.round(rho * 100)} % of tokens whose pixels changed most since the frame before`;
  if (!input?.mask) return `${kept} count as moving.`;
  const { mask, saliency } = input.mask;
  let inside = 0;
  let all = 0;
  for (let i = 0; i < mask.length; i++) {
    all += saliency[i];
    if (mask[i]) inside += saliency[i];
  }
  if (brought && !mask.includes(1)) return "Your mask keeps no token, so M-TSA asks none: paint some, or put it away.";
  if (all === 0) return mask.includes(1) ? "One frame has no motion: every token counts." : sentence(NOTHING_MOVES);
  return `${kept} hold ${Math.round((100 * inside) / all)} % of all change.`;
}
