/** Models of the user's own: what the worker holds of them, how they are tried, run and kept in the browser's storage. */
import {
  isClipLayout,
  type ModelId,
  type ModelSpec,
  modelId,
  type OwnModel,
  ownModel,
  whyNoId,
} from "../../encoders/own_model.ts";
import type { EncoderInput, TokenFeatures } from "../../encoders/types.ts";
import { readBytes } from "../../formats/read_bytes.ts";
import { loadPart } from "../../site/files.ts";
import { contentHash } from "../../video/content_hash.ts";
import { CLIP_LIMITS } from "../../video/types.ts";
import { readable } from "../../video/unreadable.ts";
import { BroughtError } from "../failures.ts";
import type { BringModelRequest, BroughtModel, TriedModel, TryModelRequest } from "../protocol.ts";
import { encoderContext, type HeldModel, openedClip, type Running, unstoppable, type Workspace } from "../workspace.ts";
import { keptModel } from "./kept_models.ts";
import { understood } from "./reading.ts";

const parts = () => loadPart("the reader of models", () => import("./model_parts.ts"));

export async function bringModel(space: Workspace, { files }: BringModelRequest): Promise<BroughtModel> {
  const file = files.find(isOnnx);
  if (!file)
    throw new BroughtError("model-file", "no .onnx file was given: drop it together with the files of its weights");
  const { guessModel } = await parts();
  const others = files.filter((one) => one !== file);
  const { about, held } = await understood("model-file", file, () => readModel(file, others, false));
  const guess = await understood("model-file", file, async () => guessModel(about));
  const hashes = await Promise.all(
    [file, ...held.weights.map((weight) => weight.file)].map((one) => readable(one.name, one, contentHash(one))),
  );
  const hash = (hashes.length === 1 ? hashes[0] : await contentHash(new Blob([hashes.join()]))).slice(0, 16);
  space.models.set(hash, held);
  const sides = guess.input.dims.map((side) => side ?? "?").join(", ");
  return {
    hash,
    name: file.name.replace(/\.onnx$/i, ""),
    weights: held.weights.map((weight) => weight.file.name),
    bytes: bytesOf(held),
    guess: guess.spec,
    fixed: guess.fixed,
    input: `${guess.input.name} [${sides}]`,
    outputs: guess.outputs,
  };
}

const isOnnx = ({ name }: File): boolean => /\.onnx$/i.test(name);

const bytesOf = ({ file, weights }: HeldModel): number =>
  weights.reduce((sum, weight) => sum + weight.file.size, file.size);

/** @throws Error where it is no model, or its weights are in a file that was not given */
async function readModel(file: File, others: readonly File[], stored: boolean) {
  const { readOnnx } = await parts();
  const about = readOnnx(await readBytes(file, "it", "export the weights into files of their own"));
  const weights = about.external.map((path) => {
    const name = path.split("/").at(-1);
    const found = others.find((one) => one.name === name);
    if (!found) throw new Error(`its weights are in “${name}”, which was not dropped with it: drop both together`);
    return { path, file: found };
  });
  return { about, held: { file, weights, input: about.inputs[0]?.name ?? "", stored } satisfies HeldModel };
}

/** @throws BroughtError "model-missing" where the model is neither here nor in the browser's storage */
async function heldModel({ models }: Workspace, { hash, name }: Pick<OwnModel, "hash" | "name">): Promise<HeldModel> {
  const known = models.get(hash);
  if (known) return known;
  const kept = await keptModel(hash);
  const file = kept.find(isOnnx);
  if (!file) {
    throw new BroughtError(
      "model-missing",
      `the model “${name}” is a file that somebody has, and was never uploaded: drop the same .onnx here and the view comes back as it was`,
    );
  }
  const { held } = await readModel(file, kept, true);
  models.set(hash, held);
  return held;
}

async function load({ file, weights }: HeldModel) {
  const remedy = "export the weights into several files, or use a smaller model";
  const bytes = (one: File) => readable(one.name, one, readBytes(one, one.name, remedy));
  const external = await Promise.all(
    weights.map(async ({ path, file: weight }) => ({ path, data: await bytes(weight) })),
  );
  return { bytes: await bytes(file), ...(external.length > 0 && { external }) };
}

