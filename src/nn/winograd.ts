import * as kernel from "../../shaders/nn/winograd.wgsl";
import * as weights from "../../shaders/nn/winograd_weights.wgsl";
import { foldRows, groups } from "../gpu/kernels.ts";
import { bindingOf, type Place } from "../gpu/places.ts";
import { VALUE_FLOP } from "../gpu/steps.ts";
import { bindProduct, ceil4, type ProductOptions } from "../kernels/product.ts";
import { columnSums } from "./column_sums.ts";
import type { Affine } from "./linear.ts";
import { type Gradients, kernelTask, type Tape, type Task, type Tensor } from "./tape.ts";

/** The grid of a batch's clips; in what is read, frame `frame0` is their first. */
interface Grid {
  readonly clips: number;
  readonly frames: number;
  readonly frame0: number;
  readonly H: number;
  readonly W: number;
}

/** Numbers of a tile, each of which has a product of its own. */
const APART = 64;
/** Products that are one dispatch; theirs begin at multiples of 256 bytes, whatever the sizes. */
const TOGETHER = 16;
/** Most bytes of tiles where nothing is trained and they need not be kept. */
const TILE_BYTES = 8 * 2 ** 20;

const tilesOf = ({ clips, frames, H, W }: Grid): number =>
  clips * Math.ceil(frames / 2) * Math.ceil(H / 2) * Math.ceil(W / 2);

/** Tiles that are worked on together. */
interface Range {
  readonly tile0: number;
  readonly tiles: number;
}

/**
 * A 3×3×3 convolution with stride and padding 1, as `conv3d` has it: x [frame0 + clips · frames, H, W, Ci], w [27, Ci, Co], b [Co],
 * y [clips, frames, H, W, Co]. 64 small products in place of 27 channels' worth of a large one (shaders/nn/winograd.wgsl): 3.4 times
 * fewer multiplications, and less memory than unfolded neighbourhoods.
 */
export function winograd(t: Tape, x: Tensor, { w, b }: Affine, grid: Grid): Tensor {
  const { clips, frames, H, W } = grid;
  const [, Ci, Co] = w.shape;
  const y = t.made("convolution", [clips, frames, H, W, Co], [x, w, b]);
  const all = tilesOf(grid);
  // What is trained keeps all of them for its backward; else some at a time will do.
  const most = y.trained ? all : Math.max(1, Math.min(all, Math.floor(TILE_BYTES / (4 * APART * Math.max(Ci, Co)))));
  const V = t.scratch("tiles", [APART, most, ceil4(Ci)]);
  const U = t.scratch("weight of tiles", [APART, Ci, ceil4(Co)]);
  const M = t.scratch("products of tiles", [APART, most, ceil4(Co)]);
  const forward = [weightsTask(w, U, Co, false)];
  for (let tile0 = 0; tile0 < all; tile0 += most) {
    const range = { tile0, tiles: Math.min(most, all - tile0) };
    forward.push(inputTask(x, V, Ci, grid, range), apart(V, U, M, range.tiles));
    forward.push(outputTask(M, y, { grid, range, bias: b, add: 0 }));
  }
  t.push([y], forward, (gradients) => backward(t, x, { w, b }, grid, y, V, gradients));
  return y;
}

function backward(
  t: Tape,
  x: Tensor,
  { w, b }: Affine,
  grid: Grid,
  y: Tensor,
  V: Tensor,
  gradients: Gradients,
): Task[] {
  const [, Ci, Co] = w.shape;
  const dy = gradients.of(y);
  const [dw, db, dx] = [w, b, x].map((one) => gradients.to(one));
  const all = { tile0: 0, tiles: tilesOf(grid) };
  const tasks: Task[] = db ? columnSums(t, dy, db) : [];
  if (dw) {
    const dM = t.scratch("gradient of tiles", [APART, all.tiles, ceil4(Co)]);
    const dU = t.scratch("weight gradient of tiles", [APART, Ci, ceil4(Co)]);
    const options = { ...tileOptions(dM, Co, grid, all), flop: VALUE_FLOP.plain * 72 * all.tiles * Co };
    const [shape, pairs] = [{ rows: Ci, cols: Co, ld: ceil4(Co), turned: 0, add: dw.add }, Ci * Co];
    tasks.push(
      kernelTask(kernel.output_back, { positions: dy, apart: dM }, options),
      across(V, dM, dU, all.tiles),
      kernelTask(
        weights.backward,
        { du: dU, dw: dw.into },
        { params: shape, grid: [groups(Co), Ci], flop: VALUE_FLOP.plain * 91 * pairs },
      ),
    );
  }
  if (dx) {
    const turned = t.scratch("turned weight of tiles", [APART, Co, ceil4(Ci)]);
    const around = t.scratch("gradient around tiles", [APART, all.tiles, ceil4(Co)]);
    const back = t.scratch("gradient's products of tiles", [APART, all.tiles, ceil4(Ci)]);
    tasks.push(
      weightsTask(w, turned, Ci, true),
      inputTask(dy, around, Co, grid, all),
      apart(around, turned, back, all.tiles),
      outputTask(back, dx.into, { grid, range: all, add: dx.add }),
    );
  }
  return tasks;
}

