// pool_tokens against its twin, and the engine on our kernels against the engine on the twins.
import { describe, expect, test } from "vitest";
import poolTokensKernel from "../../shaders/alignment/pool_tokens.wgsl";
import softMatchKernel from "../../shaders/alignment/soft_match.wgsl";
import { CpuCorrespondence } from "../../src/alignment/correspondence/cpu.ts";
import { GpuCorrespondence } from "../../src/alignment/correspondence/gpu.ts";
import type { Grid, TokenRef } from "../../src/alignment/types.ts";
import { foldRows } from "../../src/gpu/kernels.ts";
import { poolTokens } from "../../src/reference/pool_tokens.ts";
import { softMatch } from "../../src/reference/soft_match.ts";
import { expectClose } from "../support/close.ts";
import { expectCycles } from "../support/cycle.ts";
import { withGpu } from "../support/gpu.ts";
import { normals } from "../support/random.ts";

const gpu = withGpu();
const EPS32 = 2 ** -23;

describe.each([{ WORKGROUP: 64 }, { WORKGROUP: 16 }])("pool_tokens, workgroup $WORKGROUP", (constants) => {
  test.each([
    [1, 1, 1, 1, 1],
    [1, 3, 5, 1, 1],
    [2, 1, 4, 8, 2],
    [1, 13, 5, 7, 2],
    [3, 5, 3, 2, 4],
    [8, 64, 14, 14, 2],
  ])("B=%i C=%i H=%i W=%i pool=%i", async (B, C, H, W, pool) => {
    const g = gpu();
    const maps = normals(B * C * H * W * pool * pool, 1);
    const frame = H * W * C;
    const first = 1;
    const length = (B + first + 1) * frame;
    const tokens = g.output(length);
    const kernel = await g.kernels.bind(poolTokensKernel, {
      buffers: { maps: g.input(maps), tokens },
      params: { B, C, H, W, pool, first },
      grid: foldRows(Math.ceil((B * frame) / constants.WORKGROUP)),
      constants,
    });
    g.run(kernel);
    const actual = await g.readOutput(tokens, length);
    // Sums of at most 16 terms of magnitude up to about 5.
    const tolerance = { rtol: 4 * EPS32, atol: 16 * EPS32 };
    const expected = poolTokens(maps, { B, C, H, W, pool });
    expectClose("tokens", actual.subarray(first * frame, (first + B) * frame), expected, tolerance);
    for (const other of [actual.subarray(0, first * frame), actual.subarray((first + B) * frame)]) {
      expect(other.every(Number.isNaN)).toBe(true);
    }
  });
});

describe.each([{ WORKGROUP: 64 }, { WORKGROUP: 16 }])("soft_match, workgroup $WORKGROUP", (constants) => {
  test.each([
    [1, 1, 1, 1],
    [15, 2, 3, 0.5],
    [16, 4, 1, 0.1],
    [65, 5, 7, 0.05],
    [191, 14, 20, 0.01],
  ])("rows=%i H=%i W=%i tau=%f", async (rows, H, W, tau) => {
    const g = gpu();
    const cols = H * W;
    // Rounded to eighths, so that many rows have two best matches.
    const logits = normals(rows * cols, 6).map((v) => Math.round(Math.max(-1, Math.min(1, v / 3)) * 8) / 8);
    const matches = g.output(rows * 3);
    const kernel = await g.kernels.bind(softMatchKernel, {
      buffers: { logits: g.input(logits), matches },
      params: { rows, cols, W, tau },
      grid: [Math.ceil(rows / constants.WORKGROUP)],
      constants,
    });
    g.run(kernel);
    // The weights' relative error (see frame_softmax) and a sum over a line and over the lines.
    const rtol = (4 / tau + 64 + H + W) * EPS32;
    const expected = softMatch(logits, { rows, cols, W, tau });
    const actual = await g.readOutput(matches, rows * 3);
    expectClose("positions", actual, expected, { rtol, atol: rtol });
    for (let r = 0; r < rows; r++) expect(actual[3 * r + 2]).toBe(expected[3 * r + 2]);
  });
});

