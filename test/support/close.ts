/** How far two arrays may be apart: `diff <= atol + rtol * |expected|` for every element, so that NaN never passes. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** The first element that is out of tolerance, as a sentence; undefined when all are within it. */
export function firstDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { rtol, atol }: Tolerance,
): string | undefined {
  if (actual.length !== expected.length) return `length ${actual.length}, expected ${expected.length}`;
  for (let i = 0; i < expected.length; i++) {
    const allowed = atol + rtol * Math.abs(expected[i]);
    if (!(Math.abs(actual[i] - expected[i]) <= allowed)) {
      return `[${i}] = ${actual[i]}, expected ${expected[i]} ± ${allowed}`;
    }
  }
  return undefined;
}

/** Fails with the first element that is out of tolerance. */
export function expectClose(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
): void {
  const difference = firstDifference(actual, expected, tolerance);
  if (difference) throw new Error(`${what}: ${difference}`);
}
