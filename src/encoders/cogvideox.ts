import { planarRgb } from "../video/tubelets.ts";
import { checkFixed } from "./fixed.ts";
import { ENCODERS } from "./input.ts";
import { framesOf } from "./kept_latents.ts";
import type { Noising } from "./noising.ts";
import { noisedLatents, studentStreams } from "./student_model.ts";
import type { EncoderContext, EncoderInput, TokenFeatures } from "./types.ts";

const { frames: FRAMES, token: TOKEN, tubelet: TUBELET, size: SIZE } = ENCODERS.cogvideox.fixed;
const [H, W] = [SIZE.height / TOKEN, SIZE.width / TOKEN];

/** The residual stream of our small CogVideoX after each of its blocks, of which the paper aligns one, for the clip in noise of level t. */
export const cogvideoxFeatures = (
  input: EncoderInput,
  prompt: string,
  noising: Omit<Noising, "block">,
  context: EncoderContext,
): Promise<TokenFeatures[]> =>
  streamFeatures(ENCODERS.cogvideox.name, input, context, (frames) => studentStreams(frames, prompt, noising, context));

/**
 * What a diffusion student on our token grid makes of a clip. All frames of a token are given its features, as with our VideoMAE.
 * No projector: a self-similarity needs none.
 * @param streamsOf residual streams [4, 8, 8, width] of frames [16, 3, 64, 64] in [0, 1], one for each block that is looked at
 * @throws VideoError | RangeError where the clip is not what it takes
 */
export async function streamFeatures(
  name: string,
  input: EncoderInput,
  context: EncoderContext,
  streamsOf: (frames: Float32Array) => Promise<readonly Float32Array[]>,
): Promise<TokenFeatures[]> {
  checkFixed(name, input, ENCODERS.cogvideox.fixed);
  context.signal.throwIfAborted();
  context.progress({ stage: "encoding", done: 0, total: FRAMES, unit: "frames" });
  const streams = await streamsOf(planarRgb(input.pixels, input.size));
  context.signal.throwIfAborted();
  return streams.map((tokens) => ({
    data: repeatFrames(tokens, FRAMES / TUBELET, TUBELET),
    grid: { F: FRAMES, H, W, C: tokens.length / ((FRAMES / TUBELET) * H * W) },
    provider: null,
  }));
}

/** What the student is shown, as far as pictures can say: its noisy latents through the decoder, [16, 3, 64, 64] in [0, 1]. */
export async function noisedFrames(
  { pixels, size }: Pick<EncoderInput, "pixels" | "size">,
  noising: Omit<Noising, "block">,
  context: EncoderContext,
): Promise<Float32Array> {
  const latents = await noisedLatents(planarRgb(pixels, size), noising, context);
  return framesOf(latents, context);
}

/** Tokens [F, S, C] for every frame that they stand for, [F · tubelet, S, C]. */
export function repeatFrames(tokens: Float32Array, F: number, tubelet: number): Float32Array<ArrayBuffer> {
  const length = tokens.length / F;
  const repeated = new Float32Array(tokens.length * tubelet);
  for (let frame = 0; frame < F * tubelet; frame++) {
    const from = Math.floor(frame / tubelet) * length;
    repeated.set(tokens.subarray(from, from + length), frame * length);
  }
  return repeated;
}
