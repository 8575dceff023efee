import { type FileTensor, parseSafetensors } from "../../src/formats/safetensors.ts";
import type { Layer } from "../../src/student/parameters.ts";

const REMEDY = "regenerate it with `python models/export/projector_goldens.py`";

export interface ProjectorGoldens {
  readonly tensors: Map<string, FileTensor>;
  /** A tensor's values. */
  values(name: string): Float64Array;
  /** PyTorch's weight and bias under `prefix`, in float64, in our layout. */
  layer(layer: Layer, prefix: string): Float64Array;
}

/**
 * test/fixtures/projector_goldens.safetensors.
 * @throws Error with the command to regenerate when the file is of another kind or version
 */
export function parseProjectorGoldens(bytes: Uint8Array): ProjectorGoldens {
  const { tensors, metadata } = parseSafetensors(bytes);
  if (metadata.magic !== "tempered-projector-goldens" || metadata.version !== "1") {
    throw new Error(
      `the goldens are "${metadata.magic}" version ${metadata.version}, the tests read version 1: ${REMEDY}`,
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
    layer({ name, taps, inputs, outputs }, prefix) {
      const weight = values(`${prefix}${name}.weight`);
      const ours = new Float64Array((taps * inputs + 1) * outputs);
      for (let k = 0; k < taps * inputs; k++) {
        const [tap, c] = [Math.floor(k / inputs), k % inputs];
        for (let o = 0; o < outputs; o++) ours[k * outputs + o] = weight[(o * inputs + c) * taps + tap];
      }
      ours.set(values(`${prefix}${name}.bias`), taps * inputs * outputs);
      return ours;
    },
  };
}
