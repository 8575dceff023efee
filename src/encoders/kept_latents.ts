import { decodeLatents, encodeFrames } from "./autoencoder.ts";
import type { ModelContext, Models } from "./models.ts";
import type { EncoderContext } from "./types.ts";

type Context = ModelContext & Pick<EncoderContext, "models">;

/** Inputs of a network and what it gave, the newest first. */
type Known = readonly { readonly input: Float32Array; readonly output: Float32Array }[];

/** As many clips as two sides of a comparison may see: the clip, and a degraded copy. */
const CLIPS = 2;

/** Kept as long as the models are, so from one clip to the next. Inputs are kept as they are, not copied: nobody may change them. */
const encoded = new WeakMap<Models, Known>();
const decoded = new WeakMap<Models, Known>();

/** Latents of a clip, to be read only. Another noise level or seed is of the same clip, so the newest two are kept. */
export const latentsOf = (frames: Float32Array, context: Context): Promise<Float32Array> =>
  kept(encoded, CLIPS, frames, context, encodeFrames);

/** Frames of latents, to be read only. Another block of the student is shown the same picture, so the newest one is kept. */
export const framesOf = (latents: Float32Array, context: Context): Promise<Float32Array> =>
  kept(decoded, 1, latents, context, decodeLatents);

async function kept(
  all: WeakMap<Models, Known>,
  count: number,
  input: Float32Array,
  context: Context,
  run: typeof encodeFrames,
): Promise<Float32Array> {
  const known = all.get(context.models) ?? [];
  const found = known.find((one) => equal(one.input, input)) ?? { input, output: await run(input, context) };
  all.set(context.models, [found, ...known.filter((one) => one !== found)].slice(0, count));
  return found.output;
}

const equal = (a: Float32Array, b: Float32Array) => a.length === b.length && a.every((value, i) => value === b[i]);