/** Runs a model once, and says what it is by this spec. */
export async function tryModel(
  space: Workspace,
  { hash, name, spec }: TryModelRequest,
  running: Running,
): Promise<TriedModel> {
  const start = performance.now();
  const held = await heldModel(space, { hash, name });
  const { fitted, modelProblem, outputForm, runModel } = await parts();
  const { minFrames, maxFrames } = CLIP_LIMITS;
  if (isClipLayout(spec.layout) && !(spec.frames >= minFrames && spec.frames <= maxFrames)) {
    throw new BroughtError(
      "model-file",
      `${held.file.name}: it takes ${spec.frames} frames at once, and ${minFrames} to ${maxFrames} of a clip are looked at: export it for as many`,
    );
  }
  const frames = await someFrames(space, spec, running.signal);
  const context = encoderContext(space, running.signal);
  try {
    const { shape, provider } = await context.models.withFile(
      hash,
      () => load(held),
      context,
      async (session) => ({
        shape: (await runModel(session, spec, held.input, frames)).shape,
        provider: session.provider,
      }),
    );
    const ms = performance.now() - start;
    const done = { shape, provider, ms };
    try {
      const { H, W, C } = outputForm(shape, spec);
      const model = { ...spec, hash, name };
      const why = whyNoId(model);
      if (why !== null) throw new RangeError(why);
      return { ...done, id: modelId(model), grid: { H, W, C }, problem: null, fit: null };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return { ...done, id: null, grid: null, problem, fit: fitted(shape, spec) };
    }
  } catch (error) {
    if (running.signal.aborted) throw error;
    throw new BroughtError("model-file", `${held.file.name}: ${modelProblem(error)}`, { cause: error });
  }
}

/** Frames to try a model on: the open clip's first, at the model's size. */
async function someFrames(
  space: Workspace,
  { frames, width, height }: ModelSpec,
  signal: AbortSignal,
): Promise<readonly Uint8ClampedArray[]> {
  const grey = new Uint8ClampedArray(4 * width * height).fill(128);
  if (!space.opened) return Array.from({ length: frames }, () => grey);
  const { clip } = openedClip(space);
  const window = { startS: 0, lengthS: clip.info.durationS, frames: Math.max(CLIP_LIMITS.minFrames, frames) };
  const { pixels, images } = await clip.sample(window, { input: { width, height }, signal });
  for (const image of images) image.close();
  return Array.from({ length: frames }, (_, f) => pixels[Math.min(f, pixels.length - 1)]);
}

/** Features of some frames. @throws BroughtError "model-missing" | "model-file"; VideoError "too-few-frames" */
export async function modelFeatures(
  space: Workspace,
  id: ModelId,
  input: EncoderInput,
  signal: AbortSignal,
): Promise<TokenFeatures> {
  const { hash, name, ...spec } = ownModel(id);
  const held = await heldModel(space, { hash, name });
  const { modelProblem, ownFeatures } = await parts();
  const file = { hash, input: held.input, load: () => load(held) };
  return ownFeatures(name, spec, file, input, encoderContext(space, signal)).catch((error: unknown) => {
    if (signal.aborted || (error instanceof Error && error.name === "VideoError")) throw error;
    throw new BroughtError("model-file", `${name}: ${modelProblem(error)}`, { cause: error });
  });
}

/** Starts a model ahead of its first use. */
export async function warmModel(space: Workspace, id: ModelId): Promise<void> {
  const held = await heldModel(space, ownModel(id));
  const context = encoderContext(space, unstoppable);
  await context.models.withFile(
    ownModel(id).hash,
    () => load(held),
    context,
    async () => {},
  );
}

/** The files of a model, to be kept. */
export async function filesOf(space: Workspace, id: ModelId): Promise<readonly File[]> {
  const { file, weights } = await heldModel(space, ownModel(id));
  return [file, ...weights.map((weight) => weight.file)];
}

/** Before a model is deleted from the browser's storage: in this visit it stays, where it is in use. */
export async function holdInMemory({ models }: Workspace, id: ModelId): Promise<void> {
  const { hash } = ownModel(id);
  const held = models.get(hash);
  if (!held?.stored) return;
  const copied = async (file: File) => new File([await file.arrayBuffer()], file.name);
  try {
    const weights = await Promise.all(held.weights.map(async ({ path, file }) => ({ path, file: await copied(file) })));
    models.set(hash, { ...held, file: await copied(held.file), weights, stored: false });
  } catch {
    // Deleted already, as by another tab, or too large for memory: who asks for it next is told that it is not here.
    models.delete(hash);
  }
}
