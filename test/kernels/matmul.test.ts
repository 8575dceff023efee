// The two register-tiled products against float64: shapes around the vec4, the 16 × 8 thread tile and the workgroup, cut and batched.
import { describe, expect, test } from "vitest";
import narrow from "../../shaders/nn/matmul.wgsl";
import narrowTn from "../../shaders/nn/matmul_tn.wgsl";
import matmulTnWide from "../../shaders/nn/matmul_tn_wide.wgsl";
import matmulWide from "../../shaders/nn/matmul_wide.wgsl";
import { matmulGrid } from "../../src/kernels/products.ts";
import * as reference from "../../src/reference/index.ts";
import { expectClose } from "../support/close.ts";
import { withGpu } from "../support/gpu.ts";
import { normals } from "../support/random.ts";

const gpu = withGpu();
const ceil4 = (n: number) => Math.ceil(n / 4) * 4;
/** A sum of `depth` products of normals: the rounding error walks with √depth and each step is at most eps/2 of the running sum, √depth. */
const tolerance = (depth: number) => ({ rtol: 2 ** -20, atol: 4 * depth * 2 ** -24 });

/** Lays rows out with a stride, the gap filled with `gap`. */
function pad(data: Float32Array, rows: number, cols: number, ld: number, total = rows, gap = 0): Float32Array {
  const out = new Float32Array(total * ld).fill(gap);
  for (let r = 0; r < rows; r++) out.set(data.subarray(r * cols, (r + 1) * cols), r * ld);
  return out;
}

const shapes: [rows: number, cols: number, depth: number][] = [
  [1, 1, 1],
  [3, 5, 4],
  [15, 7, 5],
  [16, 8, 8],
  [17, 9, 3],
  [16, 64, 16],
  [31, 65, 33],
  [127, 61, 13],
  [129, 131, 37],
  [256, 192, 64],
];

describe.each([
  { matmul: narrow, matmulTn: narrowTn, tile: 8, constants: { LANES: 8, STRIPS: 4 } },
  { matmul: narrow, matmulTn: narrowTn, tile: 8, constants: { LANES: 4, STRIPS: 2 } },
  { matmul: narrow, matmulTn: narrowTn, tile: 8, constants: { LANES: 16, STRIPS: 8 } },
  { matmul: matmulWide, matmulTn: matmulTnWide, tile: 16, constants: { LANES: 4, STRIPS: 8 } },
  { matmul: matmulWide, matmulTn: matmulTnWide, tile: 16, constants: { LANES: 8, STRIPS: 2 } },
])(
  "16 × $tile a thread, $constants.LANES lanes × $constants.STRIPS strips",
  ({ matmul, matmulTn, tile, constants }) => {
    test.each(shapes)("matmul [%i, %i] over %i", async (rows, cols, depth) => {
      const g = gpu();
      const [a, b] = [normals(rows * depth, 1), normals(depth * cols, 2)];
      const lda = ceil4(depth);
      const C = g.output(rows * cols);
      const stride = { stride_a: rows * lda, stride_b: depth * cols, stride_c: rows * cols };
      const sizes = { rows, cols, depth, lda, ldb: cols, ldc: cols, ...stride, row0: 0 };
      const buffers = { A: g.input(pad(a, rows, depth, lda)), B: g.input(b), C };
      const grid = matmulGrid(rows, cols, 1, constants, tile);
      const set = await g.kernels.bind(matmul, { buffers, params: { ...sizes, accumulate: 0 }, grid, constants });
      const add = await g.kernels.bind(matmul, { buffers, params: { ...sizes, accumulate: 1 }, grid, constants });
      g.run(set);
      const expected = reference.matmul(a, b, rows, cols, depth);
      expectClose("=", await g.readOutput(C, rows * cols), expected, tolerance(depth));
      g.run(add);
      const doubled = expected.map((value) => 2 * value);
      expectClose("+=", await g.readOutput(C, rows * cols), doubled, tolerance(2 * depth));
    });

    test.each(shapes)("matmul_tn [%i, %i] over %i", async (rows, cols, depth) => {
      const g = gpu();
      const [a, b] = [normals(depth * rows, 3), normals(depth * cols, 4)];
      const lda = ceil4(rows);
      const C = g.output(rows * cols);
      const params = { rows, cols, depth, lda, ldb: cols, ldc: cols, stride_a: 0, stride_b: 0, stride_c: 0, row0: 0 };
      const buffers = {
        A: g.input(pad(a, depth, rows, lda, ceil4(depth))),
        // Whatever is behind the depth meets zeros of A: any finite number may stand there.
        B: g.input(pad(b, depth, cols, cols, ceil4(depth), 7)),
        C,
      };
      g.run(
        await g.kernels.bind(matmulTn, {
          buffers,
          params,
          grid: matmulGrid(rows, cols, 1, constants, tile),
          constants,
        }),
      );
      expectClose(
        "C",
        await g.readOutput(C, rows * cols),
        reference.matmulTn(a, b, rows, cols, depth),
        tolerance(depth),
      );
    });

    test.each([1, 15, 64, 65, 131, 200])("matmul_tn symmetric, N = %i", async (N) => {
      const g = gpu();
      const depth = 12;
      const lda = ceil4(N);
      const z = normals(depth * N, 5);
      const A = g.input(pad(z, depth, N, lda));
      const params = { rows: N, cols: N, depth, lda, ldb: lda, ldc: N, stride_a: 0, stride_b: 0, stride_c: 0, row0: 0 };
      const C = g.output(N * N);
      const grid = matmulGrid(N, N, 1, constants, tile);
      g.run(
        await g.kernels.bind(matmulTn, {
          buffers: { A, B: A, C },
          params,
          grid,
          constants: { ...constants, SYMMETRIC: 1 },
        }),
      );
      const actual = await g.readOutput(C, N * N);
      expectClose("C", actual, reference.matmulTn(z, z, N, N, depth), tolerance(depth));
      for (let i = 0; i < N * N; i++) expect(actual[i]).toBe(actual[(i % N) * N + Math.floor(i / N)]);
    });
  },
);

test("a batch, and a product cut at row0, equal the products one by one", async () => {
  const g = gpu();
  const [batch, rows, cols, depth] = [3, 150, 20, 8];
  const [a, b] = [normals(batch * rows * depth, 6), normals(batch * depth * cols, 7)];
  const stride = { stride_a: rows * depth, stride_b: depth * cols, stride_c: rows * cols };
  const params = { rows, cols, depth, lda: depth, ldb: cols, ldc: cols, ...stride, accumulate: 0 };
  const C = g.output(batch * rows * cols);
  const buffers = { A: g.input(a), B: g.input(b), C };
  const upper = await g.kernels.bind(narrow, {
    buffers,
    params: { ...params, row0: 0 },
    grid: matmulGrid(128, cols, batch),
  });
  const lower = await g.kernels.bind(narrow, {
    buffers,
    params: { ...params, row0: 128 },
    grid: matmulGrid(22, cols, batch),
  });
  g.run(lower, upper);
  const actual = await g.readOutput(C, batch * rows * cols);
  for (let i = 0; i < batch; i++) {
    const part = (data: ArrayLike<number>, size: number) => Array.prototype.slice.call(data, i * size, (i + 1) * size);
    const expected = reference.matmul(part(a, rows * depth), part(b, depth * cols), rows, cols, depth);
    expectClose(`clip ${i}`, part(actual, rows * cols), expected, tolerance(depth));
  }
});
