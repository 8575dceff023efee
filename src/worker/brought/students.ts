/** Diffusion students of the user's own: read from their files, held, and looked into as encoders. */
import student from "../../../models/student/student.json";
import { streamFeatures } from "../../encoders/cogvideox.ts";
import { noisedLatents, wordIds } from "../../encoders/student_model.ts";
import { type TrainedId, trainedSide } from "../../encoders/trained.ts";
import type { EncoderInput, TokenFeatures } from "../../encoders/types.ts";
import { readBytes } from "../../formats/read_bytes.ts";
import { jsonIn, parseSafetensors } from "../../formats/safetensors.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import { isStudentCheckpoint } from "../../train/diffusion/checkpoint.ts";
import { alignedBlock } from "../../train/diffusion/design.ts";
import { alignmentOf, parseStudentRecipe } from "../../train/diffusion/recipe.ts";
import { shapeOfFile } from "../../train/diffusion/start.ts";
import { checkDraws, loadedTensors, TrainedStudent } from "../../train/diffusion/trained.ts";
import { contentHash } from "../../video/content_hash.ts";
import { readable } from "../../video/unreadable.ts";
import type { Compute } from "../compute.ts";
import { BadRequest, BroughtError } from "../failures.ts";
import { type BringStudentRequest, type BroughtStudent, KEPT_STUDENTS } from "../protocol.ts";
import { checkGrid } from "../student/asked.ts";
import { encoderContext, type HeldStudent, type Workspace } from "../workspace.ts";
import { understood } from "./reading.ts";

/** What a safetensors file holds of a student. @throws Error | BadRequest with one sentence where it is none of this world, or can draw nothing */
export function readStudent(bytes: Uint8Array): HeldStudent & Pick<BroughtStudent, "aligned"> {
  const file = parseSafetensors(bytes);
  const shape = shapeOfFile(file.tensors, student.shape);
  checkGrid(shape);
  const tensors = loadedTensors(file.tensors);
  checkDraws(tensors, shape);
  const recipe = isStudentCheckpoint(file) ? parseStudentRecipe(jsonIn(file.metadata, "recipe")) : null;
  const aligned = recipe && alignmentOf(recipe) ? alignedBlock(recipe, shape.depth) : null;
  return { tensors, shape, aligned };
}

/** @throws BadRequest where there is no WebGPU: a student of the user's own runs on our kernels */
export function gpuOf({ gpu }: Compute): Gpu {
  if (gpu) return gpu;
  throw new BadRequest("a student that was trained here runs on WebGPU, and this browser has none or lost it");
}

/** Takes a student's file and holds its weights. @throws BroughtError "student-file" with one sentence */
export async function bringStudent(space: Workspace, { file }: BringStudentRequest): Promise<BroughtStudent> {
  const hash = keyOf(await readable(file.name, file, contentHash(file)));
  const { aligned, ...held } = await understood("student-file", file, async () =>
    readStudent(await readBytes(file, "the file", "save the weights alone, without the optimiser")),
  );
  space.students.set(hash, held);
  return { hash, depth: held.shape.depth, aligned };
}

const keyOf = (hash: string): string => hash.slice(0, 16);

/** @throws BroughtError "student-missing" where it is neither here nor a run's that this browser keeps */
async function heldStudent(space: Workspace, { hash, name }: { readonly hash: string; readonly name: string }) {
  const known = space.students.get(hash);
  if (known) return known;
  for (const file of await keptCheckpoints()) {
    if (keyOf(await contentHash(file)) !== hash) continue;
    await bringStudent(space, { type: "bring-student", file });
    return heldStudent(space, { hash, name });
  }
  throw new BroughtError(
    "student-missing",
    `the student “${name}” belongs to no run that this browser keeps, or that run has gone on since: choose another, or drop its checkpoint here and the view comes back as it was`,
  );
}

/** The newest checkpoint of every run that is kept; none where storage is blocked. */
async function keptCheckpoints(): Promise<File[]> {
  const files: File[] = [];
  try {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(KEPT_STUDENTS.folder);
    for await (const handle of root.values()) {
      if (handle.kind !== "directory") continue;
      const folder = handle as FileSystemDirectoryHandle;
      const kept = await folder.getFileHandle(KEPT_STUDENTS.checkpoint).catch(() => null);
      if (kept) files.push(await kept.getFile());
    }
  } catch {
    return files;
  }
  return files;
}

/**
 * What a student of the user's own makes of a clip in noise, after each of its blocks.
 * @throws BroughtError "student-missing"; BadRequest without WebGPU; VideoError "too-few-frames"; GpuError
 */
export async function trainedFeatures(
  space: Workspace,
  id: TrainedId,
  input: EncoderInput & { readonly prompt: string },
  signal: AbortSignal,
): Promise<TokenFeatures[]> {
  const { noising, ...side } = trainedSide(id);
  gpuOf(space.compute);
  const { tensors, shape } = await heldStudent(space, side);
  const context = encoderContext(space, signal);
  const streams = await streamFeatures(side.name, input, context, async (frames) => {
    const x = Float32Array.from(await noisedLatents(frames, noising, context));
    signal.throwIfAborted();
    const words = Array.from(wordIds(input.prompt), Number);
    // Of the device as it is by now.
    const own = await TrainedStudent.load(gpuOf(space.compute), tensors, shape, { B: 1, inside: true });
    try {
      const pause = async () => signal.throwIfAborted();
      return await own.streams({ x, t: [noising.t], words, given: [noising.given ? 1 : 0] }, pause);
    } finally {
      own.destroy();
    }
  });
  return streams.map((features) => ({ ...features, provider: "webgpu" }));
}
