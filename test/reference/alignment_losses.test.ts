// The float64 twins of the losses: against PyTorch, against central differences, and the invariants of docs/method.md section 7.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LOSS_KINDS } from "../../src/alignment/losses.ts";
import * as reference from "../../src/reference/index.ts";
import { firstDifference } from "../support/close.ts";
import { type Golden, parseGoldens } from "../support/goldens.ts";
import { lossTwin, temperedAlignment } from "../support/losses.ts";
import { normals } from "../support/random.ts";

const goldens = parseGoldens(readFileSync(new URL("../fixtures/alignment_goldens.safetensors", import.meta.url)));

type Case = Pick<Golden, "loss" | "shape" | "tau" | "margin" | "teacher" | "mask">;
function evaluate({ loss, shape, tau, margin, teacher, mask }: Case, student: ArrayLike<number>) {
  return lossTwin(loss, teacher, student, shape, { tau, margin }, mask);
}

test("every loss has a truth", () => {
  expect(new Set(goldens.map(({ loss }) => loss))).toEqual(new Set(LOSS_KINDS));
});

describe("against PyTorch in float64", () => {
  test.each(goldens)("$name", (golden) => {
    const result = evaluate(golden, golden.student);
    // Both sides are float64 and differ in the order of sums only; 1/tau up to 100 amplifies the last bits.
    const tolerance = { rtol: 1e-10, atol: 1e-13 / golden.tau };
    expect(firstDifference([result.loss], [golden.expected.loss], tolerance)).toBeUndefined();
    expect(firstDifference(result.perToken, golden.expected.perToken, tolerance)).toBeUndefined();
    expect(firstDifference(result.dStudent, golden.expected.dStudent, tolerance)).toBeUndefined();
  });

  test("another version prints the command that regenerates", () => {
    const bytes = readFileSync(new URL("../fixtures/alignment_goldens.safetensors", import.meta.url));
    const other = new TextDecoder("latin1").decode(bytes).replace('"version": "1"', '"version": "0"');
    expect(() => parseGoldens(Uint8Array.from(other, (c) => c.charCodeAt(0)))).toThrow(/python models\/export/);
  });
});

/** ‖numeric − analytic‖ / ‖analytic‖ with a five-point stencil, whose error is h⁴ and leaves rounding to decide. */
function gradientError(golden: Case & { student: Float64Array }, planted = (g: Float64Array) => g): number {
  const analytic = planted(evaluate(golden, golden.student).dStudent);
  const h = 1e-3;
  let [difference, size] = [0, 0];
  for (let i = 0; i < golden.student.length; i++) {
    const at = (step: number) => {
      const moved = Float64Array.from(golden.student);
      moved[i] += step * h;
      return evaluate(golden, moved).loss;
    };
    const numeric = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h);
    difference += (numeric - analytic[i]) ** 2;
    size += analytic[i] ** 2;
  }
  return Math.sqrt(difference / size);
}

describe("backward against central differences", () => {
  // Left out: a zero token (its neighbourhood crosses the clamp); kinks of trd are 1e-3 apart from no draw of these cases.
  const smooth = goldens.filter(({ name }) => !["tsa_zero_token", "tsa_sharp", "trd", "trd_no_margin"].includes(name));
  test.each(smooth)("$name", (golden) => {
    expect(gradientError(golden)).toBeLessThan(1e-7);
  });

  test("trd, away from its kinks", () => {
    // Nearly parallel students against a spread teacher: every difference is far beyond the margin and stays there.
    const shape = { F: 2, S: 3, Ct: 8, Cs: 4 };
    const student = Float64Array.from(normals(24, 3), (value) => 3 + 0.1 * value);
    const teacher = new Float64Array(48);
    for (let i = 0; i < 6; i++) teacher[i * 8 + i] = 1;
    const trd = { loss: "trd", shape, tau: 0.1, margin: 0.1, teacher, mask: new Uint8Array(6) } as const;
    expect(gradientError({ ...trd, student })).toBeLessThan(1e-7);
  });

  test("the check catches a wrong sign, a missing factor and one NaN", () => {
    const golden = goldens.find(({ name }) => name === "mtsa")!;
    expect(gradientError(golden, (g) => g.map((value) => -value))).toBeGreaterThan(1);
    expect(gradientError(golden, (g) => g.map((value) => value / 2))).toBeGreaterThan(0.4);
    expect(gradientError(golden, (g) => g.fill(Number.NaN, 3, 4))).not.toBeLessThan(1e-7);
  });
});

