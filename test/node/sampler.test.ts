// The noise schedule against numbers of docs/method.md section 6 and of its Python twin; the sampler against a denoiser in closed form.
import { expect, test } from "vitest";
import { gaussianNoise } from "../../src/student/noise.ts";
import { type Denoise, type SamplerOptions, sample } from "../../src/student/sampler.ts";
import { alphas, noised, samplingTimes } from "../../src/student/schedule.ts";

const A = alphas();

test.each([
  // docs/method.md section 6, to all its digits; 1, 39 and 499 from models/pretrain/objectives/schedule.py.
  [0, 0.997454327643, 1e-12],
  [1, 0.9948006264269799, 1e-14],
  [39, 0.8923313385272599, 1e-14],
  [100, 0.728241932313, 1e-12],
  [499, 0.09596956169073541, 1e-14],
  [500, 0.0953281008629, 1e-12],
  [750, 0.010838901909, 1e-12],
  [998, 6.2308e-8, 1e-12],
])("A[%i] = %d", (t, expected, tolerance) => {
  expect(Math.abs(A[t] - expected)).toBeLessThan(tolerance);
});

test("A falls all the way to exactly 0", () => {
  expect(A).toHaveLength(1000);
  for (let t = 1; t < 1000; t++) expect(A[t]).toBeLessThan(A[t - 1]);
  expect(A[999]).toBe(0);
});

test("at t = 999 nothing is left of a clip, at t = 0 nearly all of it", () => {
  const [x0, noise] = [Float32Array.of(3, -2), Float32Array.of(0.5, 0.25)];
  expect(noised(x0, noise, A[999])).toEqual(noise);
  // √A[0] = .99873, √(1 − A[0]) = .05045.
  const [a, b] = noised(x0, noise, A[0]);
  expect([a, b]).toEqual([expect.closeTo(3.0214, 3), expect.closeTo(-1.9848, 3)]);
});

test.each([
  [1, [999]],
  [3, [999, 666, 332]],
  [7, [999, 856, 713, 570, 428, 285, 142]],
  // Halves, which Python rounds to even.
  [16, [999, 937, 874, 811, 749, 687, 624, 561, 499, 437, 374, 311, 249, 187, 124, 61]],
])("the times of %i steps are those of models/pretrain/objectives/schedule.py", (steps, times) => {
  expect(samplingTimes(steps)).toEqual(times);
});

test("as many steps as there are levels visit each, and no other number of steps is one", () => {
  expect(samplingTimes(1000)).toEqual(Array.from({ length: 1000 }, (_, i) => 999 - i));
  for (const steps of [0, -1, 2.5, 1001, Number.NaN]) {
    expect(() => samplingTimes(steps)).toThrow(`whole number from 1 to 1000, got ${steps}`);
  }
});

test("noise is standard normal and its seed's alone", () => {
  const noise = gaussianNoise(100_000, 5);
  const mean = noise.reduce((sum, value) => sum + value) / noise.length;
  const variance = noise.reduce((sum, value) => sum + value * value, 0) / noise.length;
  // Three standard errors: 3/√n and 3√(2/n).
  expect(Math.abs(mean)).toBeLessThan(0.0095);
  expect(Math.abs(variance - 1)).toBeLessThan(0.0135);
  expect(gaussianNoise(4, 5)).toEqual(noise.slice(0, 4));
  expect(gaussianNoise(4, 6)).not.toEqual(noise.slice(0, 4));
});

const SIGMA = 0.5;
const MEANS = [1, -2];

/** The best guess there is where each x0 is normal around its mean with deviation SIGMA. */
const exact =
  (means: readonly number[]): Denoise =>
  async (x, t) => {
    const gain = (Math.sqrt(A[t]) * SIGMA ** 2) / (A[t] * SIGMA ** 2 + 1 - A[t]);
    return [x.map((value, i) => means[i] + gain * (value - Math.sqrt(A[t]) * means[i]))];
  };

