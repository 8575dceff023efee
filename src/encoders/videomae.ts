import type { Gpu } from "../gpu/gpu.ts";
import { planarRgb } from "../video/tubelets.ts";
import { featureModel } from "./feature_model.ts";
import { checkFixed } from "./fixed.ts";
import { ENCODERS } from "./input.ts";
import type { ModelOutput } from "./session.ts";
import type { Encoder } from "./types.ts";

const { frames: FRAMES, size: SIZE, token: TOKEN, tubelet: TUBELET } = ENCODERS.videomae.fixed;
const [F, H, W] = [FRAMES / TUBELET, SIZE.height / TOKEN, SIZE.width / TOKEN];

/**
 * Our small VideoMAEv2 (models/teacher/CARD.md): 16 frames at once, tubelets of 2 frames × 8 × 8 pixels, the last block
 * without its norm. Both frames of a tubelet are given its features, so that every sampled frame has tokens, as with
 * the encoders that look at one frame at a time, and the two kinds can be compared.
 */
export const videomae: Encoder = {
  model: "videomae",

  encode: (input, context) =>
    context.models.use("videomae", context, async (session) => {
      const model = featureModel(session);
      checkFixed(model.entry.name, input, ENCODERS.videomae.fixed);
      context.signal.throwIfAborted();
      context.progress({ stage: "encoding", done: 0, total: FRAMES, unit: "frames" });
      const maps = await model.run(planarRgb(input.pixels, input.size), [FRAMES, 3, SIZE.height, SIZE.width]);
      const C = model.entry.output.channels;
      const data = await onCpu(maps, F * C * H * W, context.gpu).finally(() => maps.release());
      context.signal.throwIfAborted();
      return { data: frameTokens(data, C), grid: { F: FRAMES, H, W, C }, provider: model.provider };
    }),
};

/** They are 400 KB: reading them back costs less than kernels of their own would. */
async function onCpu({ data }: ModelOutput, length: number, gpu: Gpu | null): Promise<Float32Array> {
  if (data instanceof Float32Array) return data;
  if (!gpu) throw new TypeError("there is no GPU, yet the features are on one");
  return gpu.readback.read(data, 4 * length);
}

/** Maps [F, C, H, W] to tokens [F · tubelet, H, W, C]. */
function frameTokens(maps: Float32Array, C: number): Float32Array {
  const S = H * W;
  const tokens = new Float32Array(FRAMES * S * C);
  for (let frame = 0; frame < FRAMES; frame++) {
    const map = Math.floor(frame / TUBELET) * C * S;
    for (let s = 0; s < S; s++) {
      for (let c = 0; c < C; c++) tokens[(frame * S + s) * C + c] = maps[map + c * S + s];
    }
  }
  return tokens;
}
