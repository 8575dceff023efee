/** L words and N video tokens of C channels a clip, S of them in the first frame; V words are known. */
export interface StreamSizes {
  readonly B: number;
  readonly L: number;
  readonly N: number;
  readonly S: number;
  readonly C: number;
  readonly V: number;
}

export interface StreamInput {
  /** [B, N, C], and the table [N, C]. */
  readonly x: ArrayLike<number>;
  readonly positions: ArrayLike<number>;
  /** [B, L] and [B]. */
  readonly words: ArrayLike<number>;
  readonly given: ArrayLike<number>;
  /** [V, C], [L, C] and [C]. */
  readonly table: ArrayLike<number>;
  readonly places: ArrayLike<number>;
  readonly mark: ArrayLike<number>;
}

/** h [B, L + N, C]: embedded words with their positions, then video tokens with theirs and the mark of a given first frame. */
export function stream(
  { x, positions, words, given, table, places, mark }: StreamInput,
  sizes: StreamSizes,
): Float64Array {
  const { B, L, N, S, C } = sizes;
  const h = new Float64Array(B * (L + N) * C);
  for (let b = 0; b < B; b++) {
    for (let c = 0; c < C; c++) {
      const row = (r: number) => (b * (L + N) + r) * C + c;
      for (let l = 0; l < L; l++) h[row(l)] = table[words[b * L + l] * C + c] + places[l * C + c];
      for (let n = 0; n < N; n++) {
        h[row(L + n)] = x[(b * N + n) * C + c] + positions[n * C + c] + (n < S ? given[b] * mark[c] : 0);
      }
    }
  }
  return h;
}

/** What of dh [B, L + N, C] goes back to x and to the parameters. */
export function streamBackward(
  { words, given }: Pick<StreamInput, "words" | "given">,
  dh: ArrayLike<number>,
  { B, L, N, S, C, V }: StreamSizes,
) {
  const [dx, dtable] = [new Float64Array(B * N * C), new Float64Array(V * C)];
  const [dplaces, dmark] = [new Float64Array(L * C), new Float64Array(C)];
  for (let b = 0; b < B; b++) {
    for (let c = 0; c < C; c++) {
      const d = (r: number) => dh[(b * (L + N) + r) * C + c];
      for (let l = 0; l < L; l++) {
        dtable[words[b * L + l] * C + c] += d(l);
        dplaces[l * C + c] += d(l);
      }
      for (let n = 0; n < N; n++) {
        dx[(b * N + n) * C + c] = d(L + n);
        if (n < S) dmark[c] += given[b] * d(L + n);
      }
    }
  }
  return { dx, dtable, dplaces, dmark };
}
