import { AlignmentLoss } from "../alignment/alignment_loss.ts";
import type { LossForm, LossShape } from "../alignment/loss_config.ts";
import { LOSS_KINDS, type LossKind, reads, traitsOf } from "../alignment/losses.ts";
import { parseSafetensors, type SafetensorsFile } from "../formats/safetensors.ts";
import { GpuError } from "../gpu/errors.ts";
import { createGpu, type Gpu } from "../gpu/gpu.ts";
import type { FailureCode } from "../worker/protocol.ts";
import { floats, readLossNumbers, readMask, show } from "./truth_file.ts";
import { isStudentTruth, readStudentTruth, STUDENT_LOSSES, type StudentLine, verifyStudent } from "./verify_student.ts";

/** One JSON line of `npm run verify`. */
export interface VerifyLine {
  readonly file: string;
  readonly name: string;
  readonly form: LossForm;
  readonly loss: number;
  readonly expected: number;
  readonly loss_rel_error: number;
  readonly grad_rel_error: number;
  readonly grad_max_abs_error: number;
  readonly pass: boolean;
}

export type VerifyAnswer =
  | { readonly ok: true; readonly replies: readonly VerifyReply[] }
  | { readonly ok: false; readonly message: string; readonly code: FailureCode };

/** What one file gave: its lines, or the sentence that says why it is malformed; `notes` say what was left out. */
export interface VerifyReply {
  readonly lines: readonly (VerifyLine | StudentLine)[];
  readonly malformed?: string;
  readonly notes: readonly string[];
}

/** A truth that somebody else computed. */
interface Truth {
  readonly kind: LossKind;
  readonly shape: LossShape;
  readonly tau: number;
  readonly margin: number;
  readonly teacher: Float32Array;
  readonly student: Float32Array;
  readonly mask: Uint8Array | undefined;
  readonly loss: number;
  readonly gradient: Float32Array;
}

/** Runs the losses over files that the page's file input holds, one reply each, in their order. A GPU's failure is its sentence. */
export async function verify(): Promise<VerifyAnswer> {
  const files = [...(document.querySelector<HTMLInputElement>("input[type=file]")?.files ?? [])];
  let gpu: Gpu | undefined;
  try {
    gpu = await createGpu();
    const replies: VerifyReply[] = [];
    for (const file of files) replies.push(await verifyOpened(gpu, file));
    return { ok: true, replies };
  } catch (error) {
    if (!(error instanceof GpuError)) throw error;
    const { code, message } = error;
    return { ok: false, message, code: code === "compile" || code === "validation" ? "internal" : code };
  } finally {
    gpu?.destroy();
  }
}

/** A file that is there may still not be read: its rights, or its disk. */
async function verifyOpened(gpu: Gpu, file: File): Promise<VerifyReply> {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    return malformed(error);
  }
  return verifyFile(gpu, file.name, bytes);
}

const malformed = (error: unknown): VerifyReply => ({
  lines: [],
  notes: [],
  malformed: error instanceof Error ? error.message : String(error),
});

/** Compares both forms with the truth in one file. */
export async function verifyFile(gpu: Gpu, file: string, bytes: Uint8Array): Promise<VerifyReply> {
  let truth: Truth;
  try {
    const contents = parseSafetensors(bytes);
    if (isStudentTruth(contents))
      return { lines: [await verifyStudent(gpu, file, readStudentTruth(contents))], notes: [] };
    truth = readTruth(contents);
  } catch (error) {
    if (error instanceof GpuError) throw error;
    return malformed(error);
  }
  const lines: VerifyLine[] = [];
  const notes: string[] = [];
  for (const form of ["stored", "tiled"] as const) {
    try {
      lines.push({
        file,
        name: file.replace(/^.*[\\/]|\.safetensors$/g, ""),
        form,
        ...(await compare(gpu, truth, form)),
      });
    } catch (error) {
      // The stored form of a large clip may not fit the adapter; that says nothing about the numbers.
      if (form === "tiled" || !(error instanceof GpuError)) throw error;
      notes.push(`${file}: the stored form was left out, ${error.message}`);
    }
  }
  return { lines, notes };
}

