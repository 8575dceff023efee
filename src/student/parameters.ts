/**
 * The tensors of a student, defined once: their names, shapes and order are those of the GPU buffers, of the optimiser and of
 * the checkpoint.
 */
import type { FileTensor, Tensor } from "../formats/safetensors.ts";

/**
 * A layer that is one product. On the GPU its parameters are one tensor [taps · inputs + 1, outputs], the bias last, so that a row
 * of the activations with a 1 behind it meets weight and bias in one product, and xᵀ·dy is both their gradients.
 * In a file they are PyTorch's: `<name>.weight` [outputs, inputs] or, with 27 taps, [outputs, inputs, 3, 3, 3], and `<name>.bias`.
 */
export interface Layer {
  readonly name: string;
  readonly taps: 1 | 27;
  readonly inputs: number;
  readonly outputs: number;
}

/** Values of a layer's weight and bias together. */
export const layerLength = ({ taps, inputs, outputs }: Layer): number => (taps * inputs + 1) * outputs;

/** Kaiming-uniform with a = √5, as nn.Linear and nn.Conv3d start: weights and biases uniform within ±1/√fan_in. */
export function initialLayer(layer: Layer, next: () => number): Float32Array<ArrayBuffer> {
  const bound = 1 / Math.sqrt(layer.taps * layer.inputs);
  return Float32Array.from({ length: layerLength(layer) }, () => (2 * next() - 1) * bound);
}

/** A layer's values as PyTorch's two tensors, under `<prefix><name>`. */
export function layerToTensors(layer: Layer, values: Float32Array, prefix = ""): Record<string, Tensor> {
  const { name, taps, inputs, outputs } = layer;
  const weight = new Float32Array(taps * inputs * outputs);
  eachWeight(layer, (ours, theirs) => {
    weight[theirs] = values[ours];
  });
  const shape = taps === 1 ? [outputs, inputs] : [outputs, inputs, 3, 3, 3];
  return {
    [`${prefix}${name}.weight`]: { dtype: "F32", shape, data: weight },
    [`${prefix}${name}.bias`]: { dtype: "F32", shape: [outputs], data: values.slice(-outputs) },
  };
}

/**
 * The inverse of `layerToTensors`.
 * @throws Error naming the tensor that is missing or has another dtype or shape
 */
export function layerFromTensors(
  layer: Layer,
  tensors: ReadonlyMap<string, FileTensor>,
  prefix = "",
): Float32Array<ArrayBuffer> {
  const { name, taps, inputs, outputs } = layer;
  const shape = taps === 1 ? [outputs, inputs] : [outputs, inputs, 3, 3, 3];
  const weight = tensorOf(tensors, `${prefix}${name}.weight`, shape);
  const values = new Float32Array(layerLength(layer));
  eachWeight(layer, (ours, theirs) => {
    values[ours] = weight[theirs];
  });
  values.set(tensorOf(tensors, `${prefix}${name}.bias`, [outputs]), taps * inputs * outputs);
  return values;
}

function tensorOf(tensors: ReadonlyMap<string, FileTensor>, name: string, shape: readonly number[]): Float32Array {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`the checkpoint has no tensor "${name}"`);
  if (!(tensor.data instanceof Float32Array) || tensor.shape.join() !== shape.join()) {
    throw new Error(`tensor "${name}" is ${tensor.dtype} [${tensor.shape}], the student needs F32 [${shape}]`);
  }
  return tensor.data;
}

/** Index of each weight in our order (tap, input, output) and in PyTorch's (output, input, tap). */
function eachWeight({ taps, inputs, outputs }: Layer, visit: (ours: number, theirs: number) => void): void {
  for (let tap = 0; tap < taps; tap++) {
    for (let c = 0; c < inputs; c++) {
      for (let o = 0; o < outputs; o++) visit((tap * inputs + c) * outputs + o, (o * inputs + c) * taps + tap);
    }
  }
}
