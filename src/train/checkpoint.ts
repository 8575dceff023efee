import { parseSafetensors, type Tensor, tensorOf, writeSafetensors } from "../formats/safetensors.ts";
import { type Layer, layerFromTensors, layerToTensors } from "../student/parameters.ts";
import { STATES, type StateName } from "./optimizer.ts";
import { parseRecipe, type Recipe } from "./recipe.ts";
import type { TrainableState } from "./session.ts";

const FORMAT = "tempered-align";
const VERSION = "1";

/** What stands before a tensor's name: the parameters alone have PyTorch's own names. */
const PREFIX: Record<StateName, string> = { parameters: "", m: "adamw.m.", v: "adamw.v.", ema: "ema." };

/** A file's contents. `data` says which clip and teacher it was; whoever writes it knows what that holds. */
export interface Checkpoint {
  readonly recipe: Recipe;
  readonly data: unknown;
  readonly step: number;
  /** Builds the state for these layers. @throws Error naming the tensor that does not fit */
  state(layers: readonly Layer[]): TrainableState;
}

/** A safetensors file: parameters, AdamW's moments, the average, step and random state; recipe and data as JSON metadata. */
export function writeCheckpoint(
  { step, random, tensors }: TrainableState,
  layers: readonly Layer[],
  recipe: Recipe,
  data: unknown,
): Uint8Array<ArrayBuffer> {
  const all: Record<string, Tensor> = {};
  for (const name of STATES) {
    for (const [i, layer] of layers.entries())
      Object.assign(all, layerToTensors(layer, tensors[name][i], PREFIX[name]));
  }
  const one = (value: number): Tensor => ({ dtype: "U32", shape: [1], data: Uint32Array.of(value) });
  const metadata = { format: FORMAT, version: VERSION, recipe: JSON.stringify(recipe), data: JSON.stringify(data) };
  return writeSafetensors({ ...all, step: one(step), random: one(random) }, metadata);
}

/** @throws Error with one sentence when the file is broken or no checkpoint of ours */
export function readCheckpoint(bytes: Uint8Array): Checkpoint {
  const file = parseSafetensors(bytes);
  const { tensors, metadata } = file;
  if (metadata.format !== FORMAT) {
    throw new Error(`this safetensors file is no checkpoint: its format is "${metadata.format}", not "${FORMAT}"`);
  }
  if (metadata.version !== VERSION) {
    throw new Error(`the checkpoint has version ${metadata.version}, this page reads version ${VERSION}`);
  }
  const recipe = parseRecipe(json(metadata, "recipe"));
  const one = (name: string): number => {
    const { data } = tensorOf(file, name, "U32");
    if (data.length !== 1) throw new Error(`the checkpoint's "${name}" holds ${data.length} numbers, not 1`);
    return data[0];
  };
  const step = one("step");
  return {
    recipe,
    data: json(metadata, "data"),
    step,
    state(layers) {
      const of = (name: StateName) => layers.map((layer) => layerFromTensors(layer, tensors, PREFIX[name]));
      return {
        step,
        random: one("random"),
        tensors: { parameters: of("parameters"), m: of("m"), v: of("v"), ema: of("ema") },
      };
    },
  };
}

function json(metadata: Readonly<Record<string, string>>, key: string): unknown {
  try {
    return JSON.parse(metadata[key] ?? "");
  } catch {
    throw new Error(`the checkpoint's "${key}" is not JSON: the file was changed or cut short`);
  }
}
