import { type FileTensor, parseSafetensors } from "../../src/formats/safetensors.ts";
import type { Parameter } from "../../src/nn/arena.ts";

const REMEDY = "regenerate it with `python models/export/projector_goldens.py`";

export interface ProjectorGoldens {
  readonly tensors: Map<string, FileTensor>;
  /** A tensor's values. */
  values(name: string): Float64Array;
  /** PyTorch's tensor under `prefix`, in float64, in our layout. */
  parameter(parameter: Parameter, prefix: string): Float64Array;
}

/** The layers of a list of parameters, each weight followed by its bias. */
export const layersOf = <T>(values: readonly T[]): { w: T; b: T }[] =>
  values.flatMap((w, i) => (i % 2 === 0 ? [{ w, b: values[i + 1] }] : []));

/**
 * test/fixtures/projector_goldens.safetensors.
 * @throws Error with the command to regenerate when the file is of another kind or version
 */
export function parseProjectorGoldens(bytes: Uint8Array): ProjectorGoldens {
  const { tensors, metadata } = parseSafetensors(bytes);
  if (metadata.magic !== "tempered-projector-goldens" || metadata.version !== "2") {
    throw new Error(
      `the goldens are "${metadata.magic}" version ${metadata.version}, the tests read version 2: ${REMEDY}`,
    );
  }
  const values = (name: string): Float64Array => {
    const found = tensors.get(name);
    if (!found) throw new Error(`the goldens lack ${name}: ${REMEDY}`);
    return Float64Array.from(found.data as Float32Array);
  };
  return {
    tensors,
    values,
    parameter({ name, shape, layout }, prefix) {
      const theirs = values(`${prefix}${name}`);
      if (layout === "plain") return theirs;
      const [taps, inputs, outputs] = layout === "linear" ? [1, ...shape] : shape;
      return Float64Array.from({ length: theirs.length }, (_, i) => {
        const [k, o] = [Math.floor(i / outputs), i % outputs];
        return theirs[(o * inputs + (k % inputs)) * taps + Math.floor(k / inputs)];
      });
    },
  };
}
