import type { Parameter } from "../../src/nn/arena.ts";
import * as reference from "../../src/reference/index.ts";

/** PyTorch's defaults of AdamW. */
const ADAMW = { beta1: 0.9, beta2: 0.999, eps: 1e-8 } as const;

export interface TwinTraining {
  readonly parameters: readonly Parameter[];
  readonly optimizer: "adamw" | "muon";
  readonly learningRate: number;
  /** Of matrices; vectors do not decay. */
  readonly decay: number;
  /** Weight of the loss. */
  readonly lambda: number;
  readonly clipNorm: number;
  readonly steps: number;
}

export interface TwinRun {
  readonly losses: readonly number[];
  /** Of each step's weighted gradient, before it is clipped. */
  readonly norms: readonly number[];
  /** In the order of the parameters. */
  readonly weights: readonly Float64Array[];
}

/**
 * A whole training in float64.
 * @param at loss and gradients at some weights
 */
export function trainTwin(
  weights: readonly ArrayLike<number>[],
  { parameters, optimizer, learningRate, decay, lambda, clipNorm, steps }: TwinTraining,
  at: (weights: readonly Float64Array[]) => { readonly loss: number; readonly gradients: readonly Float64Array[] },
): TwinRun {
  const zeros = (w: ArrayLike<number>) => new Float64Array(w.length);
  let states: reference.AdamwState[] = weights.map((w) => ({ p: Float64Array.from(w), m: zeros(w), v: zeros(w) }));
  const [losses, norms]: [number[], number[]] = [[], []];
  for (let t = 1; t <= steps; t++) {
    const { loss, gradients } = at(states.map(({ p }) => p));
    const { norm, scale } = reference.clipping(gradients, lambda, clipNorm);
    losses.push(loss);
    norms.push(norm);
    states = states.map((state, i) => {
      const { layout, shape } = parameters[i];
      const gradient = gradients[i].map((g) => scale * g);
      if (optimizer === "muon" && layout === "linear") {
        const [rows, cols] = shape;
        return { ...state, ...reference.muon(state, gradient, { rows, cols, learningRate, decay }) };
      }
      return reference.adamw(state, gradient, t, { ...ADAMW, learningRate, decay: layout === "plain" ? 0 : decay });
    });
  }
  return { losses, norms, weights: states.map(({ p }) => p) };
}
