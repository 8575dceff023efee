import type { Gpu } from "../../gpu/gpu.ts";
import type { DiffusionStep, StepDesign } from "./step.ts";

/** Both gradients where the losses join, h the aligned features [B, N, width]. */
export interface Joint {
  /** ‖∂L_diffusion/∂h‖ and ‖∂L_alignment/∂h‖, the latter without λ. */
  readonly diffusion: number;
  readonly alignment: number;
  /** Between the two. */
  readonly cosine: number;
}

/** Reads them after a step that ran with λ `lambda` > 0; in float64. */
export async function readJoint(
  { readback }: Gpu,
  { joints }: Pick<DiffusionStep, "joints">,
  { shape, B }: StepDesign,
  lambda: number,
): Promise<Joint> {
  const parts = ["stream", "features"].map((name) => {
    const buffer = joints.get(name);
    if (!buffer) throw new Error(`a step without an alignment loss has no gradient of the ${name} to compare`);
    return { buffer, bytes: buffer.size };
  });
  const [stream, features] = await readback.readAll(parts);
  const rows = shape.frames * shape.rows ** 2;
  const [video, all] = [rows * shape.width, (shape.words + rows) * shape.width];
  let [dd, aa, da] = [0, 0, 0];
  for (let b = 0; b < B; b++) {
    for (let i = 0; i < video; i++) {
      const a = features[b * video + i];
      const d = stream[b * all + all - video + i] - a;
      dd += d * d;
      aa += a * a;
      da += d * a;
    }
  }
  return {
    diffusion: Math.sqrt(dd),
    alignment: Math.sqrt(aa) / lambda,
    cosine: dd > 0 && aa > 0 ? da / Math.sqrt(dd * aa) : 0,
  };
}

/** λ moved half way to where its gradient has the share, from 0 all the way; it stays where nothing is to be aligned (docs/train.md). */
export function balanced(lambda: number, share: number, { diffusion, alignment }: Joint): number {
  if (alignment === 0) return lambda;
  const wanted = (share * diffusion) / Math.max(alignment, 1e-12);
  return Math.fround(lambda === 0 ? wanted : 0.5 * (lambda + wanted));
}
