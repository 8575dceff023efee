// The float64 twins of the student's own layers: every gradient against central differences.
import { describe, expect, test } from "vitest";
import * as reference from "../../src/reference/index.ts";
import { normals } from "../support/random.ts";

/**
 * Central differences of Σ_i direction[i] · f(x)[i] in every value of x, held against the gradient.
 * In float64 a step of 1e-5 leaves about 1e-10 of truncation and of rounding.
 */
function expectGradient(
  f: (x: Float64Array) => ArrayLike<number>,
  x: ArrayLike<number>,
  gradient: ArrayLike<number>,
  direction: ArrayLike<number>,
) {
  const step = 1e-5;
  const at = (i: number, by: number) => {
    const moved = Float64Array.from(x);
    moved[i] += by;
    const y = f(moved);
    return Array.from(direction).reduce((sum, d, j) => sum + d * y[j], 0);
  };
  const differences = Array.from(x, (_, i) => (at(i, step) - at(i, -step)) / (2 * step));
  const size = Math.hypot(...differences);
  const off = Math.hypot(...differences.map((d, i) => d - gradient[i]));
  expect(size).toBeGreaterThan(0);
  expect(off / size).toBeLessThan(1e-7);
}

describe("gradients are those of central differences", () => {
  test("gelu", () => {
    const [x, dy] = [normals(40, 1).map((value) => 3 * value), normals(40, 2)];
    expectGradient(reference.gelu, x, reference.geluBackward(x, dy), dy);
  });

  test.each([[2], [0]])("modulation with %i prompt rows", (text) => {
    const [B, T, C] = [2, 5, 3];
    const ld = (text ? 6 : 2) * C;
    const sizes = { B, T, C, ld, text };
    const [x, m, dy] = [normals(B * T * C, 1), normals(B * ld, 2), normals(B * T * C, 3)];
    const { dx, dm } = reference.modulateBackward(x, m, dy, sizes);
    expectGradient((moved) => reference.modulate(moved, m, sizes), x, dx, dy);
    expectGradient((moved) => reference.modulate(x, moved, sizes), m, dm, dy);
  });

  test("a gated branch", () => {
    const [B, T, C, text] = [2, 4, 3, 1];
    const sizes = { B, T, C, ld: 6 * C, text };
    const [x, y, m, dout] = [
      normals(B * T * C, 1),
      normals(B * T * C, 2),
      normals(B * 6 * C, 3),
      normals(B * T * C, 4),
    ];
    const { dx, dy, dm } = reference.gatedBackward(y, m, dout, sizes);
    expectGradient((moved) => reference.gated(moved, y, m, sizes), x, dx, dout);
    expectGradient((moved) => reference.gated(x, moved, m, sizes), y, dy, dout);
    expectGradient((moved) => reference.gated(x, y, moved, sizes), m, dm, dout);
  });

  test("attention", () => {
    const sizes = { B: 2, T: 5, heads: 2, d: 3 };
    const [q, k, v, dy] = [1, 2, 3, 4].map((seed) => normals(2 * 5 * 6, seed));
    const { dq, dk, dv } = reference.attentionBackward(q, k, v, dy, sizes);
    expectGradient((moved) => reference.attention(moved, k, v, sizes), q, dq, dy);
    expectGradient((moved) => reference.attention(q, moved, v, sizes), k, dk, dy);
    expectGradient((moved) => reference.attention(q, k, moved, sizes), v, dv, dy);
  });

  test("the stream's start", () => {
    const sizes = { B: 3, L: 3, N: 4, S: 2, C: 2, V: 4 };
    const { B, L, N, C, V } = sizes;
    const input = {
      x: normals(B * N * C, 1),
      positions: normals(N * C, 2),
      words: [1, 1, 0, 3, 1, 2, 0, 0, 0],
      given: [1, 0, 1],
      table: normals(V * C, 3),
      places: normals(L * C, 4),
      mark: normals(C, 5),
    };
    const dh = normals(B * (L + N) * C, 6);
    const { dx, dtable, dplaces, dmark } = reference.streamBackward(input, dh, sizes);
    for (const [name, gradient] of Object.entries({ x: dx, table: dtable, places: dplaces, mark: dmark })) {
      const of = (moved: Float64Array) => reference.stream({ ...input, [name]: moved }, sizes);
      expectGradient(of, input[name as "x"], gradient, dh);
    }
  });

  test("the diffusion loss", () => {
    const sizes = { B: 2, values: 6, first: 2 };
    const [guess, x0] = [normals(12, 1), normals(12, 2)];
    const asked = { x0, weight: [0.5, 2], given: [0, 1] };
    const { d } = reference.x0Loss(guess, asked, sizes);
    expectGradient((moved) => reference.x0Loss(moved, asked, sizes).clips, guess, d, [1, 1]);
    expect([...d.slice(6, 8)]).toEqual([0, 0]);
  });
});
