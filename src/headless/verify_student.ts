import { LOSS_KINDS, type LossKind, traitsOf } from "../alignment/losses.ts";
import { type SafetensorsFile, tensorOf } from "../formats/safetensors.ts";
import { type Gpu, guarded, openScope } from "../gpu/gpu.ts";
import { submitFlop, submitSteps } from "../gpu/steps.ts";
import { Arena, ArenaLayout } from "../nn/arena.ts";
import type { StudentShape } from "../student/model.ts";
import { fromFile } from "../student/parameters.ts";
import { DiffusionStep, PROJECTOR, type StepBatch, type StepDesign, stepParameters } from "../train/diffusion/step.ts";
import { floats, numberOf, readLossNumbers, readMask } from "./truth_file.ts";

/** One JSON line of `npm run verify` for a step of the diffusion student. */
export interface StudentLine {
  readonly file: string;
  readonly name: string;
  readonly loss_rel_error: number;
  readonly output_rel_error: number;
  /** The parameter whose gradient is furthest off, and by how much: ‖g − e‖ / max(‖e‖, 1e-6). */
  readonly worst_tensor: string;
  readonly grad_rel_error: number;
  readonly pass: boolean;
}

/** Largest relative error that passes: float32 through a few blocks, forward and backward, against float64 (docs/verify.md). */
const BOUND = 1e-3;

const PREFIX = "student-";

/** What the metadata's `loss` may be. */
export const STUDENT_LOSSES = ["none", ...LOSS_KINDS].map((one) => `${PREFIX}${one}`);

/** Whether a file is a step of the student, and no alignment loss alone. */
export const isStudentTruth = ({ metadata }: Pick<SafetensorsFile, "metadata">): boolean =>
  metadata.loss?.startsWith(PREFIX) ?? false;

export interface StudentTruth {
  readonly design: StepDesign;
  readonly batch: StepBatch;
  /** Values of all parameters and their expected gradients, in our layout. */
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly gradients: Float32Array<ArrayBuffer>;
  readonly loss: number;
  readonly output: Float32Array;
}

/** Runs one step on somebody else's numbers and compares loss, output and the gradient of every parameter. */
export async function verifyStudent(gpu: Gpu, file: string, truth: StudentTruth): Promise<StudentLine> {
  const scope = openScope(gpu);
  try {
    return await guarded(gpu.device, "a step of the student", () => compare(scope, file, truth));
  } finally {
    scope.destroy();
  }
}

async function compare(gpu: Gpu, file: string, truth: StudentTruth): Promise<StudentLine> {
  const layout = layoutOf(truth.design);
  const arena = new Arena(gpu, layout);
  gpu.device.queue.writeBuffer(arena.buffers.parameters, 0, truth.parameters);
  const step = await DiffusionStep.create(gpu, truth.design, arena);
  step.write(truth.batch);
  await submitSteps(gpu, "student step", step.steps(), submitFlop(gpu), () => Promise.resolve());
  const [output, clips, gradients, alignment] = await gpu.readback.readAll([
    { buffer: step.output, bytes: step.output.size },
    { buffer: step.clips, bytes: step.clips.size },
    { buffer: arena.buffers.gradients, bytes: 4 * layout.length },
    ...(step.alignment ? [{ buffer: step.alignment, bytes: 4 }] : []),
  ]);
  const diffusion = clips.reduce((sum, one) => sum + one, 0);
  const loss = diffusion + (truth.batch.lambda ?? 0) * (alignment?.[0] ?? 0);
  const loss_rel_error = Math.abs(loss - truth.loss) / Math.max(Math.abs(truth.loss), 1e-6);
  const output_rel_error = relative(output, truth.output);
  let [worst_tensor, grad_rel_error] = ["", 0];
  for (const { name } of layout.parameters) {
    const { offset, length } = layout.of(name);
    const error = relative(gradients.subarray(offset, offset + length), layout.view(truth.gradients, name));
    // A NaN is the worst there is.
    if (!(error <= grad_rel_error)) [worst_tensor, grad_rel_error] = [name, error];
  }
  const pass = [loss_rel_error, output_rel_error, grad_rel_error].every((error) => error <= BOUND);
  const name = file.replace(/^.*[\\/]|\.safetensors$/g, "");
  return { file, name, loss_rel_error, output_rel_error, worst_tensor, grad_rel_error, pass };
}

/** ‖ours − expected‖ / max(‖expected‖, 1e-6) */
function relative(ours: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [off, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    off += (ours[i] - expected[i]) ** 2;
    size += expected[i] ** 2;
  }
  return Math.sqrt(off) / Math.max(Math.sqrt(size), 1e-6);
}

const layoutOf = (design: StepDesign) => new ArenaLayout(stepParameters(design), () => "all");

