/** Parameters as PyTorch's files have them, and their first values. */
import { isFloatDtype, toFloat32 } from "../formats/half_floats.ts";
import type { FileTensor, Tensor as Written } from "../formats/safetensors.ts";
import type { ArenaLayout, FileLayout, Parameter } from "../nn/arena.ts";
import type { Affine } from "../nn/linear.ts";
import { lengthOf, type Tape, type Tensor } from "../nn/tape.ts";

/** A parameter of a student, with how it starts. */
export interface StudentParameter extends Parameter {
  /** First values are uniform within ± this. */
  readonly bound: number;
}

/** `<name>.weight` and `<name>.bias` of a layer, as nn.Linear and nn.Conv3d start: within 1/√fan_in (Kaiming-uniform, a = √5). */
export function affine(
  name: string,
  layout: Exclude<FileLayout, "plain">,
  shape: readonly number[],
): StudentParameter[] {
  const O = shape[shape.length - 1];
  const bound = 1 / Math.sqrt(lengthOf({ shape }) / O);
  return [
    { name: `${name}.weight`, shape, layout, bound },
    { name: `${name}.bias`, shape: [O], layout: "plain", bound },
  ];
}

/** A model's parameters as tensors of a tape, and its layers by name. `trained` false: for looking at it only; or those by name. */
export function weightsOn(t: Tape, parameters: readonly Parameter[], trained: boolean | ((name: string) => boolean)) {
  const learns = typeof trained === "boolean" ? () => trained : trained;
  const tensors = new Map(
    parameters.map(({ name, shape }) => [name, learns(name) ? t.parameter(name, shape) : t.data(name, shape)]),
  );
  const tensor = (name: string): Tensor => {
    const found = tensors.get(name);
    if (!found) throw new Error(`the model has no parameter "${name}": it has ${[...tensors.keys()].join(", ")}`);
    return found;
  };
  const layer = (name: string): Affine => ({ w: tensor(`${name}.weight`), b: tensor(`${name}.bias`) });
  return { tensors: [...tensors.values()], tensor, layer };
}

export type Weights = Pick<ReturnType<typeof weightsOn>, "tensor" | "layer">;

/** First values of all parameters, drawn in their order. */
export function firstValues(
  parameters: readonly StudentParameter[],
  layout: ArenaLayout,
  next: () => number,
): Float32Array<ArrayBuffer> {
  const all = new Float32Array(layout.length);
  for (const { name, bound } of parameters) {
    const values = layout.view(all, name);
    for (let i = 0; i < values.length; i++) values[i] = (2 * next() - 1) * bound;
  }
  return all;
}

/** A parameter's values as PyTorch's tensor. */
export function toFile(parameter: Parameter, values: Float32Array): Written {
  const data = new Float32Array(values.length);
  eachIndex(parameter, (ours, theirs) => {
    data[theirs] = values[ours];
  });
  return { dtype: "F32", shape: fileShape(parameter), data };
}

/** @throws Error naming the first tensor that is missing or has another dtype or shape */
export function checkFits(
  parameters: readonly Parameter[],
  tensors: ReadonlyMap<string, FileTensor>,
  prefix = "",
): void {
  for (const parameter of parameters) fitting(parameter, tensors, prefix);
}

function fitting(parameter: Parameter, tensors: ReadonlyMap<string, FileTensor>, prefix: string) {
  const name = `${prefix}${parameter.name}`;
  const shape = fileShape(parameter);
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`the checkpoint has no tensor "${name}"`);
  const { data, dtype } = tensor;
  if (!isFloatDtype(dtype) || tensor.shape.join() !== shape.join()) {
    const found = `${dtype} [${tensor.shape}]`.slice(0, 60);
    throw new Error(`tensor "${name}" is ${found}, the student needs F32, F16 or BF16 [${shape}]`);
  }
  return { dtype, data };
}

/**
 * The inverse of `toFile`, also of weights that were stored in 16 bits.
 * @throws Error naming the tensor that is missing or has another dtype or shape
 */
export function fromFile(
  parameter: Parameter,
  tensors: ReadonlyMap<string, FileTensor>,
  prefix = "",
): Float32Array<ArrayBuffer> {
  const { dtype, data: stored } = fitting(parameter, tensors, prefix);
  const data = stored instanceof Float32Array ? stored : toFloat32(dtype, stored.slice().buffer);
  const values = new Float32Array(data.length);
  eachIndex(parameter, (ours, theirs) => {
    values[ours] = data[theirs];
  });
  return values;
}

/** Checks what was read of a tensor. @throws Error naming it, and how many of its values are not finite */
export function checkFinite(name: string, values: Float32Array): void {
  const broken = values.reduce((count, value) => count + (Number.isFinite(value) ? 0 : 1), 0);
  if (broken === 0) return;
  throw new Error(
    `${broken} of the ${values.length} values of tensor "${name}" are not finite: the run that made them diverged, or the file was changed; take an earlier checkpoint`,
  );
}

function fileShape({ shape, layout }: Parameter): number[] {
  if (layout === "linear") return [shape[1], shape[0]];
  return layout === "conv" ? [shape[2], shape[1], 3, 3, 3] : [...shape];
}

/** Index of each value in our order (tap, input, output) and in PyTorch's (output, input, tap). */
function eachIndex({ shape, layout }: Parameter, visit: (ours: number, theirs: number) => void): void {
  if (layout === "plain") {
    for (let i = 0; i < lengthOf({ shape }); i++) visit(i, i);
    return;
  }
  const [taps, inputs, outputs] = layout === "linear" ? [1, ...shape] : shape;
  for (let tap = 0; tap < taps; tap++) {
    for (let c = 0; c < inputs; c++) {
      for (let o = 0; o < outputs; o++) visit((tap * inputs + c) * outputs + o, (o * inputs + c) * taps + tap);
    }
  }
}