describe("invariants of docs/method.md section 7", () => {
  const shapes = fc.record({
    F: fc.integer({ min: 1, max: 4 }),
    S: fc.integer({ min: 1, max: 6 }),
    Ct: fc.integer({ min: 1, max: 6 }),
    Cs: fc.integer({ min: 2, max: 6 }),
    seed: fc.nat(1e6),
    tau: fc.double({ min: 0.02, max: 2, noNaN: true }),
  });
  const draw = ({ F, S, Ct, Cs, seed }: { F: number; S: number; Ct: number; Cs: number; seed: number }) => ({
    teacher: Float64Array.from(normals(F * S * Ct, seed)),
    student: Float64Array.from(normals(F * S * Cs, seed + 1)),
    mask: Uint8Array.from(normals(F * S, seed + 2), (value) => (value > 0 ? 1 : 0)),
  });
  const norm = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
  const check = (
    property: (shape: { F: number; S: number; Ct: number; Cs: number; seed: number; tau: number }) => void,
  ) => fc.assert(fc.property(shapes, property), { numRuns: 60 });

  test("KL of a student with itself is 0 with zero gradient", () =>
    check((s) => {
      const { student } = draw(s);
      const { loss, dStudent } = temperedAlignment(student, student, { ...s, Ct: s.Cs }, s.tau);
      expect(Math.abs(loss)).toBeLessThan(1e-12);
      expect(norm(dStudent)).toBeLessThan(1e-12 / s.tau);
    }));

  test("loss ≥ 0; the gradient of every token is orthogonal to it; scaling a token changes nothing", () =>
    check((s) => {
      const { teacher, student, mask } = draw(s);
      const { loss, dStudent } = temperedAlignment(teacher, student, s, s.tau, mask);
      expect(loss).toBeGreaterThanOrEqual(-1e-14);
      for (let i = 0; i < s.F * s.S; i++) {
        let dot = 0;
        for (let c = 0; c < s.Cs; c++) dot += dStudent[i * s.Cs + c] * student[i * s.Cs + c];
        expect(Math.abs(dot)).toBeLessThan(1e-11 / s.tau);
      }
      const scaled = student.map((value, k) => (Math.floor(k / s.Cs) === 0 ? 7 * value : value));
      expect(temperedAlignment(teacher, scaled, s, s.tau, mask).loss).toBeCloseTo(loss, 11);
    }));

  test("shifting a query's row within a frame changes nothing, and the row's logit gradient sums to 0", () =>
    check(({ F, S, seed, tau }) => {
      const [teacher, student] = [normals(F * S * 3, seed), normals(F * S * 3, seed + 1)].map((v) =>
        Float64Array.from(v),
      );
      const rectangle = { F, S, Q: 3 };
      const kl = reference.temperedKl(teacher, student, rectangle, tau);
      const shifted = student.map((value, i) => value + (i % 3) + Math.floor(i / (3 * S)));
      expect(
        firstDifference(reference.temperedKl(teacher, shifted, rectangle, tau), kl, { rtol: 1e-9, atol: 1e-10 }),
      ).toBeUndefined();
      const G = reference.temperedKlBackward(teacher, student, rectangle, tau, 1);
      for (let f = 0; f < F; f++) {
        for (let q = 0; q < 3; q++) {
          let sum = 0;
          for (let s = 0; s < S; s++) sum += G[(f * S + s) * 3 + q];
          expect(Math.abs(sum)).toBeLessThan(1e-12);
        }
      }
    }));

  test("permuting the tokens of a frame permutes the gradient", () =>
    check((s) => {
      const { teacher, student, mask } = draw(s);
      const N = s.F * s.S;
      // Reverses every frame.
      const from = Array.from({ length: N }, (_, i) => i - (i % s.S) + (s.S - 1 - (i % s.S)));
      const rows = <T extends Float64Array | Uint8Array>(values: T, C: number) =>
        values.map((_, k) => values[from[Math.floor(k / C)] * C + (k % C)]);
      const straight = temperedAlignment(teacher, student, s, s.tau, mask);
      const permuted = temperedAlignment(rows(teacher, s.Ct), rows(student, s.Cs), s, s.tau, rows(mask, 1));
      const tolerance = { rtol: 1e-8, atol: 1e-11 / s.tau };
      expect(firstDifference(permuted.dStudent, rows(straight.dStudent, s.Cs), tolerance)).toBeUndefined();
    }));

  test("M-TSA with every token is TSA", () =>
    check((s) => {
      const { teacher, student, mask } = draw(s);
      const tsa = temperedAlignment(teacher, student, s, s.tau);
      expect(temperedAlignment(teacher, student, s, s.tau, mask.fill(1))).toEqual(tsa);
    }));

  test("a token outside the mask has no query term but receives key gradients", () => {
    const shape = { F: 2, S: 4, Ct: 5, Cs: 5 };
    const mask = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);
    const { perToken, dStudent } = temperedAlignment(normals(40, 1), normals(40, 2), shape, 0.1, mask);
    expect([...perToken.subarray(1)]).toEqual(Array(7).fill(0));
    for (let i = 0; i < 8; i++) expect(norm(dStudent.subarray(i * 5, i * 5 + 5))).toBeGreaterThan(0);
  });

  test("large τ gives the uniform distribution (loss → 0), small τ the argmax", () => {
    const R = Float64Array.of(0.1, 0.5, 0.4);
    expect(reference.frameSoftmax(R, 1, 3, 1e9)[0]).toBeCloseTo(1 / 3, 8);
    expect([...reference.frameSoftmax(R, 1, 3, 1e-4)].map(Math.round)).toEqual([0, 1, 0]);
    const shape = { F: 2, S: 4, Ct: 5, Cs: 5 };
    expect(temperedAlignment(normals(40, 1), normals(40, 2), shape, 1e4).loss).toBeLessThan(1e-8);
  });

  test.each([
    ["empty mask", { F: 2, S: 3 }, new Uint8Array(6)],
    ["one token in the mask", { F: 2, S: 3 }, Uint8Array.of(0, 0, 0, 0, 1, 0)],
    ["N = 1", { F: 1, S: 1 }, Uint8Array.of(1)],
  ])("%s gives finite numbers, also with zero and identical tokens", (_, { F, S }, mask) => {
    const shape = { F, S, Ct: 4, Cs: 4 };
    for (const student of [normals(F * S * 4, 1), new Float32Array(F * S * 4), new Float32Array(F * S * 4).fill(2)]) {
      const { loss, dStudent } = temperedAlignment(normals(F * S * 4, 2), student, shape, 0.01, mask);
      expect(Number.isFinite(loss)).toBe(true);
      expect(dStudent.every(Number.isFinite)).toBe(true);
    }
  });
});
