import transposeTaps from "../../shaders/nn/transpose_taps.wgsl";
import unfold3d from "../../shaders/nn/unfold3d.wgsl";
import type { Gpu } from "../gpu/gpu.ts";
import { dispatch, type Step, VALUE_FLOP } from "../gpu/steps.ts";
import { bindProduct, ceil4 } from "../kernels/product.ts";

/**
 * A 3×3×3 convolution, stride (1, s, s), padding (1, pad, pad) with pad = 1 at stride 1 and 0 beyond (docs/method.md section 5), as a
 * product over unfolded neighbourhoods. Unfolding costs a few hundredths of the product, and the product is the fast kernel.
 */
export interface ConvolutionShape {
  /** Frames of a clip, and its first: neighbours in another clip count as outside. */
  readonly frame0: number;
  readonly frames: number;
  /** The grid that comes in. */
  readonly H: number;
  readonly W: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
}

export const TAPS = 27;
const WORKGROUP = unfold3d.constants.WORKGROUP;

/** Row stride of the unfolded input, with the ones that meet the bias. */
export const unfoldedStride = (inputs: number): number => ceil4(TAPS * inputs + 1);

const padding = (stride: number): number => (stride > 1 ? 0 : 1);

/** The grid that comes out. */
export function convolvedGrid({ H, W, stride }: Pick<ConvolutionShape, "H" | "W" | "stride">) {
  const size = (length: number) => Math.floor((length + 2 * padding(stride) - 3) / stride) + 1;
  return { H: size(H), W: size(W) };
}

interface ForwardOptions {
  readonly shape: ConvolutionShape;
  /** Output tokens to make: `rows` of them from token0 on. */
  readonly token0: number;
  readonly rows: number;
  /** [frames, H, W, ceil4(inputs)] */
  readonly input: GPUBuffer;
  /** Scratch, `unfoldedBytes` large. */
  readonly unfolded: GPUBuffer;
  /** [27 · inputs + 1, outputs] */
  readonly weight: GPUBuffer;
  /** [rows, outputs], = */
  readonly output: GPUBuffer;
  readonly flopPerSubmit: number;
}

export async function bindConvolution(gpu: Gpu, options: ForwardOptions): Promise<Step[]> {
  const { shape, token0, rows, input, unfolded, weight, output, flopPerSubmit } = options;
  const { frame0, frames, H, W, inputs, outputs, stride } = shape;
  const out = convolvedGrid(shape);
  const ld = unfoldedStride(inputs);
  const unfold = await bindUnfold(gpu, {
    buffers: { x: input, out: unfolded },
    params: {
      token0,
      frame0,
      frames,
      H,
      W,
      out_H: out.H,
      out_W: out.W,
      C: inputs,
      ld_in: ceil4(inputs),
      ld_out: ld,
      up: stride,
      down: 1,
      pad: padding(stride),
      ones: 1,
    },
    rows,
    flopPerSubmit,
  });
  const product = { form: "nn", A: unfolded, B: weight, C: output, rows, cols: outputs } as const;
  const depth = TAPS * inputs + 1;
  return [
    ...unfold,
    ...(await bindProduct(gpu, { ...product, depth, lda: ld, ldb: outputs, ldc: outputs, flopPerSubmit })),
  ];
}

interface BackwardOptions {
  readonly shape: ConvolutionShape;
  /** Clips of the batch; all their tokens were unfolded by the forward. */
  readonly clips: number;
  readonly weight: GPUBuffer;
  /** As the forward left it; overwritten with the neighbourhoods of the gradient. */
  readonly unfolded: GPUBuffer;
  /** [ceil4(output tokens), outputs], finite behind the last token */
  readonly dOutput: GPUBuffer;
  /** [27 · inputs + 1, outputs], = */
  readonly gradient: GPUBuffer;
  /** [input tokens, ceil4(inputs)], = */
  readonly dInput: GPUBuffer;
  readonly flopPerSubmit: number;
}

/** Binds both gradients. */
export async function bindConvolutionBackward(gpu: Gpu, options: BackwardOptions): Promise<Step[]> {
  const { shape, clips, weight, unfolded, dOutput, gradient, dInput, flopPerSubmit } = options;
  const { frame0, frames, H, W, inputs, outputs, stride } = shape;
  const out = convolvedGrid(shape);
  const outRows = clips * frames * out.H * out.W;
  const rows = clips * frames * H * W;
  const product = { form: "tn", A: unfolded, B: dOutput, C: gradient, cols: outputs, depth: outRows } as const;
  const lda = unfoldedStride(inputs);
  const sizes = { rows: TAPS * inputs + 1, lda, ldb: outputs, ldc: outputs };
  const steps = await bindProduct(gpu, { ...product, ...sizes, flopPerSubmit });

  const turned = gpu.buffers.create("convolution weight turned", 4 * TAPS * outputs * inputs);
  const turn = await gpu.kernels.bind(transposeTaps, {
    buffers: { w: weight, out: turned },
    params: { taps: TAPS, rows: inputs, cols: outputs },
    grid: [Math.ceil(inputs / WORKGROUP), TAPS * outputs],
  });
  steps.push(dispatch(turn, VALUE_FLOP.plain * TAPS * outputs * inputs));
  const ld = ceil4(TAPS * outputs);
  const unfold = await bindUnfold(gpu, {
    buffers: { x: dOutput, out: unfolded },
    params: {
      token0: frame0 * H * W,
      frame0,
      frames,
      H: out.H,
      W: out.W,
      out_H: H,
      out_W: W,
      C: outputs,
      ld_in: outputs,
      ld_out: ld,
      up: 1,
      down: stride,
      pad: 2 - padding(stride),
      ones: 0,
    },
    rows,
    flopPerSubmit,
  });
  const back = { form: "nn", A: unfolded, B: turned, C: dInput, rows, cols: inputs, depth: TAPS * outputs } as const;
  steps.push(
    ...unfold,
    ...(await bindProduct(gpu, { ...back, lda: ld, ldb: inputs, ldc: ceil4(inputs), flopPerSubmit })),
  );
  return steps;
}

/** Bytes of the scratch that forward and backward share. */
export const unfoldedBytes = (rows: number, inputs: number, outputs: number): number =>
  4 * ceil4(rows) * Math.max(unfoldedStride(inputs), ceil4(TAPS * outputs));

type UnfoldParams = Record<Exclude<keyof (typeof unfold3d)["params"], "row0" | "rows" | "tokens">, number>;

interface UnfoldOptions {
  readonly buffers: { readonly x: GPUBuffer; readonly out: GPUBuffer };
  readonly params: UnfoldParams;
  readonly rows: number;
  readonly flopPerSubmit: number;
}

async function bindUnfold(gpu: Gpu, { buffers, params, rows: tokens, flopPerSubmit }: UnfoldOptions): Promise<Step[]> {
  const rows = ceil4(tokens);
  const perRow = VALUE_FLOP.plain * params.ld_out;
  const step = Math.max(1, Math.min(65535, Math.floor(flopPerSubmit / perRow)));
  const steps: Step[] = [];
  for (let row0 = 0; row0 < rows; row0 += step) {
    const end = Math.min(rows, row0 + step);
    const kernel = await gpu.kernels.bind(unfold3d, {
      buffers,
      params: { ...params, row0, rows: end, tokens },
      grid: [Math.ceil(params.C / WORKGROUP), end - row0],
    });
    steps.push(dispatch(kernel, perRow * (end - row0)));
  }
  return steps;
}
