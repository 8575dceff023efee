// The motion mask of eq. 11 and 12: the twin against plain arithmetic, and what it never keeps.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { frameMotion, tubeletToken } from "../../src/alignment/motion.ts";
import { keptPerFrame, scattered, topMask } from "../../src/reference/index.ts";
import { motionTokens } from "../../src/video/tubelets.ts";
import { parseMotionGoldens } from "../support/motion_goldens.ts";

const { cases } = parseMotionGoldens(readFileSync("test/fixtures/motion_goldens.safetensors"));

test.each(cases.map((golden) => [golden.name, golden] as const))("golden %s, for every sampled frame", (_, golden) => {
  const { pixels, size, patch, tubelet, rho, mask, F } = golden;
  const { Y, D, H, W } = motionTokens(pixels, size, patch, tubelet);
  const S = H * W;
  expect(mask).toHaveLength(F * S);
  const motion = frameMotion(Y, { F, S, D }, tubelet);
  const [frames, k] = [F * tubelet, keptPerFrame(rho, F, S)];
  const found = F === 1 ? new Uint32Array(frames * S).fill(1) : topMask(motion, frames, S, k);
  expect([...found]).toEqual(Array.from({ length: frames * S }, (_, i) => mask[tubeletToken(i, S, tubelet)]));
});

test("what did not change is never kept, even where the frame has room; one frame keeps everything", () => {
  expect([...topMask([0, 3, 0, 0, 0, 0, 0, 0], 2, 4, 3)]).toEqual([0, 1, 0, 0, 0, 0, 0, 0]);
  expect([...topMask([0, 0, 0], 1, 3, keptPerFrame(0.2, 1, 3))]).toEqual([1, 1, 1]);
});

test("equals are kept all over the frame, and no two have one place", () => {
  const side = 16;
  const places = Array.from({ length: side * side }, (_, s) => scattered(s));
  expect(new Set(places).size).toBe(side * side);
  const kept = topMask(new Float64Array(2 * side * side).fill(1), 2, side * side, 64).subarray(0, side * side);
  // A quarter is kept. Each quadrant has 64 tokens: by chance 16 of them with a deviation of 3.
  const quadrant = [0, 0, 0, 0];
  kept.forEach((one, s) => {
    quadrant[2 * Math.floor(s / (side * 8)) + Math.floor((s % side) / 8)] += one;
  });
  expect(Math.min(...quadrant)).toBeGreaterThanOrEqual(8);
  expect(Math.max(...quadrant)).toBeLessThanOrEqual(24);
});
