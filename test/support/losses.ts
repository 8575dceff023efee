import type { AlignmentLoss } from "../../src/alignment/alignment_loss.ts";
import type { LossShape } from "../../src/alignment/loss_config.ts";
import { type LossKind, traitsOf } from "../../src/alignment/losses.ts";
import { submitNow } from "../../src/gpu/steps.ts";
import * as reference from "../../src/reference/index.ts";
import type { TestGpu } from "./gpu.ts";
import { normals, random } from "./random.ts";

const EPS32 = 2 ** -23;

/**
 * How far a loss or gradient may be from float64, relative to its largest value. A cosine is a sum of C products of unit rows,
 * whose rounding errors add up like a random walk: √C·eps, plus some eps of the normalisation. Tempering multiplies a
 * logit's error by 1/τ, the softmax passes it on as a relative error, and four softmaxes meet in one value of W.
 */
export const lossTolerance = (C: number, tau: number): number => 4 * (Math.sqrt(C) + 8) * EPS32 * (1 + 1 / tau);

export interface LossInput {
  readonly teacher: Float32Array;
  readonly student: Float32Array;
  readonly mask: Uint8Array;
}

/** Features of a batch; clip b depends on the seed and b only. The mask keeps about 30 % of the tokens, a different number in each clip. */
export function drawBatch({ B, F, S, Ct, Cs }: LossShape, seed = 1): LossInput {
  const N = F * S;
  const [teacher, student, mask] = [new Float32Array(B * N * Ct), new Float32Array(B * N * Cs), new Uint8Array(B * N)];
  for (let b = 0; b < B; b++) {
    teacher.set(normals(N * Ct, 10 * seed + 100 * b), b * N * Ct);
    student.set(normals(N * Cs, 10 * seed + 100 * b + 1), b * N * Cs);
    const next = random(10 * seed + 100 * b + 2);
    for (let i = 0; i < N; i++) mask[b * N + i] = next() < 0.3 ? 1 : 0;
  }
  return { teacher, student, mask };
}

/** The float64 truth of one clip; the mask counts where only moving tokens ask. */
export function lossTwin(
  kind: LossKind,
  teacher: ArrayLike<number>,
  student: ArrayLike<number>,
  clip: { F: number; S: number; Ct: number; Cs: number },
  params: { tau: number; margin: number },
  mask?: ArrayLike<number>,
): reference.LossResult {
  const { compares, queries } = traitsOf(kind);
  if (compares === "tokens") return reference.repa(teacher, student, clip.F * clip.S, clip.Cs);
  return reference.relationLoss(compares, teacher, student, clip, params, queries === "moving" ? mask : undefined);
}

/** TSA, or M-TSA when a mask is given. */
export const temperedAlignment = (
  teacher: ArrayLike<number>,
  student: ArrayLike<number>,
  clip: { F: number; S: number; Ct: number; Cs: number },
  tau: number,
  mask?: ArrayLike<number>,
): reference.LossResult => reference.relationLoss("tempered", teacher, student, clip, { tau, margin: 0 }, mask);

/** The float64 truth of a batch: the mean over its clips. */
export function expectedLoss(
  kind: LossKind,
  { B, F, S, Ct, Cs }: LossShape,
  { teacher, student, mask }: LossInput,
  { tau, margin }: { tau: number; margin: number },
): { loss: number; perToken: Float64Array; dStudent: Float64Array } {
  const N = F * S;
  const [perToken, dStudent] = [new Float64Array(B * N), new Float64Array(B * N * Cs)];
  let loss = 0;
  for (let b = 0; b < B; b++) {
    const t = teacher.subarray(b * N * Ct, (b + 1) * N * Ct);
    const s = student.subarray(b * N * Cs, (b + 1) * N * Cs);
    const clip = { F, S, Ct, Cs };
    const result = lossTwin(kind, t, s, clip, { tau, margin }, mask.subarray(b * N, (b + 1) * N));
    loss += result.loss / B;
    perToken.set(result.perToken, b * N);
    dStudent.set(
      result.dStudent.map((value) => value / B),
      b * N * Cs,
    );
  }
  return { loss, perToken, dStudent };
}

/** Runs one step in one submit after filling the outputs with NaN, and reads them back. */
export async function stepOnce(gpu: TestGpu, loss: AlignmentLoss) {
  for (const buffer of [loss.loss, loss.perToken, loss.dStudent]) {
    gpu.device.queue.writeBuffer(buffer, 0, new Float32Array(buffer.size / 4).fill(Number.NaN));
  }
  submitNow(gpu.device, "one step", loss.steps());
  const { B, F, S, Cs } = loss.shape;
  const [value, perToken, dStudent] = await gpu.readback.readAll([
    { buffer: loss.loss, bytes: 4 },
    { buffer: loss.perToken, bytes: 4 * B * F * S },
    { buffer: loss.dStudent, bytes: 4 * B * F * S * Cs },
  ]);
  return { loss: value[0], perToken, dStudent };
}

/** Largest magnitude, the scale that absolute tolerances refer to. */
export const peak = (values: ArrayLike<number>): number =>
  Array.prototype.reduce.call(
    values,
    (most, value) => Math.max(most as number, Math.abs(value as number)),
    0,
  ) as number;
