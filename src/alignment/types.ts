/** A token by its frame, row and column, all from 0. */
export type TokenRef = readonly [frame: number, row: number, col: number];

/** The token grid of a clip: F frames of H×W tokens with C channels each. S = H·W, N = F·S, index i = f·S + row·W + col. */
export interface Grid {
  readonly F: number;
  readonly H: number;
  readonly W: number;
  readonly C: number;
}

/** The best and the expected match of one query in one frame. */
export interface Match {
  /** Index into the queries. */
  readonly query: number;
  /** null: raw similarity, which has a best match but no distribution. */
  readonly tau: number | null;
  readonly frame: number;
  readonly row: number;
  readonly col: number;
  /** Cosine of query and best match. */
  readonly similarity: number;
  /** Cosine of the best position more than one token away from the match; NaN where the frame has none. */
  readonly rival: number;
  /** Standard deviation of the frame's cosines: by it a lead over the rival can be compared between encoders. */
  readonly spread: number;
  readonly probability: number | null;
  /** Expected row and column under the distribution, in tokens. */
  readonly softRow: number | null;
  readonly softCol: number | null;
  readonly entropyBits: number | null;
}
