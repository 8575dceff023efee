import type { ModelContext } from "./models.ts";
import type { EncoderContext } from "./types.ts";

const FRAMES = [16, 3, 64, 64] as const;
/** Token frames of 4 frames each, tokens of 8 × 8 pixels, frame by frame and row by row. */
const LATENTS = [256, 48] as const;

type Context = ModelContext & Pick<EncoderContext, "models">;

/** Standardised latents [256, 48] of frames [16, 3, 64, 64] in [0, 1]. @throws RangeError where the length is another */
export const encodeFrames = (frames: Float32Array, context: Context): Promise<Float32Array> =>
  run("autoencoder-encoder", { name: "frames", shape: FRAMES, data: frames }, "latents", context);

/** Frames [16, 3, 64, 64] in [0, 1] of standardised latents [256, 48]. @throws RangeError where the length is another */
export const decodeLatents = (latents: Float32Array, context: Context): Promise<Float32Array> =>
  run("autoencoder-decoder", { name: "latents", shape: LATENTS, data: latents }, "frames", context);

async function run(
  model: string,
  input: { readonly name: string; readonly shape: readonly number[]; readonly data: Float32Array },
  output: string,
  context: Context,
): Promise<Float32Array> {
  const { name, shape, data } = input;
  const length = shape.reduce((product, size) => product * size, 1);
  if (data.length !== length) {
    throw new RangeError(`the autoencoder takes ${name} [${shape}], ${length} numbers, got ${data.length}`);
  }
  return context.models.use(model, context, async (session) => {
    const found = await session.run({ [name]: { data, shape } }, [output]);
    return onCpu(found[output].data);
  });
}

/** A generator's outputs are always on the CPU; see session.ts. */
export function onCpu(data: Float32Array | GPUBuffer): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new TypeError("a generator's output is on the GPU");
}
