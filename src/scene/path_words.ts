/** The block in words, for whoever cannot see it: where each thread goes, where it is surest, and how near the truth it is. */
import { type Shot, shotAround } from "../figure/cuts.ts";
import { short } from "../figure/scale.ts";
import type { SpaceInput, Thread } from "./space_input.ts";
import { ellipseOf, type Spread, spreadsOf } from "./spread.ts";

/**
 * "query: from frame 0 row 6 column 14 to frame 7 row 5 column 12; most sure at frame 2 (0.91), least at frame 6 (0.12,
 * spread over 3.1 by 1.4 tokens)", for each thread. How sure is the probability of the best match.
 */
export function spaceSentence({ grid, threads, truths, cuts, tau, step }: SpaceInput): string {
  const head = `τ ${short(tau)}${step === null ? "" : `, step ${step}`}`;
  const parts = threads.map((thread, i) => {
    const spreads = spreadsOf(thread.probabilities, grid);
    const truth = truths[threads.length === truths.length ? i : 0];
    const shot = shotAround(cuts, thread.query[0], grid.F);
    const left = grid.F - (shot.to - shot.from);
    const cut = left === 0 ? "" : `; the other ${left === 1 ? "frame is" : `${left} frames are`} of another shot`;
    return `${thread.name}: ${pathWords(spreads, shot)}${sureWords(spreads, thread, shot)}${truth ? nearWords(spreads, truth, shot) : ""}${cut}`;
  });
  return [head, ...parts].join(". ");
}

function pathWords(spreads: readonly Spread[], { from, to }: Shot): string {
  const at = (f: number) => `frame ${f} row ${Math.round(spreads[f].row)} column ${Math.round(spreads[f].col)}`;
  return `from ${at(from)} to ${at(to - 1)}`;
}

function sureWords(spreads: readonly Spread[], { query: [own] }: Thread, { from, to }: Shot): string {
  // In its own frame the query matches itself: nothing to be unsure of.
  const others = spreads
    .map((spread, f) => ({ f, peak: spread.peak }))
    .filter(({ f }) => f !== own && f >= from && f < to);
  if (others.length === 0) return "";
  const most = others.reduce((a, b) => (b.peak > a.peak ? b : a));
  const least = others.reduce((a, b) => (b.peak < a.peak ? b : a));
  const { major, minor } = ellipseOf(spreads[least.f]);
  const cloud = `spread over ${major.toFixed(1)} by ${minor.toFixed(1)} tokens`;
  return `; most sure at frame ${most.f} (${short2(most.peak)}), least at frame ${least.f} (${short2(least.peak)}, ${cloud})`;
}

/** Two digits are as many as an ear keeps. */
const short2 = (value: number) => (value < 0.01 ? short(Number(value.toPrecision(1))) : value.toFixed(2));

/** How far the soft matches lie from the truth, on average over the frames of the shot where it is visible. @param truth [F, 2] */
export function meanDistance(spreads: readonly Spread[], truth: Float32Array, { from, to }: Shot): number | null {
  const distances = spreads
    .map(({ row, col }, f) => Math.hypot(row - truth[2 * f], col - truth[2 * f + 1]))
    .filter((distance, f) => f >= from && f < to && !Number.isNaN(distance));
  if (distances.length === 0) return null;
  return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
}

function nearWords(spreads: readonly Spread[], truth: Float32Array, shot: Shot): string {
  const distance = meanDistance(spreads, truth, shot);
  return distance === null ? "" : `; on average ${short2(distance)} tokens from the truth`;
}
