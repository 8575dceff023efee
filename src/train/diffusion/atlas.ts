import type { ArenaLayout, Parameter } from "../../nn/arena.ts";
import { lengthOf } from "../../nn/tape.ts";

/** One tensor of a run, seen from afar. */
export interface TensorView {
  readonly name: string;
  readonly shape: readonly number[];
  readonly parameter: TensorSide;
  /** Of the last step, before clipping. */
  readonly gradient: TensorSide;
}

/** What a layer made of one clip, seen from afar. */
export interface ActivationView {
  readonly name: string;
  readonly shape: readonly number[];
  readonly side: TensorSide;
}

export interface TensorSide {
  /** Of its finite values. */
  readonly norm: number;
  /** Largest magnitude among them. */
  readonly largest: number;
  /** Values that are no numbers, or infinite. */
  readonly bad: number;
  /** Of [rows, columns] blocks the value of largest magnitude; NaN where one of a block is bad. */
  readonly picture: Float32Array<ArrayBuffer>;
  readonly rows: number;
  readonly columns: number;
}

/** Cells of a picture along either side. */
const MOST_CELLS = 48;

/** Every tensor of a layout, from the values of all of them and their gradients. */
export function viewTensors(
  layout: ArenaLayout,
  parameters: Float32Array<ArrayBuffer>,
  gradients: Float32Array<ArrayBuffer>,
): TensorView[] {
  return layout.parameters.map((parameter) => {
    const { name, shape } = parameter;
    const sides = matrixOf(parameter);
    return {
      name,
      shape,
      parameter: viewOf(layout.view(parameters, name), sides),
      gradient: viewOf(layout.view(gradients, name), sides),
    };
  });
}

/** @param shape [rows, columns] */
export const viewActivation = (name: string, shape: readonly number[], values: Float32Array): ActivationView => ({
  name,
  shape,
  side: viewOf(values, [shape[0], shape[1]]),
});

/** A vector lies; of what has more than two sides, all but the first go into the columns. */
function matrixOf(parameter: Pick<Parameter, "shape">): readonly [rows: number, columns: number] {
  const rows = parameter.shape.length < 2 ? 1 : parameter.shape[0];
  return [rows, lengthOf(parameter) / rows];
}

function viewOf(values: Float32Array, [R, C]: readonly [number, number]): TensorSide {
  const [rows, columns] = [Math.min(R, MOST_CELLS), Math.min(C, MOST_CELLS)];
  const picture = new Float32Array(rows * columns);
  let [squares, largest, bad] = [0, 0, 0];
  for (let r = 0; r < R; r++) {
    const row = Math.floor((r * rows) / R) * columns;
    for (let c = 0; c < C; c++) {
      const value = values[r * C + c];
      const cell = row + Math.floor((c * columns) / C);
      if (!Number.isFinite(value)) {
        bad++;
        picture[cell] = Number.NaN;
        continue;
      }
      squares += value * value;
      largest = Math.max(largest, Math.abs(value));
      // A comparison with NaN is false: what is bad stays so.
      if (Math.abs(value) > Math.abs(picture[cell])) picture[cell] = value;
    }
  }
  return { norm: Math.sqrt(squares), largest, bad, picture, rows, columns };
}
