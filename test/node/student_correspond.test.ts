import { expect, test } from "vitest";
import { correspondence } from "../../src/train/diffusion/correspond.ts";

// Two frames of two tokens: each token of the second is found, longer, in the other place.
const values = Float32Array.of(1, 0, 0, 1, 0, 3, 2, 0);
const clip = { values, F: 2, S: 2 };

test("a token is found where its direction is, whatever its length", () => {
  const found = correspondence(clip, 2, { frame: 0, token: 0 }, 0.1);
  const cold = 1 / (1 + Math.exp(-10));
  expect([...found]).toEqual([cold, 1 - cold, 1 - cold, cold].map((p) => expect.closeTo(p, 6)));
});

test("a frame of features stands for each frame of a finer grid", () => {
  const found = correspondence(clip, 4, { frame: 3, token: 1 }, 0.1);
  expect([...found.subarray(0, 2)]).toEqual([...found.subarray(2, 4)]);
  expect([...found.subarray(4, 6)]).toEqual([...found.subarray(6, 8)]);
  // Frame 3 is of the second: its token 1 points where token 0 of the first does.
  expect(found[0]).toBeGreaterThan(0.99);
  expect(found[7]).toBeGreaterThan(0.99);
});

test("a query outside is one sentence", () => {
  expect(() => correspondence(clip, 2, { frame: 2, token: 0 }, 0.1)).toThrow(
    /the query is frame 2, token 0; there are 2 × 2/,
  );
});
