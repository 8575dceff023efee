// How well best matches agree over the later frames of a set.
import { expect, test } from "vitest";
import { type SetMatches, setAgreement } from "../../src/train/agreement.ts";

/** Four tokens in one row, each found in its own place in every frame. */
function still(n: number): SetMatches {
  const own = Uint32Array.from({ length: 4 * n }, (_, i) => Math.floor(i / n));
  return { n, W: 4, student: own, teacher: own, entropyBits: new Float32Array(4 * n).fill(1), truth: null };
}

test("of one frame alone nothing is compared, and no agreement is claimed", () => {
  expect(setAgreement(still(1))).toMatchObject({ teacher: null, truth: null, moving: null, still: null });
});

test("over later frames the share within one token of the teacher's match counts", () => {
  expect(setAgreement(still(2)).teacher).toBe(1);
  const student = Uint32Array.from(still(2).student, (s, i) => (i % 2 === 1 ? (s + 2) % 4 : s));
  expect(setAgreement({ ...still(2), student }).teacher).toBe(0);
});