/** @throws Error with one sentence when the file is no step of a student */
export function readStudentTruth(file: SafetensorsFile): StudentTruth {
  const { tensors } = file;
  for (const [name, { dtype, shape }] of tensors) if (dtype === "F32") floats(file, name, shape.length);
  const kind = kindOf(file.metadata.loss);
  const sized = (name: string): readonly number[] => {
    const found = tensors.get(name);
    if (!found) throw new Error(`the file has no tensor "${name}"`);
    return found.shape;
  };
  const [B, N, values] = sized("x_t");
  const shape = shapeOf(file, values);
  if (N !== shape.frames * shape.rows ** 2) {
    throw new Error(
      `"x_t" has ${N} tokens a clip, metadata "frames" ${shape.frames} and "rows" ${shape.rows} make ${shape.frames * shape.rows ** 2}`,
    );
  }
  const design: StepDesign = { shape, B, ...(kind ? { alignment: alignmentOf(file, kind, shape) } : {}) };
  const layout = layoutOf(design);
  // All of it is there before there is room for it: shapes and names may claim anything.
  const given = layout.parameters.map((parameter) => {
    const prefix = parameter.name.startsWith(PROJECTOR) ? "" : "param.";
    return [parameter.name, fromFile(parameter, tensors, prefix), fromFile(parameter, tensors, "grad.")] as const;
  });
  const parameters = new Float32Array(layout.length);
  const gradients = new Float32Array(layout.length);
  for (const [name, values, slopes] of given) {
    layout.view(parameters, name).set(values);
    layout.view(gradients, name).set(slopes);
  }
  const f32 = (name: string, size: readonly number[]) => new Float32Array(tensorOf(file, name, "F32", size).data);
  const i32 = (name: string, size: readonly number[]) => tensorOf(file, name, "I32", size).data;
  const grid = [B, 2 * shape.frames, shape.rows ** 2];
  const batch: StepBatch = {
    x: f32("x_t", [B, N, values]),
    x0: f32("x0", [B, N, values]),
    t: within(i32("t", [B]), "t", 999),
    given: within(i32("given", [B]), "given", 1),
    words: within(i32("words", [B, shape.words]), "words", shape.vocabulary - 1),
    ...(design.alignment
      ? {
          teacher: f32("teacher", [...grid, design.alignment.channels]),
          lambda: numberOf(file, "lambda", 0.5),
        }
      : {}),
    ...(kind && traitsOf(kind).queries === "moving" ? { mask: readMask(kind, file, grid) } : {}),
  };
  const [loss] = f32("loss", [1]);
  return { design, batch, parameters, gradients, loss, output: f32("output", [B, N, values]) };
}

/** @throws Error naming the losses there are */
function kindOf(name = ""): LossKind | undefined {
  const kind = name.slice(PREFIX.length);
  if (kind === "none") return undefined;
  const found = LOSS_KINDS.find((known) => known === kind);
  if (found) return found;
  throw new Error(`metadata "loss" must be one of ${STUDENT_LOSSES.join(", ")}, got "${name}"`);
}

/** The student's sizes, from the shapes of its tensors. */
function shapeOf(file: SafetensorsFile, values: number): StudentShape {
  const sides = (name: string): readonly number[] => tensorOf(file, `param.${name}`, "F32").shape;
  const [vocabulary, width] = sides("text_embedding");
  const [words] = sides("text_positions");
  const [time_width] = sides("time_embedding.linear_1.weight");
  const [head] = sides("transformer_blocks.0.attn1.norm_q.weight");
  const blocks = [...file.tensors.keys()].flatMap(
    (name) => /^param\.transformer_blocks\.(\d+)\./.exec(name)?.[1] ?? [],
  );
  const depth = 1 + Math.max(...blocks.map(Number));
  return {
    values,
    width,
    depth,
    heads: width / head,
    frames: whole(file, "frames"),
    rows: whole(file, "rows"),
    time_width,
    words,
    vocabulary,
  };
}

function alignmentOf(file: SafetensorsFile, loss: LossKind, { depth }: StudentShape) {
  const block = whole(file, "block");
  if (block < 1 || block > depth)
    throw new Error(`metadata "block" must be from 1 to the student's ${depth}, got ${block}`);
  const channels = tensorOf(file, "teacher", "F32").shape.at(-1) ?? 0;
  const hidden = (layer: number) => tensorOf(file, `projector.linear${layer}.weight`, "F32").shape[0];
  return {
    loss,
    ...readLossNumbers(file, loss),
    block,
    channels,
    hidden: [hidden(1), hidden(2), hidden(3)] as const,
  };
}

function whole(file: SafetensorsFile, key: string): number {
  const value = numberOf(file, key);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`metadata "${key}" must be a whole number ≥ 1, got ${value}`);
  return value;
}

/** @throws Error for a value outside 0 … most */
function within(values: Int32Array, name: string, most: number): Int32Array {
  const bad = values.find((value) => value < 0 || value > most);
  if (bad !== undefined) throw new Error(`"${name}" must be from 0 to ${most}, got ${bad}`);
  return values;
}
