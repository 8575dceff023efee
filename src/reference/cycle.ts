import { selfSimilarity } from "./self_similarity.ts";
import { softMatch } from "./soft_match.ts";

/** Where a token's match leads, and where it leads back to, at one τ, from the whole of R. */
export interface CycleTwin {
  /** Expected row and column in each frame, [F, 2]. */
  readonly there: Float64Array;
  /** Of the token nearest to that place: expected row and column in the query's own frame, [F, 2]. */
  readonly back: Float64Array;
  /** Of the best match in each frame: its best match in the query's own frame, [F]. */
  readonly returns: Uint32Array;
}

/**
 * There and back of one token, by the definition: the whole self-similarity, softmax by softmax.
 * @param z [F, H, W, C] unit rows
 * @param query [frame, row, col]
 */
export function cycle(
  z: ArrayLike<number>,
  { F, H, W, C }: Readonly<Record<"F" | "H" | "W" | "C", number>>,
  [frame, row, col]: readonly [number, number, number],
  tau: number,
): CycleTwin {
  const [S, N] = [H * W, F * H * W];
  const R = selfSimilarity(
    z,
    Array.from({ length: N }, (_, i) => i),
    N,
    C,
  );
  const matchOf = (token: number, f: number) => {
    const cosines = Float64Array.from({ length: S }, (_, s) => R[(f * S + s) * N + token]);
    return softMatch(cosines, { rows: 1, cols: S, W, tau });
  };
  const query = frame * S + row * W + col;
  const there = new Float64Array(2 * F);
  const back = new Float64Array(2 * F);
  const returns = new Uint32Array(F);
  for (let f = 0; f < F; f++) {
    const [y, x, best] = matchOf(query, f);
    there.set([y, x], 2 * f);
    back.set(matchOf(f * S + Math.round(y) * W + Math.round(x), frame).subarray(0, 2), 2 * f);
    returns[f] = matchOf(f * S + best, frame)[2];
  }
  return { there, back, returns };
}