const options = (own: Partial<SamplerOptions> = {}): SamplerOptions => ({
  noise: Float32Array.of(0.8, -1.3),
  first: null,
  steps: 25,
  guidance: 1,
  signal: new AbortController().signal,
  ...own,
});

test.each([1, 2, 25])("%i steps with the exact denoiser of a Gaussian are a product of gains", async (steps) => {
  // From x_t − √A·mean = k·ε, each step multiplies k by (√A'·√A·σ² + √(1−A')·√(1−A)) / (A·σ² + 1 − A).
  const times = samplingTimes(steps);
  let k = 1;
  for (const [i, t] of times.entries()) {
    const then = i + 1 < steps ? A[times[i + 1]] : 1;
    const now = A[t];
    k *= (Math.sqrt(then * now) * SIGMA ** 2 + Math.sqrt((1 - then) * (1 - now))) / (now * SIGMA ** 2 + 1 - now);
  }
  const found = await sample(exact(MEANS), options({ steps }));
  // x is kept in float32: 25 roundings of 6e-8 each of numbers up to 3.
  expect(found[0]).toBeCloseTo(1 + 0.8 * k, 5);
  expect(found[1]).toBeCloseTo(-2 - 1.3 * k, 5);
});

test("many steps draw from the Gaussian itself", async () => {
  const found = await sample(exact(MEANS), options({ steps: 1000 }));
  // The flow of infinitely many steps carries ε to mean + σ·ε; a thousand come within a percent of σ.
  expect(Math.abs(found[0] - (1 + SIGMA * 0.8))).toBeLessThan(0.01);
  expect(Math.abs(found[1] - (-2 - SIGMA * 1.3))).toBeLessThan(0.01);
});

test("guidance goes beyond the prompt, away from the empty prompt; at 1 the empty prompt is not run", async () => {
  const asked: boolean[] = [];
  const denoise: Denoise = async (_, __, guided) => {
    asked.push(guided);
    return guided ? [Float32Array.of(1, 1), Float32Array.of(0.5, 2)] : [Float32Array.of(1, 1)];
  };
  expect(await sample(denoise, options({ steps: 3, guidance: 3 }))).toEqual(Float32Array.of(2, -1));
  expect(await sample(denoise, options({ steps: 2 }))).toEqual(Float32Array.of(1, 1));
  expect(asked).toEqual([true, true, true, false, false]);
});

test("given values are shown clean at every step and come back untouched", async () => {
  const first = Float32Array.of(0.123);
  const denoise: Denoise = async (x) => {
    expect(x[0]).toBe(first[0]);
    return [Float32Array.of(9, 4)];
  };
  expect(await sample(denoise, options({ first, steps: 4 }))).toEqual(Float32Array.of(0.123, 4));
});

test("it says how far it is and stops where it is told to", async () => {
  const controller = new AbortController();
  const seen: [number, number][] = [];
  const stopped = sample(
    exact(MEANS),
    options({
      steps: 10,
      signal: controller.signal,
      async progress(done, total) {
        seen.push([done, total]);
        if (done === 3) controller.abort(new Error("enough"));
      },
    }),
  );
  await expect(stopped).rejects.toThrow("enough");
  expect(seen).toEqual([
    [1, 10],
    [2, 10],
    [3, 10],
  ]);
});

test("its guess of the clip is handed on at every step, and is the clip after the last", async () => {
  const guesses: number[][] = [];
  const clip = await sample(
    exact(MEANS),
    options({
      steps: 6,
      first: Float32Array.of(0.25),
      progress(_done, _total, x0) {
        guesses.push([...x0]);
      },
    }),
  );
  expect(guesses).toHaveLength(6);
  expect(guesses[0]).not.toEqual(guesses[5]);
  expect(guesses[5]).toEqual([...clip]);
  expect(guesses.map(([given]) => given)).toEqual(Array(6).fill(0.25));
});

test("the noise handed in is left alone", async () => {
  const noise = Float32Array.of(1, 2);
  await sample(exact(MEANS), options({ noise, first: Float32Array.of(7) }));
  expect(noise).toEqual(Float32Array.of(1, 2));
});
