import * as kernel from "../../shaders/nn/x0_loss.wgsl";
import { groups } from "../gpu/kernels.ts";
import { kernelTask, lengthOf, type Tape, type Tensor } from "./tape.ts";

/** What a guess [B, …] of x0 is held against. */
export interface Asked {
  /** As the guess. */
  readonly x0: Tensor;
  /** [B]: 1 / (1 − A_t) over the number of values asked for in all clips. */
  readonly weight: Tensor;
  /** [B]: 1 where the first `first` values of a clip were given, and are not asked for. */
  readonly given: Tensor;
  readonly first: number;
}

/**
 * weight[b] Σ (guess − x0)² over what was asked for, of each clip: [B], whose sum is the diffusion loss. A head of the tape: its
 * gradient is 1.
 */
export function x0Loss(t: Tape, guess: Tensor, { x0, weight, given, first }: Asked): Tensor {
  const [B] = weight.shape;
  const values = lengthOf(guess) / B;
  const clips = t.made("diffusion loss of clips", [B], [guess]);
  const params = { values, first };
  const forward = kernelTask(
    kernel.forward,
    { guess, x0, weight, given, clips },
    { params, grid: [B], flop: 3 * B * values },
  );
  t.push([clips], [forward], (gradients) => {
    const d = gradients.to(guess);
    if (!d) return [];
    if (d.add) throw new Error("the guess is read by something else than its loss");
    return [
      kernelTask(
        kernel.backward,
        { guess, x0, weight, given, d: d.into },
        { params, grid: [groups(values), B], flop: 3 * B * values },
      ),
    ];
  });
  return clips;
}