/** Q tokens spread over a grid. */
const spread = (Q: number, { F, H, W }: Grid): TokenRef[] =>
  Array.from({ length: Q }, (_, q) => [q % F, (q * 5) % H, (q * 3) % W] as const);

describe("engine", () => {
  test.each([
    [{ F: 1, H: 1, W: 1, C: 1 }, 1, [0.1]],
    [{ F: 2, H: 3, W: 5, C: 7 }, 3, []],
    [{ F: 4, H: 8, W: 13, C: 48 }, 5, [1, 0.1, 0.05]],
    [{ F: 8, H: 14, W: 14, C: 64 }, 2, [1, 0.5, 0.1, 0.05, 0.02, 0.01]],
  ])("kernels and twins agree on %o with %i queries", async (grid, Q, taus) => {
    const g = gpu();
    const { F, H, W, C } = grid;
    const engines = [new GpuCorrespondence(g), new CpuCorrespondence()];
    const features = normals(F * H * W * C, 1);
    const Y = normals(F * H * W * 12, 2).map(Math.abs);
    const answers = [];
    for (const engine of engines) {
      await engine.setFeatures(features, grid);
      await engine.setPixels(Y, { F, S: H * W, D: 12 });
      await engine.query(spread(1, grid), taus); // a plan with less room than the next needs
      const found = await engine.query(spread(Q, grid), taus);
      const tempered = taus.length > 0 ? taus : [1];
      const positions = await engine.positions(spread(Q, grid), tempered);
      const fewer = await engine.positions(spread(1, grid), tempered);
      expect(fewer[0]).toEqual(positions[0].subarray(0, 3 * F));
      answers.push({ ...found, positions, ...(await engine.mask(0.3)), features: await engine.readFeatures() });
      engine.destroy();
    }
    const [actual, expected] = answers;
    // A cosine of unit float32 rows: C products and two norms, each within a few ulp of 1 in sum.
    const cosine = (C + 32) * EPS32;
    expectClose("similarity", actual.similarity, expected.similarity, { rtol: 0, atol: cosine });
    for (const [t, tau] of taus.entries()) {
      // p's relative error is that of exp(R / τ): twice the cosine's error (its own and the row maximum's) over τ.
      const rtol = (2 * cosine) / tau + (4 / tau + 64) * EPS32;
      expectClose("probabilities", actual.probabilities[t], expected.probabilities[t], { rtol, atol: 1e-30 });
      const bits = { rtol: 2 * rtol, atol: 2 * rtol + 2 ** -20 };
      expectClose("entropy", actual.entropyBits[t], expected.entropyBits[t], bits);
    }
    for (const [t, tau] of taus.entries()) {
      const rtol = (2 * cosine) / tau + (4 / tau + 64 + H + W) * EPS32;
      expectClose("positions", actual.positions[t], expected.positions[t], { rtol, atol: rtol * Math.max(H, W) });
    }
    expectClose("saliency", actual.saliency, expected.saliency, { rtol: 16 * EPS32, atol: 12 * EPS32 });
    expect(actual.mask).toEqual(expected.mask);
    expect(actual.keptPerFrame).toBe(expected.keptPerFrame);
    expect(actual.features).toEqual(features);
    expect(expected.features).toEqual(features);
    g.readback.destroy();
    expect(g.buffers.list()).toEqual([]);
  });

  test.each(["mapAsync", "getMappedRange"] as const)(
    "a query that could not be read (%s) leaves the next as it was",
    async (name) => {
      const g = gpu();
      const engine = new GpuCorrespondence(g);
      const grid = { F: 2, H: 3, W: 3, C: 4 };
      await engine.setFeatures(normals(2 * 9 * 4, 3), grid);
      const ask = () => engine.query(spread(2, grid), [0.1]);
      const { similarity } = await ask();
      const alive = g.buffers.list();
      const prototype = GPUBuffer.prototype;
      const { mapAsync, getMappedRange } = prototype;
      const failing = {
        mapAsync: () => Promise.reject(new DOMException("no memory", "OperationError")),
        getMappedRange: () => {
          throw new RangeError("Array buffer allocation failed");
        },
      };
      try {
        prototype[name] = failing[name] as never;
        await expect(ask()).rejects.toThrow(/no memory|allocation failed/);
      } finally {
        Object.assign(prototype, { mapAsync, getMappedRange });
      }
      expect(g.buffers.list().map(({ label }) => label)).not.toContain("query staging");
      expect((await ask()).similarity).toEqual(similarity);
      expect(g.buffers.list()).toEqual(alive);
      engine.destroy();
    },
  );

  test("moving a query allocates nothing, and a GPU buffer becomes the engine's own", async () => {
    const g = gpu();
    const engine = new GpuCorrespondence(g);
    const grid = { F: 4, H: 6, W: 6, C: 16 };
    await engine.setFeatures(g.buffers.upload("from a model", normals(4 * 36 * 16, 3)), grid);
    await engine.query(spread(4, grid), [0.1, 0.05]);
    const before = g.buffers.list();
    const made = g.device.createBuffer;
    g.device.createBuffer = () => {
      throw new Error("a query made a buffer");
    };
    try {
      for (let q = 1; q <= 4; q++) await engine.query(spread(q, grid), [0.1 * q, 0.05]);
    } finally {
      g.device.createBuffer = made;
    }
    expect(g.buffers.list()).toEqual(before);
    engine.destroy();
    expect(g.buffers.count).toBe(0);
  });

  describe("what fails on the way, or when all is made, leaves nothing behind", () => {
    const grid = { F: 2, H: 3, W: 3, C: 4 };
    const asks: Record<string, (engine: GpuCorrespondence) => Promise<unknown>> = {
      pixels: (engine) => engine.setPixels(normals(2 * 9 * 12, 4), { F: 2, S: 9, D: 12 }),
      query: (engine) => engine.query(spread(3, grid), [0.1, 0.05]),
      positions: (engine) => engine.positions(spread(3, grid), [0.1, 0.05]),
    };

    test.each(Object.keys(asks))("%s", async (name) => {
      const g = gpu();
      const engine = new GpuCorrespondence(g);
      await engine.setFeatures(normals(2 * 9 * 4, 3), grid);
      // What is read back passes through a buffer that is the device's, and stays.
      await g.readback.read(g.input(normals(64, 5)), 256);
      const before = g.buffers.list();
      const { createBuffer, popErrorScope } = g.device;
      let room = 0;
      g.device.createBuffer = (descriptor) => {
        if (room-- === 0) throw new RangeError("no room for another buffer");
        return createBuffer.call(g.device, descriptor);
      };
      try {
        // Out of memory is known when all is made.
        g.device.popErrorScope = async () => {
          await popErrorScope.call(g.device);
          return new GPUOutOfMemoryError("none is left");
        };
        room = Number.POSITIVE_INFINITY;
        await expect(asks[name](engine)).rejects.toThrow(/the GPU is out of memory/);
        expect(g.buffers.list()).toEqual(before);
        g.device.popErrorScope = popErrorScope;
        let refused = 0;
        const isRefused = () => {
          room = refused;
          return asks[name](engine).then(
            () => false,
            () => true,
          );
        };
        for (; await isRefused(); refused++) expect(g.buffers.list()).toEqual(before);
        expect(refused).toBeGreaterThan(3);
      } finally {
        Object.assign(g.device, { createBuffer, popErrorScope });
      }
      engine.destroy();
    });
  });

  test("features that do not fill the grid are refused, and leave nothing behind", async () => {
    const g = gpu();
    const grid = { F: 2, H: 2, W: 2, C: 3 };
    for (const engine of [new GpuCorrespondence(g), new CpuCorrespondence()]) {
      await expect(engine.setFeatures(new Float32Array(23), grid)).rejects.toThrow(/need 24 values, got 23/);
    }
    expect(g.buffers.count).toBe(0);
  });
});

test("there and back on the GPU are the float64 twin's", async () => {
  const grid = { F: 3, H: 5, W: 7, C: 24 };
  const features = normals(3 * 5 * 7 * 24, 12);
  const engine = new GpuCorrespondence(gpu());
  try {
    await engine.setFeatures(features, grid);
    await expectCycles(engine, features, grid);
  } finally {
    engine.destroy();
  }
});
