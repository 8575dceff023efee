// How well a sign tells right matches from wrong ones, by ranks.
import { describe, expect, test } from "vitest";
import { above, signsOf } from "../../src/headless/calibrate.ts";
import { random } from "../support/random.ts";

const judged = (right: boolean, ...signs: readonly number[]) =>
  signs.map((sign) => ({ right, signs: [sign, sign, sign] as const }));

/** The same chance, pair by pair. */
function chance(right: readonly number[], wrong: readonly number[]): number {
  let sum = 0;
  for (const r of right) for (const w of wrong) sum += r > w ? 1 : r === w ? 0.5 : 0;
  return sum / (right.length * wrong.length);
}

describe("numbers above a bound", () => {
  const rising = [-2, 0, 0, 0, 1, Number.POSITIVE_INFINITY];
  test.each([
    [-3, 6, 6],
    [-2, 5, 6],
    [0, 2, 5],
    [0.5, 2, 2],
    [1, 1, 2],
    [2, 1, 1],
    [Number.POSITIVE_INFINITY, 0, 1],
    [Number.NaN, 0, 0],
  ])("of %d are %i, with those at it %i", (bound, over, from) => {
    expect(above(rising, bound, false)).toBe(over);
    expect(above(rising, bound, true)).toBe(from);
  });

  test("of none are none, of equal ones all or none", () => {
    expect([above([], 0, false), above([], 0, true)]).toEqual([0, 0]);
    expect([above([4, 4, 4], 4, false), above([4, 4, 4], 4, true)]).toEqual([0, 3]);
  });
});

describe("the chance that a sign is the better for the right match", () => {
  test("is that of all pairs, ties by half, each sign by itself", () => {
    const next = random(3);
    const drawn = (count: number, from: number) => Array.from({ length: count }, () => from + Math.floor(6 * next()));
    const [right, wrong] = [
      [drawn(23, 1), drawn(23, 0), drawn(23, -2)],
      [drawn(17, 0), drawn(17, 0), drawn(17, 0)],
    ];
    const matches = [right, wrong].flatMap((side, i) =>
      side[0].map((_, k) => ({ right: i === 0, signs: [side[0][k], side[1][k], side[2][k]] as const })),
    );
    const [cycle, cosine, lead] = right.map((signs, i) => expect.closeTo(chance(signs, wrong[i]), 12));
    expect(signsOf(matches)).toEqual({ cycle, cosine, lead });
    expect(signsOf(matches.toReversed())).toEqual({ cycle, cosine, lead });
  });

  test.each([
    ["one above all", [3, 4, 5], [0, 1, 2], 1],
    ["one below all", [0, 1], [2, 3, 4], 0],
    ["numbers of one, two and three digits", [100, 9, 10], [9.5, 20], 0.5],
    ["all equal", [1, 1, 1], [1, 1], 0.5],
    ["both without a rival", [Number.POSITIVE_INFINITY, 0], [Number.POSITIVE_INFINITY], 0.25],
  ])("%s", (_, right, wrong, share) => {
    const found = signsOf([...judged(true, ...right), ...judged(false, ...wrong)]);
    expect(found).toEqual({ cycle: share, cosine: share, lead: share });
  });

  test("is not known where all are right, or none", () => {
    expect(signsOf(judged(true, 1, 2))).toBeNull();
    expect(signsOf(judged(false, 1, 2))).toBeNull();
    expect(signsOf([])).toBeNull();
  });
});