async function compare(gpu: Gpu, truth: Truth, form: LossForm) {
  const { kind, shape, tau, margin, mask } = truth;
  const teacher = gpu.buffers.upload("truth teacher", truth.teacher);
  const student = gpu.buffers.upload("truth student", truth.student);
  const masked = mask ? { mask, maxRho: 1 } : {};
  let loss: AlignmentLoss | undefined;
  try {
    const memoryBudget = Number.MAX_SAFE_INTEGER;
    loss = await AlignmentLoss.create(gpu, {
      kind,
      shape,
      tau,
      margin,
      teacher,
      student,
      form,
      memoryBudget,
      ...masked,
    });
    await loss.run();
    const [value, gradient] = await gpu.readback.readAll([
      { buffer: loss.loss, bytes: 4 },
      { buffer: loss.dStudent, bytes: 4 * truth.gradient.length },
    ]);
    let [off, size, most] = [0, 0, 0];
    truth.gradient.forEach((expected, i) => {
      const difference = Math.abs(gradient[i] - expected);
      off += difference ** 2;
      size += expected ** 2;
      most = Math.max(most, difference); // a NaN of ours stays one
    });
    const loss_rel_error = Math.abs(value[0] - truth.loss) / Math.max(Math.abs(truth.loss), 1e-6);
    const grad_rel_error = Math.sqrt(off) / Math.max(Math.sqrt(size), 1e-6);
    const bound = verifyBound(truth);
    const pass = loss_rel_error <= bound && grad_rel_error <= bound;
    return { loss: value[0], expected: truth.loss, loss_rel_error, grad_rel_error, grad_max_abs_error: most, pass };
  } finally {
    loss?.destroy();
    gpu.buffers.destroy(teacher);
    gpu.buffers.destroy(student);
  }
}

/** Largest relative error that passes: 1e-4, or what float32 cosines leave behind 1/τ where that is more (docs/verify.md). */
export function verifyBound({ kind, shape, tau }: Pick<Truth, "kind" | "shape" | "tau">): number {
  if (!reads(kind, "tau")) return 1e-4;
  const C = Math.max(shape.Ct, shape.Cs);
  return Math.max(1e-4, 2 ** -23 * (Math.sqrt(C) + 8) * (1 + 1 / tau));
}

/** @throws Error with one sentence when the file is not a truth */
function readTruth(file: SafetensorsFile): Truth {
  const kind = LOSS_KINDS.find((known) => known === file.metadata.loss);
  if (!kind)
    throw new Error(
      `metadata "loss" must be one of ${[...LOSS_KINDS, ...STUDENT_LOSSES].join(", ")}, got ${show(file.metadata.loss)}`,
    );
  const { tau, margin } = readLossNumbers(file, kind);

  const teacher = floats(file, "teacher", 3);
  const student = floats(file, "student", 3);
  const [F, S, Ct] = teacher.shape;
  const Cs = student.shape[2];
  if (student.shape[0] !== F || student.shape[1] !== S) {
    throw new Error(`teacher is [${teacher.shape}] and student [${student.shape}]: F and S must be equal`);
  }
  if (Math.min(F, S, Ct, Cs) < 1)
    throw new Error(`teacher [${teacher.shape}] and student [${student.shape}] hold no value`);
  if (traitsOf(kind).channels === "equal" && Ct !== Cs)
    throw new Error(`${kind} needs C_teacher = C_student, got ${Ct} and ${Cs}`);
  const gradient = floats(file, "grad_student", 3);
  if (String(gradient.shape) !== String(student.shape)) {
    throw new Error(`grad_student is [${gradient.shape}], the student is [${student.shape}]`);
  }
  const loss = floats(file, "loss", 1);
  if (loss.shape[0] !== 1) throw new Error(`loss is [${loss.shape}], it must be [1]`);
  const mask = traitsOf(kind).queries === "moving" ? readMask(kind, file, [F, S]) : undefined;
  const shape = { B: 1, F, S, Ct, Cs };
  return {
    kind,
    shape,
    tau,
    margin,
    teacher: teacher.data,
    student: student.data,
    mask,
    loss: loss.data[0],
    gradient: gradient.data,
  };
}
