import { expect, test } from "vitest";
import { agreementOf } from "../../src/alignment/agreement.ts";
import { CpuCorrespondence } from "../../src/alignment/correspondence/cpu.ts";
import { argmax, matchesOf, softPosition } from "../../src/alignment/matches.ts";
import type { TokenRef } from "../../src/alignment/types.ts";

test("ties go to the lower index", () => {
  expect(argmax([9, 1, 3, 3, 2, 9], 1, 4)).toBe(1);
  expect(argmax([5, 5, 5], 0, 3)).toBe(0);
});

test("the soft position is the expectation", () => {
  expect(softPosition([0, 0.5, 0, 0, 0, 0.5], 0, { H: 2, W: 3 })).toEqual([0.5, 1.5]);
  expect(softPosition([7, 0, 0, 0, 1], 1, { H: 2, W: 2 })).toEqual([1, 1]);
});

/** One-hot features: token s of frame f looks like position (s + shift·f) mod S of frame 0. */
async function shifted(F: number, H: number, W: number, shift: number) {
  const S = H * W;
  const features = new Float32Array(F * S * S);
  for (let f = 0; f < F; f++) for (let s = 0; s < S; s++) features[(f * S + ((s + shift * f) % S)) * S + s] = 2;
  const engine = new CpuCorrespondence();
  const grid = { F, H, W, C: S };
  await engine.setFeatures(features, grid);
  return { engine, grid };
}

test("matches: by query, then raw and each τ, then frame", async () => {
  const { engine, grid } = await shifted(3, 2, 4, 1);
  const taus = [1, 0.01];
  const matches = matchesOf(
    await engine.query(
      [
        [0, 0, 1],
        [0, 1, 3],
      ],
      taus,
    ),
    taus,
    grid,
  );
  expect(matches.map(({ query, tau, frame }) => [query, tau, frame])).toEqual(
    [0, 1].flatMap((q) => [null, 1, 0.01].flatMap((tau) => [0, 1, 2].map((f) => [q, tau, f]))),
  );
  const [raw, , later] = matches;
  expect(raw).toEqual({
    query: 0,
    tau: null,
    frame: 0,
    row: 0,
    col: 1,
    similarity: 1,
    rival: expect.any(Number),
    spread: expect.any(Number),
    probability: null,
    softRow: null,
    softCol: null,
    entropyBits: null,
  });
  expect([later.row, later.col]).toEqual([0, 3]);
  const sharp = matches[8];
  expect([sharp.tau, sharp.row, sharp.col]).toEqual([0.01, 0, 3]);
  expect(sharp.softCol).toBeCloseTo(3, 5);
  expect(sharp.probability).toBeCloseTo(1, 5);
  expect(sharp.entropyBits).toBeCloseTo(0, 5);
});

test("agreement counts visible targets only, and one token away is still right", async () => {
  const { engine } = await shifted(2, 4, 5, 1);
  const truth = ([, row, col]: TokenRef) =>
    // In frame 1: right (shift 1), a whole token off, two off, or hidden, by row; the shift wraps in the last column.
    Float32Array.from([row, col, row === 3 ? Number.NaN : row, col + 1 + row]);
  const found = await agreementOf(engine, 0, [0.01, 100], truth);
  expect([...found.counted]).toEqual([20, 15]);
  expect(found.argmax[0]).toBe(1);
  // Rows 0 and 1 are within one token but for the column that wraps; row 2 is two off.
  expect(found.argmax[1]).toBeCloseTo(8 / 15, 6);
  expect(found.soft[0][1]).toBeCloseTo(8 / 15, 6);
  // Rows 1 and 2 went further than one token; of row 1's five all but the one that wraps are found.
  expect([...found.moved.counted]).toEqual([0, 10]);
  expect(found.moved.argmax[1]).toBeCloseTo(4 / 10, 6);
  expect(found.moved.argmax[0]).toBeNaN();
  // A flat distribution expects the middle (1.5, 2) for every token.
  expect(found.soft[1][0]).toBeCloseTo(6 / 20, 6);
});
