import { advisedTau, type DoubtLevel, doubtOf } from "../figure/doubt.ts";
import { clipUrl, loadCatalog } from "../state/catalog.ts";
import { ComputeFailure, startCompute } from "../state/client.ts";
import { CURVE_TAUS } from "../state/explore/wanted.ts";
import type { ClipSource, EncoderId, TokenRef, TokenSize } from "../worker/protocol.ts";
import { encoderTraits } from "../worker/protocol.ts";
import { type Ask, askingOf } from "./training.ts";

export interface CalibrateRequest {
  /** A built-in clip with truth, or a clip of the sandbox. */
  readonly clip: string | { readonly prompt: string; readonly seed: number };
  readonly encoder: EncoderId;
  readonly token: TokenSize;
  readonly frames: number;
}

/** Matches of one doubt: all, and those of them that are more than one token from the truth. */
interface Tally {
  readonly all: number;
  readonly wrong: number;
}

export interface Calibration {
  /** By doubt, over tokens of frame 0 in every other frame where the truth sees them; "moved": those that truly went further than a token. */
  readonly matches: Readonly<Record<DoubtLevel, Tally>>;
  readonly moved: Readonly<Record<DoubtLevel, Tally>>;
  /** Chance that of a right and a wrong match each sign is the better for the right one; null where one of both is missing. */
  readonly signs: { readonly cycle: number; readonly cosine: number; readonly lead: number } | null;
  readonly taus: readonly number[];
  readonly cycle: readonly number[];
  readonly truth: readonly number[];
  /** The τ that the curve advises, and the encoder's default one. */
  readonly advised: number;
  readonly usual: number;
}

export type CalibrateReply =
  | { readonly ok: true; readonly found: Calibration }
  | { readonly ok: false; readonly message: string; readonly code: string };

/** Tokens of one request, and of one clip: those of a finer grid are thinned out, evenly. */
const BATCH = 64;
const MOST = 320;

interface Judged {
  readonly right: boolean;
  readonly moved: boolean;
  readonly level: DoubtLevel;
  /** Numbers, or infinite: a match without a rival is ahead of every other. */
  readonly signs: readonly [cycle: number, cosine: number, lead: number];
}

/** `npm run calibrate`: one clip's doubts and its curve over τ beside its truth. */
export async function calibrate({ clip, encoder, token, frames }: CalibrateRequest): Promise<CalibrateReply> {
  const client = startCompute(() => {});
  const ask = askingOf(client);
  try {
    await ask({ type: "boot", backend: "auto" });
    const { durationS } = await ask({ type: "open", source: await sourceOf(clip) });
    const window = { startS: 0, lengthS: durationS, frames };
    const { grid } = await ask({ type: "encode", encoder, token, window, shippedUrl: null });
    const curve = await ask({ type: "tau-curve", frame: 0, taus: CURVE_TAUS });
    const judged = await judgedMatches(ask, grid);
    const tallies = (some: readonly Judged[]) => ({
      sure: tally(some, "sure"),
      unsure: tally(some, "unsure"),
      lost: tally(some, "lost"),
    });
    const found = {
      matches: tallies(judged),
      moved: tallies(judged.filter(({ moved }) => moved)),
      signs: signsOf(judged),
      taus: curve.taus,
      cycle: [...curve.cycle],
      truth: [...(curve.truth ?? [])],
      advised: advisedTau(curve).tau,
      usual: encoderTraits(encoder).clearTau,
    };
    return { ok: true, found };
  } catch (error) {
    if (error instanceof ComputeFailure) return { ok: false, code: error.failure.code, message: error.failure.message };
    throw error;
  } finally {
    client.terminate();
  }
}

async function sourceOf(clip: CalibrateRequest["clip"]): Promise<ClipSource> {
  if (typeof clip !== "string") return { kind: "sandbox", ...clip };
  const found = (await loadCatalog()).find(({ id }) => id === clip);
  if (!found?.truth) throw new Error(`no built-in clip with truth is called ${clip}`);
  const { id, title: name, file, truth } = found;
  return { kind: "builtin", id, name, url: clipUrl(file), truthUrl: clipUrl(truth) };
}

async function judgedMatches(
  ask: Ask,
  { F, H, W }: { readonly F: number; readonly H: number; readonly W: number },
): Promise<readonly Judged[]> {
  const judged: Judged[] = [];
  // A step that shares no factor with the width, so that every column is asked.
  const step = H * W <= MOST ? 1 : Math.ceil((H * W) / MOST) | 1;
  const places = Array.from({ length: Math.ceil((H * W) / step) }, (_, i) => i * step);
  for (let first = 0; first < places.length; first += BATCH) {
    const queries = places.slice(first, first + BATCH).map((s): TokenRef => [0, Math.floor(s / W), s % W]);
    const { matches, truth } = await ask({ type: "query", queries, taus: [1] });
    const { positions } = await ask({ type: "returns", queries });
    if (!truth) throw new Error("the clip has no truth");
    queries.forEach((query, q) => {
      for (let f = 1; f < F; f++) {
        const at = q * F + f;
        const [row, col] = [truth[2 * at], truth[2 * at + 1]];
        if (Number.isNaN(row)) continue;
        // Raw similarity's, then those at τ = 1: the best match is the same.
        const match = matches[2 * q * F + f];
        const { level, away, cosine, lead } = doubtOf(match, query, positions[at], W);
        judged.push({
          right: Math.max(Math.abs(match.row - row), Math.abs(match.col - col)) <= 1,
          moved: Math.max(Math.abs(query[1] - row), Math.abs(query[2] - col)) > 1,
          level,
          signs: [-away, cosine, lead],
        });
      }
    });
  }
  return judged;
}

const tally = (judged: readonly Judged[], level: DoubtLevel): Tally => {
  const of = judged.filter((one) => one.level === level);
  return { all: of.length, wrong: of.filter(({ right }) => !right).length };
};

/** Chances of the signs over all pairs of a right and a wrong match; of equal signs half of the pairs count. */
export function signsOf(judged: readonly Pick<Judged, "right" | "signs">[]): Calibration["signs"] {
  const [right, wrong] = [true, false].map((side) => judged.filter((one) => one.right === side));
  if (right.length === 0 || wrong.length === 0) return null;
  const better = (sign: 0 | 1 | 2) => {
    const sorted = right.map(({ signs }) => signs[sign]).sort((a, b) => a - b);
    let sum = 0;
    for (const { signs } of wrong) sum += (above(sorted, signs[sign], true) + above(sorted, signs[sign], false)) / 2;
    return sum / (right.length * wrong.length);
  };
  return { cycle: better(0), cosine: better(1), lead: better(2) };
}

/** How many of rising numbers are above a bound, or with `equal` at it. */
export function above(sorted: readonly number[], bound: number, equal: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] > bound || (equal && sorted[middle] === bound)) high = middle;
    else low = middle + 1;
  }
  return sorted.length - low;
}
