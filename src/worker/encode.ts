import { isBroughtId } from "../encoders/brought.ts";
import { type EncoderId, inputSizeOf } from "../encoders/input.ts";
import { isModelId } from "../encoders/own_model.ts";
import { encoders } from "../encoders/registry.ts";
import { isTrainedId, trainedSide } from "../encoders/trained.ts";
import type { EncoderInput, TokenFeatures } from "../encoders/types.ts";
import { parseSafetensors, tensorOf } from "../formats/safetensors.ts";
import { loadPart } from "../site/files.ts";
import type { Samples } from "../video/clip.ts";
import { broughtFeatures, momentsOf } from "./brought/features.ts";
import { checkEncode } from "./checks.ts";
import { fetchBytes } from "./fetching.ts";
import { inputNotices } from "./input_notices.ts";
import type { Encoded, EncodeRequest, SampledFrame, Size } from "./protocol.ts";
import { encoderContext, openedClip, type Running, truthOf, unstoppable, type Workspace } from "./workspace.ts";

interface FoundFeatures extends TokenFeatures {
  readonly from: Encoded["featuresFrom"];
  readonly notices: readonly string[];
}

/** Decodes the window of the open clip and encodes it: shipped features where they fit, else the encoder. */
export async function encode(space: Workspace, request: EncodeRequest, { signal }: Running): Promise<Encoded> {
  const start = performance.now();
  checkEncode(request);
  const { clip } = openedClip(space);
  const inputSize = inputSizeOf(request.encoder, clip.info);
  const moments = momentsOf(space, [request.encoder], request.window);
  const sampled = await clip.sample(request.window, {
    input: inputSize,
    atS: moments.atS,
    onProgress: (done, total) => space.emit({ type: "progress", stage: "decoding", done, total, unit: "frames" }),
    signal,
  });
  const decoded = performance.now();
  try {
    const features = await findFeatures(space, request, sampled, inputSize, signal);
    const found = performance.now();
    const { grid, data } = features;
    // From here on the engine holds other features than the clip before, so that one is forgotten first.
    space.encoded = null;
    await space.compute.engine.setFeatures(data, grid);
    space.encoded = {
      encoder: request.encoder,
      token: request.token,
      grid,
      window: sampled.window,
      frames: sampled.frames,
      pixels: sampled.pixels,
      inputSize,
      features: data instanceof Float32Array ? data : null,
      saliency: false,
    };
    return {
      encoder: request.encoder,
      token: request.token,
      grid,
      frames: sampled.frames,
      window: sampled.window,
      inputSize,
      tokenPx: [clip.info.height / grid.H, clip.info.width / grid.W],
      images: sampled.images,
      notices: [
        ...sampled.notices,
        ...moments.notices(sampled.frames),
        ...inputNotices(request.encoder, clip.info),
        ...features.notices,
      ],
      featuresFrom: features.from,
      provider: features.provider,
      hasTruth: truthOf(space) !== null,
      timings: { decodeMs: decoded - start, modelMs: found - decoded, encodeMs: performance.now() - start },
    };
  } catch (error) {
    for (const image of sampled.images) image.close();
    throw error;
  }
}

/** Restores the last encoded clip on the new engine; features that never left the lost GPU are encoded again. */
export async function restoreEncoded(space: Workspace): Promise<void> {
  if (!space.encoded) return;
  const { encoder, features, frames, pixels, inputSize, token, grid } = space.encoded;
  const input = { pixels, size: inputSize, token, frames };
  const data = features ?? (await runEncoder(space, encoder, input, unstoppable)).data;
  await space.compute.engine.setFeatures(data, grid);
  space.encoded = { ...space.encoded, saliency: false, features: data instanceof Float32Array ? data : null };
}

/** What runs models of the user's own. */
export const ownModels = () => loadPart("what runs your models", () => import("./brought/model.ts"));

/** What runs students of the user's own. */
export const ownStudents = () => loadPart("what runs your students", () => import("./brought/students.ts"));

/** An encoder's features of some frames: the user's own file, or the code behind the row of the table. */
export async function runEncoder(
  space: Workspace,
  encoder: EncoderId,
  { frames, ...input }: EncoderInput & { readonly frames: readonly SampledFrame[] },
  signal: AbortSignal,
): Promise<TokenFeatures> {
  if (isBroughtId(encoder)) return broughtFeatures(space, encoder, frames);
  if (isModelId(encoder)) return (await ownModels()).modelFeatures(space, encoder, input, signal);
  if (isTrainedId(encoder)) {
    const prompt = space.opened?.prompt ?? "";
    const streams = await (await ownStudents()).trainedFeatures(space, encoder, { ...input, prompt }, signal);
    return streams[trainedSide(encoder).noising.block - 1];
  }
  return encoders[encoder].encode(input, encoderContext(space, signal));
}

/** The model of the page that an encoder runs; null where it needs none. */
export function modelOf(encoder: EncoderId): string | null {
  if (isTrainedId(encoder)) return "autoencoder-encoder";
  return isBroughtId(encoder) || isModelId(encoder) ? null : (encoders[encoder]?.model ?? null);
}

async function findFeatures(
  space: Workspace,
  { encoder, token, shippedUrl }: EncodeRequest,
  { pixels, frames }: Samples,
  size: Size,
  signal: AbortSignal,
): Promise<FoundFeatures> {
  const notices: string[] = [];
  if (shippedUrl !== null) {
    const wanted = { F: pixels.length, H: size.height / token, W: size.width / token };
    try {
      return { ...(await shippedFeatures(shippedUrl, wanted, signal)), from: "shipped", notices };
    } catch (error) {
      signal.throwIfAborted();
      notices.push(`the clip's own features are not used: ${error instanceof Error ? error.message : error}`);
    }
  }
  const features = await runEncoder(space, encoder, { pixels, size, token, frames }, signal);
  const runs = isModelId(encoder) || modelOf(encoder) !== null;
  const from = isBroughtId(encoder) ? "file" : runs ? "model" : "pixels";
  return { ...features, from, notices };
}

/** Tensor `features` F32 [F, H, W, C] of a safetensors file. @throws Error when it is not there or not of the wanted grid */
async function shippedFeatures(
  url: string,
  wanted: { F: number; H: number; W: number },
  signal: AbortSignal,
): Promise<TokenFeatures> {
  const file = parseSafetensors(await fetchBytes(url, "the file of features", signal));
  const { shape, data } = tensorOf(file, "features", "F32");
  if (shape.length !== 4) throw new Error(`their tensor "features" must have 4 sides, got [${shape}]`);
  const [F, H, W, C] = shape;
  if (F !== wanted.F || H !== wanted.H || W !== wanted.W) {
    throw new Error(`they are for ${F}×${H}×${W} tokens, and the window has ${wanted.F}×${wanted.H}×${wanted.W}`);
  }
  return { data, grid: { F, H, W, C }, provider: null };
}
