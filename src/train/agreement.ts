import type { Correspondences } from "../alignment/correspondence/correspondence.ts";
import { argmax } from "../alignment/matches.ts";

/** One set of frames: how well best matches from its first frame agree, over its later frames. */
export interface SetAgreement {
  /** Share within one token of the teacher's best match; null where one frame alone leaves nothing to compare. */
  readonly teacher: number | null;
  /** Share within one token of the truth where that is visible; null without truth. */
  readonly truth: number | null;
  /** Agreement with the truth for tokens that move and for tokens that stand still; null where there are none. */
  readonly moving: number | null;
  readonly still: number | null;
  /** The teacher's own agreement with the truth: the marks to reach. */
  readonly teacherTruth: number | null;
  readonly teacherMoving: number | null;
  readonly teacherStill: number | null;
  /** Mean entropy of the student's correspondence at the recipe's τ, in bits. */
  readonly entropyBits: number;
}

/** Where a set's tokens truly go: [S, n, 2] as (row, col), NaN where hidden; a token that strays moves. */
export type SetTruth = Float32Array;

/** A token that the truth takes further than this, in tokens, moves. */
const STRAY = 0.05;
/** Room for rounding in a distance of exactly one token. */
const ONE_TOKEN = 1 + 1e-6;

/** Best match of each query in each frame, [Q, n], as token index s. */
export function bestMatches({ similarity }: Pick<Correspondences, "similarity">, S: number): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: similarity.length / S }, (_, i) => argmax(similarity, i * S, S));
}

/** Entropy of each query's tempered distribution in each frame, [Q, n], in bits:  H = log Σ e^u − Σ p u,  u = cosine / τ. */
export function entropies(
  { similarity }: Pick<Correspondences, "similarity">,
  S: number,
  tau: number,
): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: similarity.length / S }, (_, i) => {
    const peak = similarity[i * S + argmax(similarity, i * S, S)];
    let sum = 0;
    let weighted = 0;
    for (let s = i * S; s < (i + 1) * S; s++) {
      const u = (similarity[s] - peak) / tau;
      sum += Math.exp(u);
      weighted += u * Math.exp(u);
    }
    return (Math.log(sum) - weighted / sum) / Math.LN2;
  });
}

/** What is asked of a set: n frames of H×W tokens. */
export interface SetMatches {
  readonly n: number;
  readonly W: number;
  /** [S, n] */
  readonly student: Uint32Array;
  readonly teacher: Uint32Array;
  readonly entropyBits: Float32Array;
  readonly truth: SetTruth | null;
}

/** Counts of one kind of token. */
class Share {
  hits = 0;
  total = 0;

  add(hit: boolean): void {
    this.total++;
    if (hit) this.hits++;
  }

  get value(): number | null {
    return this.total > 0 ? this.hits / this.total : null;
  }
}

export function setAgreement({ n, W, student, teacher, entropyBits, truth }: SetMatches): SetAgreement {
  const S = student.length / n;
  const agrees = new Share();
  const kinds = () => ({ all: new Share(), moving: new Share(), still: new Share() });
  const [ours, theirs] = [kinds(), kinds()];
  const near = (s: number, row: number, col: number) =>
    Math.max(Math.abs(Math.floor(s / W) - row), Math.abs((s % W) - col)) <= ONE_TOKEN;
  for (let s = 0; s < S; s++) {
    const kind = truth && moves(truth, s, n) ? "moving" : "still";
    for (let f = 1; f < n; f++) {
      const at = s * n + f;
      agrees.add(near(student[at], Math.floor(teacher[at] / W), teacher[at] % W));
      if (!truth || Number.isNaN(truth[2 * at])) continue;
      for (const [side, best] of [
        [ours, student[at]],
        [theirs, teacher[at]],
      ] as const) {
        const hit = near(best, truth[2 * at], truth[2 * at + 1]);
        side.all.add(hit);
        side[kind].add(hit);
      }
    }
  }
  const sum = entropyBits.reduce((a, b) => a + b, 0);
  return {
    teacher: agrees.value,
    truth: ours.all.value,
    moving: ours.moving.value,
    still: ours.still.value,
    teacherTruth: theirs.all.value,
    teacherMoving: theirs.moving.value,
    teacherStill: theirs.still.value,
    entropyBits: sum / entropyBits.length,
  };
}

function moves(truth: SetTruth, s: number, n: number): boolean {
  const [row, col] = [truth[2 * s * n], truth[2 * s * n + 1]];
  for (let f = 1; f < n; f++) {
    const at = 2 * (s * n + f);
    if (Math.max(Math.abs(truth[at] - row), Math.abs(truth[at + 1] - col)) > STRAY) return true;
  }
  return false;
}
