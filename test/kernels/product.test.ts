// The matrix product against float64, for every kind of adapter: shapes around the vec4, the thread's tile and the workgroup's.
import { describe, expect, test } from "vitest";
import { registerProduct, tiledProduct } from "../../scripts/lib/product.mjs";
import { kernelsOf } from "../../scripts/lib/wgsl.mjs";
import * as narrow from "../../shaders/nn/product_narrow.wgsl";
import * as tiled from "../../shaders/nn/product_tiled.wgsl";
import * as wide from "../../shaders/nn/product_wide.wgsl";
import * as wider from "../../shaders/nn/product_wider.wgsl";
import { submitNow } from "../../src/gpu/steps.ts";
import { Product, type ProductKernels, type ProductOptions } from "../../src/kernels/product.ts";
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

/** The kernels of a source that is not in the repository: other tiles of the generator. */
function generated(source: string, name: string): ProductKernels {
  const [nn, tn] = kernelsOf(source, name).map((kernel) => ({ source, ...kernel }));
  return { nn, tn } as ProductKernels;
}

async function run(options: Omit<ProductOptions, "lda" | "ldb" | "ldc"> & Partial<ProductOptions>) {
  const { rows, cols, depth } = options;
  const lda = ceil4(options.form === "nn" ? depth : rows);
  submitNow(gpu().device, "product", (await Product.bind(gpu(), { lda, ldb: cols, ldc: cols, ...options })).steps);
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

const small = { rows: 8, columns: 4, lanes: 8, strips: 4 };
describe.each<[string, ProductKernels]>([
  ["wide", wide],
  ["wider", wider],
  ["narrow", narrow],
  ["tiled", tiled],
  ["8 × 4 a thread, 8 × 4 threads", generated(registerProduct(small), "test/product_8x4.wgsl")],
  ["tiled, 16 deep", generated(tiledProduct({ depth: 16 }), "test/product_16.wgsl")],
])("%s", (_, kernels) => {
  test.each(shapes)("nn [%i, %i] over %i, = and +=, with a bias", async (rows, cols, depth) => {
    const g = gpu();
    const [a, b, bias] = [normals(rows * depth, 1), normals(depth * cols, 2), normals(cols, 8)];
    const C = g.output(rows * cols);
    const A = g.input(pad(a, rows, depth, ceil4(depth)));
    const product = { form: "nn", A, B: g.input(b), C, rows, cols, depth, kernels } as const;
    await run(product);
    const expected = reference.matmul(a, b, rows, cols, depth);
    expectClose("=", await g.readOutput(C, rows * cols), expected, tolerance(depth));
    await run({ ...product, accumulate: true, bias: g.input(bias) });
    const more = expected.map((value, i) => 2 * value + bias[i % cols]);
    expectClose("+=", await g.readOutput(C, rows * cols), more, tolerance(2 * depth + 1));
  });

  test.each(shapes)("tn [%i, %i] over %i, = and +=, with anything behind its rows", async (rows, cols, depth) => {
    const g = gpu();
    const [a, b] = [normals(depth * rows, 3), normals(depth * cols, 4)];
    const C = g.output(rows * cols);
    // Memory is shared: what stands behind the last row is another tensor's, or not a number.
    const A = g.input(pad(a, depth, rows, ceil4(rows), ceil4(depth), Number.NaN));
    const B = g.input(pad(b, depth, cols, cols, ceil4(depth), Number.NaN));
    const product = { form: "tn", A, B, C, rows, cols, depth, kernels } as const;
    await run(product);
    const expected = reference.matmulTn(a, b, rows, cols, depth);
    expectClose("=", await g.readOutput(C, rows * cols), expected, tolerance(depth));
    await run({ ...product, accumulate: true });
    const doubled = expected.map((value) => 2 * value);
    expectClose("+=", await g.readOutput(C, rows * cols), doubled, tolerance(2 * depth));
  });

  test.each([1, 15, 64, 65, 131, 200])("symmetric, N = %i", async (N) => {
    const g = gpu();
    const depth = 12;
    const lda = ceil4(N);
    const z = normals(depth * N, 5);
    const A = g.input(pad(z, depth, N, lda));
    const C = g.output(N * N);
    await run({ form: "symmetric", A, B: A, C, rows: N, cols: N, depth, ldb: lda, kernels });
    const actual = await g.readOutput(C, N * N);
    expectClose("C", actual, reference.matmulTn(z, z, N, N, depth), tolerance(depth));
    for (let i = 0; i < N * N; i++) expect(actual[i]).toBe(actual[(i % N) * N + Math.floor(i / N)]);
  });

  test.each(["nn", "tn"] as const)(
    "%s: a batch, cut by rows and made smaller, equals the products one by one",
    async (form) => {
      const g = gpu();
      const [batch, rows, cols, depth] = [3, 300, 20, 8];
      const [a, b] = [normals(batch * rows * depth, 6), normals(batch * depth * cols, 7)];
      const strides = { stride_a: rows * depth, stride_b: depth * cols, stride_c: rows * cols };
      const C = g.output(batch * rows * cols);
      const lda = form === "nn" ? depth : rows;
      const sizes = { rows, cols, depth, lda, ldb: cols, ldc: cols, batch, ...strides };
      const product = await Product.bind(g, {
        form,
        A: g.input(a),
        B: g.input(b),
        C,
        ...sizes,
        kernels,
        flopPerSubmit: 1,
      });
      expect(product.steps.length).toBeGreaterThan(2);
      const part = (data: ArrayLike<number>, i: number, size: number) =>
        Array.prototype.slice.call(data, i * size, (i + 1) * size) as number[];
      const expected = (i: number) =>
        (form === "nn" ? reference.matmul : reference.matmulTn)(
          part(a, i, rows * depth),
          part(b, i, depth * cols),
          rows,
          cols,
          depth,
        );
      submitNow(g.device, "product", product.steps.toReversed());
      const whole = await g.readOutput(C, batch * rows * cols);
      for (let i = 0; i < batch; i++)
        expectClose(`clip ${i}`, part(whole, i, rows * cols), expected(i), tolerance(depth));

      g.device.queue.writeBuffer(C, 0, new Float32Array(batch * rows * cols));
      product.resize({ rows: 100, cols: 17 });
      submitNow(g.device, "product", product.steps);
      const fewer = await g.readOutput(C, batch * rows * cols);
      for (let i = 0; i < batch; i++) {
        const kept = expected(i).map((value, k) => (k < 100 * cols && k % cols < 17 ? value : 0));
        expectClose(`clip ${i}`, part(fewer, i, rows * cols), kept, tolerance(depth));
      }
    },
  );

  test("a batch of batches: heads that lie side by side in the rows of clips", async () => {
    const g = gpu();
    const [clips, heads, rows, cols, depth] = [2, 3, 21, 12, 8];
    const [a, b] = [normals(clips * rows * heads * depth, 9), normals(clips * heads * depth * cols, 10)];
    const n = clips * rows * heads * cols;
    const C = g.output(n);
    const strides = { lda: heads * depth, ldc: heads * cols, stride_a: depth, stride_b: depth * cols, stride_c: cols };
    const outer = { inner: heads, a: rows * heads * depth, b: heads * depth * cols, c: rows * heads * cols };
    const sizes = { rows, cols, depth, batch: clips * heads, outer, ...strides };
    await run({ form: "nn", A: g.input(a), B: g.input(b), C, ...sizes, kernels });
    const expected = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const [row, h, col] = [Math.floor(i / (heads * cols)), Math.floor(i / cols) % heads, i % cols];
      const clip = Math.floor(row / rows);
      for (let k = 0; k < depth; k++) {
        expected[i] += a[(row * heads + h) * depth + k] * b[((clip * heads + h) * depth + k) * cols + col];
      }
    }
    expectClose("C", await g.readOutput(C, n), expected, tolerance(depth));
  });
});