const tileOptions = (apart: Tensor, C: number, { frames: F, frame0, H, W }: Grid, { tile0, tiles }: Range) => {
  const ld = apart.shape[2];
  const [y, z] = foldRows(tiles);
  return {
    params: { C, ld, F, H, W, frame0, tile0, tiles, biased: 0, add: 0 },
    grid: [groups(ld), y, z] as const,
  };
};

function weightsTask(w: Tensor, u: Tensor, cols: number, turned: boolean): Task {
  const [, rows, ld] = u.shape;
  const params = { rows, cols, ld, turned: turned ? 1 : 0, add: 0 };
  const flop = VALUE_FLOP.plain * 91 * rows * cols;
  return kernelTask(weights.forward, { w, u }, { params, grid: [groups(cols), rows], flop });
}

function inputTask(positions: Tensor, apart: Tensor, C: number, grid: Grid, range: Range): Task {
  const flop = VALUE_FLOP.plain * 2 * APART * range.tiles * C;
  return kernelTask(kernel.input, { positions, apart }, { ...tileOptions(apart, C, grid, range), flop });
}

interface Output {
  readonly grid: Grid;
  readonly range: Range;
  readonly bias?: Tensor;
  readonly add: 0 | 1;
}

function outputTask(products: Tensor, y: Tensor, { grid, range, bias, add }: Output): Task {
  const C = y.shape[y.shape.length - 1];
  const { params, ...rest } = tileOptions(products, C, { ...grid, frame0: 0 }, range);
  return kernelTask(
    kernel.output,
    // A binding must hold something.
    { products, y, bias: bias ?? products },
    { ...rest, params: { ...params, biased: bias ? 1 : 0, add }, flop: VALUE_FLOP.plain * 72 * range.tiles * C },
  );
}

/** M[k] = V[k] · U[k], of the first `tiles` tiles that V has room for. */
function apart(V: Tensor, U: Tensor, M: Tensor, tiles: number): Task {
  const [[, , lda], [, depth, ldb], [, , ldc]] = [V, U, M].map(({ shape }) => shape);
  const strides = { stride_a: tiles * lda, stride_b: depth * ldb, stride_c: tiles * ldc };
  // The columns that only fill the rows up to whole vec4s are made too: nobody reads them.
  return together({ form: "nn", rows: tiles, cols: ldb, depth, lda, ldb, ldc, ...strides }, V, U, M);
}

/** dU[k] = V[k]ᵀ · dM[k] */
function across(V: Tensor, dM: Tensor, dU: Tensor, tiles: number): Task {
  const [[, , lda], [, , ldb], [, rows, ldc]] = [V, dM, dU].map(({ shape }) => shape);
  const strides = { stride_a: tiles * lda, stride_b: tiles * ldb, stride_c: rows * ldc };
  return together({ form: "tn", rows, cols: ldb, depth: tiles, lda, ldb, ldc, ...strides }, V, dM, dU);
}

type Sizes = Omit<ProductOptions, "A" | "B" | "C" | "bias" | "batch"> & Record<`stride_${"a" | "b" | "c"}`, number>;

/** The products of all k, some k a dispatch, so that none is longer than a submit should be. */
function together(sizes: Sizes, A: Tensor, B: Tensor, C: Tensor): Task {
  const { rows, cols, depth, stride_a, stride_b, stride_c } = sizes;
  return {
    uses: [A, B, C],
    flop: 2 * APART * rows * cols * depth,
    async bind({ gpu, at }) {
      const part = (tensor: Tensor, first: number, stride: number): Place => {
        const { buffer, offset } = bindingOf(at(tensor));
        return { buffer, offset: offset + 4 * first * stride, size: 4 * TOGETHER * stride };
      };
      const steps = [];
      for (let k = 0; k < APART; k += TOGETHER) {
        const places = { A: part(A, k, stride_a), B: part(B, k, stride_b), C: part(C, k, stride_c) };
        steps.push(...(await bindProduct(gpu, { ...sizes, ...places, batch: TOGETHER })));
      }
      return steps;
    },
  };
}
