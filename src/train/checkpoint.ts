import {
  jsonIn,
  parseSafetensors,
  type SafetensorsFile,
  type Tensor,
  tensorOf,
  writeSafetensors,
} from "../formats/safetensors.ts";
import { type ArenaLayout, type ArenaState, STATES, type StateName } from "../nn/arena.ts";
import { checkFinite, fromFile, toFile } from "../student/parameters.ts";
import { parseRecipe, type Recipe } from "./recipe.ts";
import type { TrainableState } from "./session.ts";

const FORMAT = "tempered-align";
const VERSION = "2";
/** Version 1 is of a time when biases decayed too; its tensors are the same. */
const READABLE = ["1", VERSION];

/** What stands before a tensor's name: the parameters alone have PyTorch's own names. */
const PREFIX: Record<StateName, string> = { parameters: "", m: "adamw.m.", v: "adamw.v.", ema: "ema." };

/** A file's contents. `data` says which clip and teacher it was; whoever writes it knows what that holds. */
export interface Checkpoint {
  readonly recipe: Recipe;
  readonly data: unknown;
  readonly step: number;
  /** Builds the state for this layout. @throws Error naming the tensor that does not fit */
  state(layout: ArenaLayout): TrainableState;
}

/** The tensors of a state, by their names in a file. */
export function stateTensors(tensors: ArenaState, layout: ArenaLayout): Record<string, Tensor> {
  const all: Record<string, Tensor> = {};
  for (const name of STATES) {
    for (const parameter of layout.parameters) {
      all[`${PREFIX[name]}${parameter.name}`] = toFile(parameter, layout.view(tensors[name], parameter.name));
    }
  }
  return all;
}

/** The inverse of `stateTensors`. @throws Error naming the tensor that does not fit, or is not finite */
export function statesOf({ tensors }: SafetensorsFile, layout: ArenaLayout): ArenaState {
  const of = (name: StateName) => {
    const all = new Float32Array(layout.length);
    for (const parameter of layout.parameters) {
      const values = fromFile(parameter, tensors, PREFIX[name]);
      checkFinite(`${PREFIX[name]}${parameter.name}`, values);
      layout.view(all, parameter.name).set(values);
    }
    return all;
  };
  return { parameters: of("parameters"), m: of("m"), v: of("v"), ema: of("ema") };
}

/** A number as a tensor, and back. */
export const oneNumber = (value: number): Tensor => ({ dtype: "U32", shape: [1], data: Uint32Array.of(value) });
export function numberIn(file: SafetensorsFile, name: string): number {
  const { data } = tensorOf(file, name, "U32");
  if (data.length !== 1) throw new Error(`the checkpoint's "${name}" holds ${data.length} numbers, not 1`);
  return data[0];
}

/** A safetensors file: parameters, AdamW's moments, the average, step and random state; recipe and data as JSON metadata. */
export function writeCheckpoint(
  { step, random, tensors }: TrainableState,
  layout: ArenaLayout,
  recipe: Recipe,
  data: unknown,
): Uint8Array<ArrayBuffer> {
  const metadata = { format: FORMAT, version: VERSION, recipe: JSON.stringify(recipe), data: JSON.stringify(data) };
  const numbers = { step: oneNumber(step), random: oneNumber(random) };
  return writeSafetensors({ ...stateTensors(tensors, layout), ...numbers }, metadata);
}

/** @throws Error with one sentence when the file is broken or no checkpoint of ours */
export function readCheckpoint(bytes: Uint8Array): Checkpoint {
  const file = parseSafetensors(bytes);
  const { metadata } = file;
  if (metadata.format !== FORMAT) {
    throw new Error(`this safetensors file is no checkpoint: its format is "${metadata.format}", not "${FORMAT}"`);
  }
  if (!READABLE.includes(metadata.version)) {
    throw new Error(
      `the checkpoint has version ${metadata.version}, this page reads versions ${READABLE.join(" and ")}`,
    );
  }
  const recipe = parseRecipe(jsonIn(metadata, "recipe"));
  const step = numberIn(file, "step");
  return {
    recipe,
    data: jsonIn(metadata, "data"),
    step,
    state: (layout) => ({ step, random: numberIn(file, "random"), tensors: statesOf(file, layout) }),
  };
}
