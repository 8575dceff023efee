import fc from "fast-check";
import { expect, test } from "vitest";
import { between, ellipseOf, evenSpread, rootOf, spreadOf, sureness } from "../../../src/scene/spread.ts";

const GRID = { H: 5, W: 7 };
const S = GRID.H * GRID.W;

const weights = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: S, maxLength: S })
  .filter((all) => all.some((weight) => weight > 1e-3));

test("a single token has its own place and no spread", () => {
  const probs = new Float32Array(2 * S);
  probs[S + 3 * GRID.W + 4] = 1;
  expect(spreadOf(probs, S, GRID)).toEqual({ row: 3, col: 4, varRow: 0, varCol: 0, cov: 0, peak: 1 });
});

test("two tokens on a diagonal: mean between them, an ellipse along it", () => {
  const probs = new Float64Array(S);
  probs[1 * GRID.W + 1] = 0.5;
  probs[3 * GRID.W + 3] = 0.5;
  const spread = spreadOf(probs, 0, GRID);
  // Each is √2 from the mean along the diagonal: variance 1 in each direction, all of it shared.
  expect(spread).toEqual({ row: 2, col: 2, varRow: 1, varCol: 1, cov: 1, peak: 0.5 });
  const { major, minor, angle } = ellipseOf(spread);
  expect(major).toBeCloseTo(Math.SQRT2, 12);
  expect(minor).toBeCloseTo(0, 12);
  expect(angle).toBeCloseTo(Math.PI / 4, 12);
});

test("three quarters here, one quarter two rows down: worked by hand", () => {
  const probs = new Float64Array(S);
  probs[0 * GRID.W + 2] = 0.75;
  probs[2 * GRID.W + 2] = 0.25;
  // Mean 0.5; variance 0.75·0.25 + 0.25·2.25 = 0.75.
  expect(spreadOf(probs, 0, GRID)).toEqual({ row: 0.5, col: 2, varRow: 0.75, varCol: 0, cov: 0, peak: 0.75 });
});

test("an even distribution has the spread of no knowledge, and is not sure at all", () => {
  const spread = spreadOf(new Float64Array(S).fill(1 / S), 0, GRID);
  const even = evenSpread(GRID);
  for (const name of ["varRow", "varCol", "cov"] as const) expect(spread[name]).toBeCloseTo(even[name], 12);
  expect(sureness(spread, GRID)).toBeCloseTo(0, 12);
});

test("what the mean and the covariance must be, whatever the distribution", () => {
  fc.assert(
    fc.property(weights, fc.double({ min: 0.1, max: 10, noNaN: true }), (all, scale) => {
      const spread = spreadOf(all, 0, GRID);
      const { row, col, varRow, varCol, cov } = spread;
      expect(row).toBeGreaterThanOrEqual(0);
      expect(row).toBeLessThanOrEqual(GRID.H - 1 + 1e-12);
      expect(col).toBeLessThanOrEqual(GRID.W - 1 + 1e-12);
      // A covariance is positive semi-definite, and no distribution on H rows varies more than half at each end.
      expect(varRow * varCol - cov * cov).toBeGreaterThanOrEqual(-1e-9);
      expect(varRow).toBeLessThanOrEqual(((GRID.H - 1) / 2) ** 2 + 1e-9);
      const scaled = spreadOf(
        all.map((weight) => weight * scale),
        0,
        GRID,
      );
      for (const name of ["row", "col", "varRow", "varCol", "cov", "peak"] as const) {
        expect(scaled[name]).toBeCloseTo(spread[name], 9);
      }
      const mirrored = spreadOf(all.toReversed(), 0, GRID);
      expect(mirrored.row).toBeCloseTo(GRID.H - 1 - row, 9);
      expect(mirrored.cov).toBeCloseTo(cov, 9);
      const sure = sureness(spread, GRID);
      expect(sure >= 0 && sure <= 1).toBe(true);
    }),
  );
});

test("the root of a covariance squares to it, and is symmetric: the axes are the ellipse's", () => {
  fc.assert(
    fc.property(weights, (all) => {
      const spread = spreadOf(all, 0, GRID);
      const { rowRow, rowCol, colCol } = rootOf(spread);
      expect(rowRow ** 2 + rowCol ** 2).toBeCloseTo(spread.varRow, 9);
      expect(colCol ** 2 + rowCol ** 2).toBeCloseTo(spread.varCol, 9);
      expect(rowCol * (rowRow + colCol)).toBeCloseTo(spread.cov, 9);
      const { major, minor, angle } = ellipseOf(spread);
      expect(major ** 2 + minor ** 2).toBeCloseTo(spread.varRow + spread.varCol, 9);
      // The variance along the longer axis is the longer axis, squared.
      const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
      const along = dx * dx * spread.varCol + 2 * dx * dy * spread.cov + dy * dy * spread.varRow;
      expect(along).toBeCloseTo(major ** 2, 8);
    }),
  );
});

test("a colder distribution is never less sure", () => {
  const cosines = Array.from({ length: S }, (_, s) => Math.cos(s));
  const at = (tau: number) => {
    const powers = cosines.map((cosine) => Math.exp((cosine - 1) / tau));
    return sureness(spreadOf(powers, 0, GRID), GRID);
  };
  // One clear best match, the others spread over the frame.
  cosines[10] = 1.5;
  const taus = [2, 1, 0.5, 0.2, 0.1, 0.05];
  const sure = taus.map(at);
  expect(sure).toEqual([...sure].sort((a, b) => a - b));
  expect(sure[0]).toBeLessThan(0.1);
  expect(sure.at(-1)).toBeGreaterThan(0.9);
});

test("half way between two frames everything is the mean of both", () => {
  const a = { row: 0, col: 2, varRow: 1, varCol: 0, cov: 0, peak: 1 };
  const b = { row: 4, col: 4, varRow: 3, varCol: 2, cov: 1, peak: 0.5 };
  expect(between(a, b, 0.5)).toEqual({ row: 2, col: 3, varRow: 2, varCol: 1, cov: 0.5, peak: 0.75 });
  expect(between(a, b, 0)).toEqual(a);
});

test("what is no distribution is refused with its value", () => {
  expect(() => spreadOf(new Float32Array(S), 0, GRID)).toThrow("positive sum, got 0 over 5×7 tokens from 0");
  expect(() => spreadOf(new Float32Array(S).fill(Number.NaN), 0, GRID)).toThrow("got NaN");
});
