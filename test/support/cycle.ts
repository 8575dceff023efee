import { expect } from "vitest";
import type { CorrespondenceEngine } from "../../src/alignment/correspondence/correspondence.ts";
import { returnsOf, tauCurveOf } from "../../src/alignment/cycle.ts";
import type { Grid, TokenRef } from "../../src/alignment/types.ts";
import { cycle } from "../../src/reference/cycle.ts";
import { l2Normalize } from "../../src/reference/index.ts";

const TAUS = [0.02, 0.1, 1];

/** Holds an engine's cycles against the float64 twin, on features that it has been given. */
export async function expectCycles(engine: CorrespondenceEngine, features: Float32Array, grid: Grid): Promise<void> {
  const { F, H, W, C } = grid;
  const { z } = l2Normalize(features, F * H * W, C);
  const queries: TokenRef[] = [
    [0, 0, 0],
    [1, H - 1, W - 1],
    [F - 1, 1, 2],
  ];
  const returns = await returnsOf(engine, queries);
  const expected = queries.flatMap((query) => [...cycle(z, grid, query, 1).returns]);
  expect([...returns]).toEqual(expected);

  // Few enough tokens that the curve asks all of the frame.
  const frame = 1;
  const truthOf = ([, row, col]: TokenRef) => Float32Array.from({ length: 2 * F }, (_, i) => (i % 2 === 0 ? row : col));
  const curve = await tauCurveOf(engine, frame, TAUS, truthOf);
  expect(curve.tokens).toBe(H * W);
  const near = (at: Float64Array, f: number, row: number, col: number) =>
    Math.max(Math.abs(at[2 * f] - row), Math.abs(at[2 * f + 1] - col)) <= 1 + 1e-6;
  for (const [t, tau] of TAUS.entries()) {
    let [back, stayed, best] = [0, 0, 0];
    for (let s = 0; s < H * W; s++) {
      const [row, col] = [Math.floor(s / W), s % W];
      const twin = cycle(z, grid, [frame, row, col], tau);
      for (let f = 0; f < F; f++) {
        if (f === frame) continue;
        if (near(twin.back, f, row, col)) back++;
        if (near(twin.there, f, row, col)) stayed++;
        const r = twin.returns[f];
        if (Math.max(Math.abs(Math.floor(r / W) - row), Math.abs((r % W) - col)) <= 1) best++;
      }
    }
    const all = H * W * (F - 1);
    expect(curve.cycle[t]).toBeCloseTo(back / all, 6);
    expect(curve.truth?.[t]).toBeCloseTo(stayed / all, 6);
    expect(curve.best).toBeCloseTo(best / all, 6);
  }
}
