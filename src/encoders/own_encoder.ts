/** Runs a model that the user brought: its frames in its own form, its tokens in ours. */
import { createResizer, createSurface } from "../video/resize.ts";
import { VideoError } from "../video/types.ts";
import { modelInput } from "./model_input.ts";
import { type OutputForm, outputForm, tokensOf } from "./model_output.ts";
import type { ModelFile } from "./models.ts";
import { isClipLayout, type ModelSpec } from "./own_model.ts";
import type { StartedModel } from "./session.ts";
import type { EncoderContext, EncoderInput, TokenFeatures } from "./types.ts";

export interface OwnFile {
  /** What its session is kept by. */
  readonly hash: string;
  /** Name of its input. */
  readonly input: string;
  load(): Promise<ModelFile>;
}

/**
 * Features [F, H, W, C] of frames: one run for each where the model looks at single frames, else one run of them all, and frames of a
 * tubelet share their tokens.
 * @throws VideoError "too-few-frames"; Error with one sentence where the output is not as the spec has it; what onnxruntime throws
 */
export function ownFeatures(
  name: string,
  spec: ModelSpec,
  file: OwnFile,
  { pixels, size }: EncoderInput,
  context: EncoderContext,
): Promise<TokenFeatures & { readonly data: Float32Array }> {
  const clip = isClipLayout(spec.layout);
  if (clip && pixels.length !== spec.frames) {
    throw new VideoError(
      "too-few-frames",
      `${name} takes exactly ${spec.frames} frames, got ${pixels.length}: choose a longer window, or XFeat`,
    );
  }
  return context.models.withFile(file.hash, file.load, context, async (session) => {
    const F = pixels.length;
    const each = clip ? F : 1;
    let found: { readonly form: OutputForm; readonly data: Float32Array<ArrayBuffer> } | undefined;
    for (let first = 0; first < F; first += each) {
      context.signal.throwIfAborted();
      context.progress({ stage: "encoding", done: first, total: F, unit: "frames" });
      const run = await runModel(session, spec, file.input, resized(pixels.slice(first, first + each), size, spec));
      const form = outputForm(run.shape, spec);
      const frameSize = form.H * form.W * form.C;
      found ??= { form, data: new Float32Array(F * frameSize) };
      const tokens = tokensOf(run.data, form);
      // Frames of a tubelet that is cut off at the end have what is nearest.
      for (let f = 0; f < each; f++) {
        const t = Math.min(Math.floor(f / spec.tubelet), form.t - 1);
        found.data.set(tokens.subarray(t * frameSize, (t + 1) * frameSize), (first + f) * frameSize);
      }
    }
    context.signal.throwIfAborted();
    if (!found) throw new RangeError("an encoder needs at least one frame");
    const { H, W, C } = found.form;
    const bad = found.data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new Error(`it gives ${found.data[bad]}: is it given the range of values that it was trained with?`);
    return { data: found.data, grid: { F, H, W, C }, provider: session.provider };
  });
}

/** One run. @param frames RGBA of the spec's size */
export async function runModel(
  session: StartedModel,
  spec: ModelSpec,
  input: string,
  frames: readonly Uint8ClampedArray[],
): Promise<{ readonly shape: readonly number[]; readonly data: Float32Array }> {
  const { [spec.output]: output } = await session.run({ [input]: modelInput(frames, spec) }, [spec.output]);
  const { shape, data } = output;
  if (!(data instanceof Float32Array))
    throw new TypeError("a model whose output was asked for on the CPU gave it on the GPU");
  return { shape, data };
}

/** Frames at the size that the model takes, where the clip was cut at another. */
function resized(
  frames: readonly Uint8ClampedArray[],
  size: EncoderInput["size"],
  { width, height }: ModelSpec,
): readonly Uint8ClampedArray[] {
  if (size.width === width && size.height === height) return frames;
  const source = createSurface(size);
  const resize = createResizer(size, { width, height });
  return frames.map((frame) => {
    source.context.putImageData(new ImageData(new Uint8ClampedArray(frame), size.width, size.height), 0, 0);
    return resize(source.canvas).context.getImageData(0, 0, width, height).data;
  });
}

/** What onnxruntime says, as one sentence: of an operator that it has not, its name. */
export function modelProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const missing =
    /Could not find an implementation for (\w+)\((\d+)\)/.exec(message) ??
    /No Op registered for (\w+) with domain_version of (\d+)/.exec(message) ??
    /([\w.:]+)\((-?\d+)\) is not a registered function\/op/.exec(message);
  if (missing) {
    const version = Number(missing[2]) > 0 ? ` in version ${missing[2]}` : "";
    return `the runtime of this page has no operator ${missing[1]}${version}: export the model without it, or with another opset`;
  }
  const shape = /Got invalid dimensions for input: (.{1,300})/s.exec(message);
  if (shape) return `the model does not take frames in this form: ${shape[1].replace(/\s+/g, " ")}`;
  const plain = message
    .replace(/^.*?ERROR_(?:CODE|MESSAGE): /s, "")
    .replace(/\s+/g, " ")
    .trim();
  return `the runtime of this page cannot run it: ${plain.slice(0, 240)}`;
}
