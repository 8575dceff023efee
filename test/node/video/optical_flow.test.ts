// Optical flow against motion that is known: translations, and the cameras and discs of the built-in clips over a texture of our own.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { flowJson, flowRow, flowWithin } from "../../../src/figure/flow.ts";
import { type Luma, opticalFlow } from "../../../src/video/flow/optical_flow.ts";
import { tokenMeans } from "../../../src/video/flow/token_means.ts";
import { parseTruth, type Truth } from "../../../src/video/truth.ts";
import { flowError, trueFlow } from "../../support/flow.ts";
import { random } from "../../support/random.ts";

const [WIDTH, HEIGHT] = [160, 112];

/** Sums of waves 8 to 64 px long, in all directions: a texture that is known between pixels too. */
function texture(seed: number): (u: number, v: number) => number {
  const next = random(seed);
  const waves = Array.from({ length: 24 }, () => {
    const [length, angle] = [8 * 8 ** next(), 2 * Math.PI * next()];
    const k = (2 * Math.PI) / length;
    return { x: k * Math.cos(angle), y: k * Math.sin(angle), phase: 2 * Math.PI * next() };
  });
  return (u, v) => 128 + waves.reduce((sum, { x, y, phase }) => sum + 16 * Math.sin(x * u + y * v + phase), 0);
}

function drawn(width: number, height: number, at: (x: number, y: number) => number): Luma {
  const pixels = Float32Array.from({ length: width * height }, (_, i) =>
    at((i % width) + 0.5, Math.floor(i / width) + 0.5),
  );
  return { width, height, pixels };
}

test.each([
  [1, 0],
  [0.3, -0.7],
  [-5.5, 3.25],
  [23, -14],
  [-16, 0],
])("a translation by (%f, %f) px", (dx, dy) => {
  const at = texture(3);
  const flow = opticalFlow(
    drawn(WIDTH, HEIGHT, at),
    drawn(WIDTH, HEIGHT, (x, y) => at(x - dx, y - dy)),
  );
  const truth = Float32Array.from(flow, (_, i) => (i % 2 === 0 ? dx : dy));
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const [x, y] = [(i % WIDTH) + dx, Math.floor(i / WIDTH) + dy];
    // What leaves the frame, and a patch's side around it, is nowhere to be found.
    if (x < 8 || y < 8 || x > WIDTH - 9 || y > HEIGHT - 9) truth.set([Number.NaN, Number.NaN], 2 * i);
  }
  const { mean, within } = flowError(flow, truth);
  // Bilinear reading of waves of 8 px is off by up to (2π/8)²/8 = 8 % of their height, which a patch's fit turns into a few hundredths.
  expect(mean).toBeLessThan(0.05);
  expect(within).toBeGreaterThan(0.999);
});

/** A clip's frame, each layer with a texture in place of its photograph. */
function frameOf({ layers, width, height }: Truth, frame: number): Luma {
  const painted = layers.map(({ shape, affine }, n) => {
    const at = texture(11 + n);
    // Brighter layer by layer: discs that move by more than a patch are found by what sets them off, as in the clip.
    return { shape, map: affine[frame], at: (u: number, v: number) => at(u, v) + 60 * n };
  });
  return drawn(width, height, (x, y) => {
    for (const { shape, map, at } of painted.toReversed()) {
      const [a, b, tx, c, d, ty] = map;
      const determinant = a * d - b * c;
      const u = (d * (x - tx) - b * (y - ty)) / determinant;
      const v = (a * (y - ty) - c * (x - tx)) / determinant;
      if (shape.kind === "everything" || Math.hypot(u, v) <= shape.radius) return at(u, v);
    }
    return 0;
  });
}

test.each([
  // Patches that only shift are off by what the camera's zoom does within half of one, 4 px · 3 %; tokens that leave the frame by more.
  ["chelsea", { mean: 0.12, within: 0.96 }],
  ["coffee", { mean: 0.12, within: 0.96 }],
  // Tokens on a disc's edge, one in fifteen, hold two motions up to 20 px apart and get a mean of patches that saw either.
  ["discs", { mean: 0.3, within: 0.93 }],
])("the motion of %s, three frames apart as Explore samples it", (clip, bound) => {
  const truth = parseTruth(JSON.parse(readFileSync(`public/clips/${clip}.truth.json`, "utf8")));
  const { width, height } = truth;
  const grid = { H: height / 16, W: width / 16 };
  const flow = tokenMeans(opticalFlow(frameOf(truth, 6), frameOf(truth, 9)), truth, grid, [1, 1]);
  const { mean, within, still } = flowError(flow, trueFlow(truth, 6, 9, { width, height, ...grid }));
  expect(mean).toBeLessThan(bound.mean);
  expect(within).toBeGreaterThan(bound.within);
  expect(mean).toBeLessThan(still / 4);
});

test("what does not move, and what shows nothing, stays exactly where it is", () => {
  const still = drawn(WIDTH, HEIGHT, texture(5));
  const grey = drawn(33, 47, () => 90);
  expect(opticalFlow(still, still).every((value) => value === 0)).toBe(true);
  expect(
    opticalFlow(
      grey,
      drawn(33, 47, () => 140),
    ).every((value) => value === 0),
  ).toBe(true);
  expect(() => opticalFlow(still, grey)).toThrow(/one size of at least 16×16 px, got 160×112 and 33×47/);
  const small = drawn(15, 40, () => 0);
  expect(() => opticalFlow(small, small)).toThrow(RangeError);
});

test("a token's mean is in the video's pixels, each side by its own scale", () => {
  const flow = Float32Array.from({ length: 2 * 4 * 6 }, (_, i) => (i % 2 === 0 ? Math.floor((i / 2) % 6) : 1));
  const means = tokenMeans(flow, { width: 6, height: 4 }, { H: 2, W: 3 }, [10, 0.5]);
  expect([...means]).toEqual([5, 0.5, 25, 0.5, 45, 0.5, 5, 0.5, 25, 0.5, 45, 0.5]);
});

test("the row and its numbers end with each shot, and a wild token pales no other", () => {
  const grid = { F: 4, H: 10, W: 20 };
  const S = grid.H * grid.W;
  const vectors = Float32Array.from({ length: 2 * 4 * S }, (_, i) => (i >= 6 * S ? Number.NaN : i % 2 === 0 ? 0 : -3));
  vectors[0] = 1000;
  const ways = flowWithin({ vectors }, [2], grid);
  const { values, directions, scale } = flowRow(ways);
  expect(scale).toEqual({ kind: "linear", low: 0, high: 3 });
  const known = Array.from({ length: 4 }, (_, f) => !Number.isNaN(values?.[f * S] ?? 0));
  expect(known).toEqual([true, false, true, false]);
  expect(directions?.[1]).toBeCloseTo(-Math.PI / 2);
  expect(flowJson(ways, grid).frames.map((frame) => frame?.[1] ?? null)).toEqual([[0, -3], null, [0, -3], null]);
  // A clip that hardly moves is not made to look as if it did.
  expect(flowRow(new Float32Array(8).fill(0.01)).scale.high).toBe(1);
});
