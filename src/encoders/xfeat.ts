import poolTokensKernel from "../../shaders/alignment/pool_tokens.wgsl";
import type { Gpu } from "../gpu/gpu.ts";
import { guarded } from "../gpu/gpu.ts";
import { foldRows } from "../gpu/kernels.ts";
import { poolTokens } from "../reference/pool_tokens.ts";
import { planarRgb } from "../video/tubelets.ts";
import { type FeatureModel, featureModel } from "./feature_model.ts";
import type { Encoder, EncoderContext, EncoderInput, TokenFeatures } from "./types.ts";

/** Frames of one run: few enough to stop soon after an abort, many enough that a run's fixed cost does not show. */
const BATCH = 8;

type Dims = TokenFeatures["grid"] & { readonly pool: number };

/** Takes the feature maps of B frames from frame `first` on. */
interface TokenSink {
  readonly data: Float32Array | GPUBuffer;
  add(maps: Float32Array | GPUBuffer, first: number, B: number): Promise<void>;
}

/**
 * XFeat (Potje et al., CVPR 2024): one small network, frame by frame, 64 channels at an eighth of the input. Tokens of
 * 8 px are its cells; tokens of 16 px are means of 2×2 raw cells, taken before any normalisation (docs/models.md).
 */
export const xfeat: Encoder = {
  model: "xfeat",

  encode: (input, context) =>
    context.models.use("xfeat", context, (session) => run(featureModel(session), input, context)),
};

/** Runs a started model over the frames; the features stay on the GPU when the session runs there. */
async function run(model: FeatureModel, input: EncoderInput, context: EncoderContext): Promise<TokenFeatures> {
  const { pixels, size, token } = input;
  const { channels, stride } = model.entry.output;
  const grid = { F: pixels.length, H: size.height / token, W: size.width / token, C: channels };
  const dims = { ...grid, pool: token / stride };
  const sink = model.provider === "webgpu" && context.gpu ? gpuSink(context.gpu, dims) : cpuSink(dims);
  try {
    for (let first = 0; first < grid.F; first += BATCH) {
      context.signal.throwIfAborted();
      context.progress({ stage: "encoding", done: first, total: grid.F, unit: "frames" });
      const frames = pixels.slice(first, first + BATCH);
      const maps = await model.run(planarRgb(frames, size), [frames.length, 3, size.height, size.width]);
      await sink.add(maps.data, first, frames.length).finally(() => maps.release());
    }
    context.signal.throwIfAborted();
  } catch (error) {
    if (!(sink.data instanceof Float32Array)) context.gpu?.buffers.destroy(sink.data);
    throw error;
  }
  return { data: sink.data, grid, provider: model.provider };
}

function cpuSink(dims: Dims): TokenSink {
  const { F, H, W, C } = dims;
  const data = new Float32Array(F * H * W * C);
  return {
    data,
    async add(maps, first, B) {
      if (!(maps instanceof Float32Array)) throw new TypeError("the wasm provider gave features on a GPU");
      data.set(poolTokens(maps, { ...dims, B }), first * H * W * C);
    },
  };
}

function gpuSink(gpu: Gpu, { F, H, W, C, pool }: Dims): TokenSink {
  const data = gpu.buffers.create("features", F * H * W * C * 4);
  return {
    data,
    add: (maps, first, B) =>
      guarded(gpu.device, "pooling features into tokens", async () => {
        if (maps instanceof Float32Array) throw new TypeError("the WebGPU provider gave features on the CPU");
        const kernel = await gpu.kernels.bind(poolTokensKernel, {
          buffers: { maps, tokens: data },
          params: { B, C, H, W, pool, first },
          grid: foldRows(Math.ceil((B * C * H * W) / poolTokensKernel.constants.WORKGROUP)),
        });
        const encoder = gpu.device.createCommandEncoder({ label: "pool tokens" });
        const pass = encoder.beginComputePass();
        kernel.record(pass);
        pass.end();
        gpu.device.queue.submit([encoder.finish()]);
        kernel.destroy();
      }),
  };
}
