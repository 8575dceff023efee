// The kernels of Explore against their float64 twins over a table of shapes: 1, one below / at / above the workgroup
// size, a prime, ragged multi-tile and the real size once, at two workgroup sizes.
import { describe, expect, test } from "vitest";
import frameEntropy from "../../shaders/alignment/frame_entropy.wgsl";
import frameSoftmax from "../../shaders/alignment/frame_softmax.wgsl";
import l2Normalize from "../../shaders/alignment/l2_normalize.wgsl";
import motionSaliency from "../../shaders/alignment/motion_saliency.wgsl";
import similarity from "../../shaders/alignment/similarity.wgsl";
import topMask from "../../shaders/alignment/top_mask.wgsl";
import { foldRows } from "../../src/gpu/kernels.ts";
import * as reference from "../../src/reference/index.ts";
import { expectClose } from "../support/close.ts";
import { withGpu } from "../support/gpu.ts";
import { normals } from "../support/random.ts";

const gpu = withGpu();
const EPS32 = 2 ** -23;

/** A sum of n float32 terms in any order is off by at most n·eps of the sum of magnitudes; halving trees do far better. */
const sumTolerance = (n: number, magnitude: number) => ({ rtol: 8 * EPS32, atol: n * EPS32 * magnitude });

describe.each([{ WORKGROUP: 64 }, { WORKGROUP: 16 }])("workgroup $WORKGROUP", (constants) => {
  test.each([
    [1, 1],
    [1, 64],
    [7, 15],
    [5, 16],
    [3, 17],
    [13, 191],
    [1568, 64],
  ])("l2_normalize [%i, %i]", async (N, C) => {
    const g = gpu();
    const y = normals(N * C, 1);
    y.fill(0, 0, C); // a zero-norm token
    // A token whose squares float32 does not hold.
    for (let i = C; i < 2 * C && N > 1; i++) y[i] *= 1e20;
    const [z, norms] = [g.output(N * C), g.output(N)];
    const params = { N, C, eps: 1e-6 };
    g.run(
      await g.kernels.bind(l2Normalize, { buffers: { y: g.input(y), z, norms }, params, grid: foldRows(N), constants }),
    );
    const expected = reference.l2Normalize(y, N, C, 1e-6);
    expectClose("z", await g.readOutput(z, N * C), expected.z, { rtol: 16 * EPS32, atol: EPS32 });
    expectClose("norms", await g.readOutput(norms, N), expected.norms, { rtol: 16 * EPS32, atol: 0 });
  });

  test.each([
    [1, 1, 1],
    [2, 15, 3],
    [3, 64, 4],
    [1, 65, 7],
    [5, 131, 191],
    [2, 1568, 64],
  ])("similarity Q=%i N=%i C=%i", async (Q, N, C) => {
    const g = gpu();
    const { z } = reference.l2Normalize(normals(N * C, 2), N, C);
    const z32 = Float32Array.from(z);
    const rows = Uint32Array.from({ length: Q }, (_, q) => (q * 37) % N);
    const R = g.output(Q * N);
    const grid = [Math.ceil(N / constants.WORKGROUP), Q] as const;
    g.run(
      await g.kernels.bind(similarity, {
        buffers: { z: g.input(z32), rows: g.input(rows), R },
        params: { Q, N, C },
        grid,
        constants,
      }),
    );
    // Unit rows: the magnitudes of the C products sum to at most 1.
    expectClose("R", await g.readOutput(R, Q * N), reference.similarity(z32, rows, N, C), sumTolerance(C, 1));
  });

  test.each([
    [1, 1, 0.1],
    [3, 15, 1],
    [4, 16, 0.01],
    [2, 65, 0.1],
    [8, 196, 0.05],
    [3, 797, 0.02],
  ])("frame_softmax and frame_entropy rows=%i cols=%i tau=%f", async (rows, cols, tau) => {
    const g = gpu();
    const logits = normals(rows * cols, 3).map((value) => Math.max(-1, Math.min(1, value / 3)));
    logits.fill(0.5, 0, cols); // a row of identical tokens
    const [probs, entropy] = [g.output(rows * cols), g.output(rows)];
    g.run(
      await g.kernels.bind(frameSoftmax, {
        buffers: { logits: g.input(logits), probs },
        params: { rows, cols, tau },
        grid: foldRows(rows),
        constants,
      }),
      await g.kernels.bind(frameEntropy, {
        buffers: { probs, entropy },
        params: { rows, cols },
        grid: foldRows(rows),
        constants,
      }),
    );
    const expected = reference.frameSoftmax(logits, rows, cols, tau);
    const actual = await g.readOutput(probs, rows * cols);
    // The exponent is rounded to eps·|l|/τ ≤ 2·eps/τ, which exp turns into a relative error; WGSL's own exp adds a few ulp.
    const rtol = (4 / tau + 64) * EPS32;
    expectClose("probs", actual, expected, { rtol, atol: 1e-30 });
    for (let r = 0; r < rows; r++) {
      const sum = actual.subarray(r * cols, (r + 1) * cols).reduce((a, b) => a + b, 0);
      expectClose("row sum", [sum], [1], { rtol: cols * EPS32, atol: 0 });
    }
    // |d(p log2 p)| ≤ p·rtol·(|log2 p| + 1.5): summed over a row at most rtol·(entropy + 1.5), and log2 has absolute error 2^-21.
    const bits = await g.readOutput(entropy, rows);
    expectClose("entropy", bits, reference.frameEntropy(expected, rows, cols), {
      rtol: 2 * rtol,
      atol: 2 * rtol + 2 ** -20,
    });
  });

  test.each([
    [1, 4, 3],
    [2, 1, 12],
    [3, 15, 65],
    [8, 196, 768],
  ])("motion_saliency F=%i S=%i D=%i", async (F, S, D) => {
    const g = gpu();
    const Y = normals(F * S * D, 4).map(Math.abs);
    const saliency = g.output(F * S);
    g.run(
      await g.kernels.bind(motionSaliency, {
        buffers: { Y: g.input(Y), saliency },
        params: { F, S, D },
        grid: foldRows(F * S),
        constants,
      }),
    );
    const expected = reference.motionSaliency(Y, F, S, D);
    expectClose("saliency", await g.readOutput(saliency, F * S), expected, sumTolerance(D, 1));
  });

  test.each([
    [1, 5, 1],
    [2, 16, 3],
    [3, 17, 17],
    [8, 196, 39],
  ])("top_mask F=%i S=%i k=%i", async (F, S, k) => {
    const g = gpu();
    // Rounded to a few levels, so that most decisions are ties.
    const saliency = normals(F * S, 5).map((value) => Math.round(value * 2));
    const mask = g.output(F * S);
    g.run(
      await g.kernels.bind(topMask, {
        buffers: { saliency: g.input(saliency), mask },
        params: { F, S, k },
        grid: [Math.ceil((F * S) / constants.WORKGROUP)],
        constants,
      }),
    );
    expect(await g.readOutputU32(mask, F * S)).toEqual(reference.topMask(saliency, F, S, k));
  });
});