test.each([
  ["narrow", "a width that fills few columns", { rows: 1120, cols: 32, depth: 768 }],
  ["narrow", "little work", { rows: 64, cols: 128, depth: 32 }],
  ["wider", "a width of 80", { rows: 1024, cols: 80, depth: 160 }],
  ["wide", "a width of 192", { rows: 1024, cols: 192, depth: 160 }],
  [
    "wide",
    "a width that another tile would fill hardly better, for a pipeline more",
    { rows: 784, cols: 784, depth: 64 },
  ],
])("a software adapter takes the %s tile for %s", async (tile, _, sizes) => {
  const g = gpu();
  const { rows, cols, depth } = sizes;
  const [A, B, C] = [rows * depth, depth * cols, rows * cols].map((length) => g.input(new Float32Array(length)));
  const { steps } = await Product.bind(g, { form: "nn", A, B, C, ...sizes, lda: depth, ldb: cols, ldc: cols });
  const names = steps.map((step) => step.kind === "dispatch" && step.kernel.name);
  expect(new Set(names)).toEqual(new Set([`nn/product_${tile}.wgsl nn`]));
});

test("the estimate of a symmetric product leaves out what is mirrored", async () => {
  const g = gpu();
  const [N, depth] = [192, 4];
  const A = g.input(new Float32Array(N * depth));
  const sizes = { rows: N, cols: N, depth, lda: N, ldb: N, ldc: N };
  const { steps } = await Product.bind(g, { form: "symmetric", A, B: A, C: g.output(N * N), ...sizes });
  // 6 of the 9 tiles of 64 × 64.
  expect(steps.reduce((sum, { flop }) => sum + flop, 0)).toBe(2 * 6 * 64 * 64 * depth);
});
