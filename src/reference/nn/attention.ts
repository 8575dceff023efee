/** B clips of T tokens of `heads` times d channels. */
export interface AttentionSizes {
  readonly B: number;
  readonly T: number;
  readonly heads: number;
  readonly d: number;
}

/** Where channel i of head h of token t of clip b stands. */
const at = ({ T, heads, d }: AttentionSizes, b: number, h: number, t: number) => ((b * T + t) * heads + h) * d;

/** Shares of one query: softmax over the keys of q · k / √d. */
function sharesOf(q: ArrayLike<number>, k: ArrayLike<number>, sizes: AttentionSizes, b: number, h: number, t: number) {
  const { T, d } = sizes;
  const logits = Array.from({ length: T }, (_, s) => {
    let dot = 0;
    for (let i = 0; i < d; i++) dot += q[at(sizes, b, h, t) + i] * k[at(sizes, b, h, s) + i];
    return dot / Math.sqrt(d);
  });
  const peak = Math.max(...logits);
  const raised = logits.map((logit) => Math.exp(logit - peak));
  const sum = raised.reduce((a, c) => a + c, 0);
  return raised.map((value) => value / sum);
}

/** Every query: (clip, head, token). */
function* queries({ B, T, heads }: AttentionSizes) {
  for (let b = 0; b < B; b++) for (let h = 0; h < heads; h++) for (let t = 0; t < T; t++) yield [b, h, t] as const;
}

/** y = softmax(q kᵀ / √d) v, head by head; q, k, v, y [B, T, heads · d]. */
export function attention(q: ArrayLike<number>, k: ArrayLike<number>, v: ArrayLike<number>, sizes: AttentionSizes) {
  const y = new Float64Array(q.length);
  for (const [b, h, t] of queries(sizes)) {
    const shares = sharesOf(q, k, sizes, b, h, t);
    for (let s = 0; s < sizes.T; s++) {
      for (let i = 0; i < sizes.d; i++) y[at(sizes, b, h, t) + i] += shares[s] * v[at(sizes, b, h, s) + i];
    }
  }
  return y;
}

/** dv = Pᵀ dy;  dS = P (dP − Σ P dP) / √d with dP = dy vᵀ;  dq = dS k;  dk = dSᵀ q. */
export function attentionBackward(
  q: ArrayLike<number>,
  k: ArrayLike<number>,
  v: ArrayLike<number>,
  dy: ArrayLike<number>,
  sizes: AttentionSizes,
): { dq: Float64Array; dk: Float64Array; dv: Float64Array } {
  const { T, d } = sizes;
  const [dq, dk, dv] = [new Float64Array(q.length), new Float64Array(q.length), new Float64Array(q.length)];
  for (const [b, h, t] of queries(sizes)) {
    const shares = sharesOf(q, k, sizes, b, h, t);
    const mine = at(sizes, b, h, t);
    const dP = shares.map((share, s) => {
      const theirs = at(sizes, b, h, s);
      let dot = 0;
      for (let i = 0; i < d; i++) {
        dot += dy[mine + i] * v[theirs + i];
        dv[theirs + i] += share * dy[mine + i];
      }
      return dot;
    });
    const along = shares.reduce((sum, share, s) => sum + share * dP[s], 0);
    for (let s = 0; s < T; s++) {
      const theirs = at(sizes, b, h, s);
      const dS = (shares[s] * (dP[s] - along)) / Math.sqrt(d);
      for (let i = 0; i < d; i++) {
        dq[mine + i] += dS * k[theirs + i];
        dk[theirs + i] += dS * q[mine + i];
      }
    }
  }
  return { dq, dk, dv };
}
