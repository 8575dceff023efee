import silu from "../../shaders/nn/silu.wgsl";
import siluBackward from "../../shaders/nn/silu_backward.wgsl";
import transposeTaps from "../../shaders/nn/transpose_taps.wgsl";
import type { Gpu } from "../gpu/gpu.ts";
import { dispatch, type Step, VALUE_FLOP } from "../gpu/steps.ts";
import { bindProduct, ceil4 } from "../kernels/product.ts";

/** Row stride of activations with K channels: a column of ones behind them meets the bias. */
export const augmented = (K: number): number => ceil4(K + 1);

export interface TrunkOptions {
  /** Tokens. */
  readonly rows: number;
  /** Channels in, and out of each layer. */
  readonly sizes: readonly number[];
  /** One per layer, [K + 1, outputs]. */
  readonly weights: readonly GPUBuffer[];
  /** [ceil4(rows), augmented(sizes[0])] with ones; zero behind `rows`. The caller's. */
  readonly input: GPUBuffer;
  readonly flopPerSubmit: number;
}

/** Linear layers with SiLU between them, on rows of tokens; the last one ends without. */
export interface Trunk {
  readonly options: TrunkOptions;
  /** What each layer reads, with its ones; the first is the input. */
  readonly inputs: readonly GPUBuffer[];
  /** What each layer gives before SiLU, [rows, ceil4(outputs)]; the last is the trunk's output. */
  readonly outputs: readonly GPUBuffer[];
  readonly steps: readonly Step[];
}

/** Bytes of a trunk's own buffers. */
export const trunkBytes = (rows: number, sizes: readonly number[]): number =>
  sizes.slice(1).reduce((sum, size, i, all) => {
    const activation = i < all.length - 1 ? augmented(size) : 0;
    return sum + 4 * ceil4(rows) * (ceil4(size) + activation);
  }, 0);

export async function bindTrunk(gpu: Gpu, options: TrunkOptions): Promise<Trunk> {
  const { rows, sizes, weights, input, flopPerSubmit } = options;
  const { buffers, kernels } = gpu;
  const inputs = [input];
  const outputs: GPUBuffer[] = [];
  const steps: Step[] = [];
  for (const [i, weight] of weights.entries()) {
    const [K, cols] = [sizes[i], sizes[i + 1]];
    const ld = ceil4(cols);
    const p = buffers.create(`linear ${i + 1}`, 4 * ceil4(rows) * ld);
    outputs.push(p);
    const product = { form: "nn", A: inputs[i], B: weight, C: p, rows, cols, depth: K + 1 } as const;
    steps.push(...(await bindProduct(gpu, { ...product, lda: augmented(K), ldb: cols, ldc: ld, flopPerSubmit })));
    if (i === weights.length - 1) break;
    const ld_h = augmented(cols);
    const h = buffers.create(`silu ${i + 1}`, 4 * ceil4(rows) * ld_h);
    inputs.push(h);
    const kernel = await kernels.bind(silu, {
      buffers: { p, h },
      params: { rows, C: cols, ld_p: ld, ld_h },
      grid: [Math.ceil(ld_h / silu.constants.WORKGROUP), rows],
    });
    steps.push(dispatch(kernel, VALUE_FLOP.plain * rows * ld_h));
  }
  return { options, inputs, outputs, steps };
}

/**
 * The gradients of a trunk's weights; the input gets none, because it is data.
 * @param dOutput gradient of the last output, [ceil4(rows), ceil4(outputs)], zero or finite behind `rows`
 * @param gradients one per layer, = ; the caller's
 */
export async function bindTrunkBackward(
  gpu: Gpu,
  { options, inputs, outputs }: Trunk,
  dOutput: GPUBuffer,
  gradients: readonly GPUBuffer[],
): Promise<Step[]> {
  const { rows, sizes, weights, flopPerSubmit } = options;
  const { buffers, kernels } = gpu;
  const steps: Step[] = [];
  let d = dOutput;
  for (let i = weights.length - 1; i >= 0; i--) {
    const [K, cols] = [sizes[i], sizes[i + 1]];
    const ld = ceil4(cols);
    const gradient = { form: "tn", A: inputs[i], B: d, C: gradients[i], rows: K + 1, cols, depth: rows } as const;
    steps.push(...(await bindProduct(gpu, { ...gradient, lda: augmented(K), ldb: ld, ldc: cols, flopPerSubmit })));
    if (i === 0) break;

    const transposed = buffers.create(`weight ${i + 1} transposed`, 4 * cols * K);
    const next = buffers.create(`d linear ${i}`, 4 * ceil4(rows) * ceil4(K));
    const turn = await kernels.bind(transposeTaps, {
      buffers: { w: weights[i], out: transposed },
      params: { taps: 1, rows: K, cols },
      grid: [Math.ceil(K / transposeTaps.constants.WORKGROUP), cols],
    });
    steps.push(dispatch(turn, VALUE_FLOP.plain * cols * K));
    const back = { form: "nn", A: d, B: transposed, C: next, rows, cols: K, depth: cols } as const;
    steps.push(...(await bindProduct(gpu, { ...back, lda: ld, ldb: K, ldc: ceil4(K), flopPerSubmit })));
    const kernel = await kernels.bind(siluBackward, {
      buffers: { p: outputs[i - 1], d: next },
      params: { rows, C: K, ld: ceil4(K) },
      grid: [Math.ceil(K / siluBackward.constants.WORKGROUP), rows],
    });
    steps.push(dispatch(kernel, VALUE_FLOP.plain * rows * K));
    d = next;
  }
  return steps;
}

/** Bytes of a backward's own buffers. */
export const trunkBackwardBytes = (rows: number, sizes: readonly number[]): number =>
  sizes.slice(1, -1).reduce((sum, K, i) => sum + 4 * (sizes[i + 2] * K + ceil4(rows) * ceil4(K)), 0);
