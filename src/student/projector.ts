import type { Gpu } from "../gpu/gpu.ts";
import type { Step } from "../gpu/steps.ts";
import { ceil4 } from "../kernels/product.ts";
import { bindConvolution, bindConvolutionBackward, type ConvolutionShape, TAPS, unfoldedBytes } from "./convolution.ts";
import { type Layer, layerLength } from "./parameters.ts";
import { bindTrunk, bindTrunkBackward, type Trunk, trunkBackwardBytes, trunkBytes } from "./trunk.ts";

/** Three linear layers with SiLU between, then a Conv3d 3×3×3 on the token grid (docs/method.md section 5). */
export interface ProjectorConfig {
  readonly inputs: number;
  readonly hidden: readonly [number, number, number];
  readonly outputs: number;
}

/** The projector's tensors in their order; everything that holds parameters goes by this list. */
export function projectorLayers({ inputs, hidden, outputs }: ProjectorConfig): readonly Layer[] {
  const [a, b, c] = hidden;
  return [
    { name: "linear1", taps: 1, inputs, outputs: a },
    { name: "linear2", taps: 1, inputs: a, outputs: b },
    { name: "linear3", taps: 1, inputs: b, outputs: c },
    { name: "conv", taps: TAPS, inputs: c, outputs },
  ];
}

/** A batch of B clips of F frames of H×W tokens. */
export interface TokenGrid {
  readonly B: number;
  readonly F: number;
  readonly H: number;
  readonly W: number;
}

export interface ProjectorOptions {
  readonly config: ProjectorConfig;
  readonly grid: TokenGrid;
  /** [ceil4(tokens), augmented(inputs)] as `augmentRows` lays it out; the caller's. */
  readonly input: GPUBuffer;
  /** One per layer; the caller's. */
  readonly weights: readonly GPUBuffer[];
  /** Most FLOP of one dispatch where cutting it can prevent more. */
  readonly flopPerSubmit: number;
}

/** The dispatch grid's second dimension ends here, and a row of tokens is one step of it. */
const MAX_ROWS = 65535;

const rowsOf = ({ B, F, H, W }: TokenGrid): number => B * F * H * W;
const sizesOf = ({ inputs, hidden }: ProjectorConfig): number[] => [inputs, ...hidden];

/** FLOP of forward and backward. */
export function projectorFlop(config: ProjectorConfig, grid: TokenGrid): number {
  const layers = projectorLayers(config);
  // Forward, weight gradient and input gradient are one product each; the first layer's input gets none.
  const products = layers.reduce((sum, layer, i) => sum + layerLength(layer) * (i === 0 ? 2 : 3), 0);
  return 2 * rowsOf(grid) * products;
}

/** Bytes of a projector's own buffers, forward and backward, without input and parameters. */
export function projectorBytes(config: ProjectorConfig, grid: TokenGrid): number {
  const rows = rowsOf(grid);
  const { hidden, outputs } = config;
  const conv = unfoldedBytes(rows, hidden[2], outputs) + 4 * TAPS * hidden[2] * outputs;
  const ends = 4 * ceil4(rows) * (outputs + ceil4(hidden[2]));
  return trunkBytes(rows, sizesOf(config)) + trunkBackwardBytes(rows, sizesOf(config)) + conv + ends;
}

/**
 * The projector bound to a batch, forward and backward. Nothing is allocated in a step: record `forward`, the loss, then
 * `backward`. Its buffers belong to the scope that `gpu` is.
 */
export class Projector {
  readonly forward: readonly Step[];
  /** [B, F, H, W, outputs] */
  readonly output: GPUBuffer;
  /** Scratch of the convolution, free between two steps. */
  readonly unfolded: GPUBuffer;
  readonly #gpu: Gpu;
  readonly #options: ProjectorOptions;
  readonly #trunk: Trunk;

  /** @throws RangeError when the batch has too many tokens; GpuError "limits" */
  static async create(gpu: Gpu, options: ProjectorOptions): Promise<Projector> {
    const { config, grid, input, weights, flopPerSubmit } = options;
    const rows = rowsOf(grid);
    if (rows > MAX_ROWS) {
      throw new RangeError(`a batch holds at most ${MAX_ROWS} tokens, got ${rows}: use fewer windows or frames`);
    }
    const trunk = await bindTrunk(gpu, {
      rows,
      sizes: sizesOf(config),
      weights: weights.slice(0, 3),
      input,
      flopPerSubmit,
    });
    const unfolded = gpu.buffers.create("unfolded", unfoldedBytes(rows, config.hidden[2], config.outputs));
    // Padded: the gradient's products read whole vec4s of rows.
    const output = gpu.buffers.create("student features", 4 * ceil4(rows) * config.outputs);
    const conv = await bindConvolution(gpu, {
      shape: convolutionShape(config, grid),
      token0: 0,
      rows,
      input: trunk.outputs[2],
      unfolded,
      weight: weights[3],
      output,
      flopPerSubmit,
    });
    return new Projector(gpu, options, trunk, [...trunk.steps, ...conv], { output, unfolded });
  }

  private constructor(
    gpu: Gpu,
    options: ProjectorOptions,
    trunk: Trunk,
    forward: readonly Step[],
    { output, unfolded }: { output: GPUBuffer; unfolded: GPUBuffer },
  ) {
    this.#gpu = gpu;
    this.#options = options;
    this.#trunk = trunk;
    this.forward = forward;
    this.output = output;
    this.unfolded = unfolded;
  }

  /**
   * Binds the backward.
   * @param dOutput gradient of the output, [tokens, outputs]; the caller's
   * @param gradients one per layer, = ; the caller's
   */
  async bindBackward(dOutput: GPUBuffer, gradients: readonly GPUBuffer[]): Promise<readonly Step[]> {
    const { config, grid, weights, flopPerSubmit } = this.#options;
    const dTrunk = this.#gpu.buffers.create("d linear 3", 4 * ceil4(rowsOf(grid)) * ceil4(config.hidden[2]));
    const conv = await bindConvolutionBackward(this.#gpu, {
      shape: convolutionShape(config, grid),
      clips: grid.B,
      weight: weights[3],
      unfolded: this.unfolded,
      dOutput,
      gradient: gradients[3],
      dInput: dTrunk,
      flopPerSubmit,
    });
    const trunk = await bindTrunkBackward(this.#gpu, this.#trunk, dTrunk, gradients.slice(0, 3));
    return [...conv, ...trunk];
  }
}

const convolutionShape = ({ hidden, outputs }: ProjectorConfig, { F, H, W }: TokenGrid): ConvolutionShape => ({
  frame0: 0,
  frames: F,
  H,
  W,
  inputs: hidden[2],
  outputs,
  stride: 1,
});
