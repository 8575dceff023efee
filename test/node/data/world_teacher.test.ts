import { expect, test } from "vitest";
import { worldTeacher } from "../../../src/data/world_teacher.ts";
import { fromHalf } from "../../../src/formats/half.ts";
import { trackInClip } from "../../../src/world/track.ts";
import { createWorld } from "../../../src/world/world.ts";

const [F, ROWS, S] = [8, 8, 64];

/** Cosines of a token with all tokens of a frame. */
function cosines(features: Float32Array, C: number, query: number, frame: number): number[] {
  const row = (i: number) => features.subarray(i * C, (i + 1) * C);
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, c) => sum + value * b[c], 0);
  const norm = (a: Float32Array) => Math.sqrt(dot(a, a));
  return Array.from({ length: S }, (_, s) => {
    const [a, b] = [row(query), row(frame * S + s)];
    return dot(a, b) / Math.max(norm(a) * norm(b), 1e-12);
  });
}

test.each([
  ["a large red ball hits a small blue box quickly", 0.9],
  ["a large orange ball bounces on the floor to the right", 0.9],
  ["a large yellow box floats in green liquid", 0.9],
  ["red liquid meets blue liquid from the left", 0.7],
  ["blue liquid pours onto a large red box", 0.7],
  ["an orange stream crosses a blue stream", 0.7],
])("the most alike token of a frame is where the world's track leads: %s", async (prompt, share) => {
  const clip = (await createWorld()).makeClip(prompt, 3);
  const { channels, halves } = worldTeacher(clip);
  const features = new Float32Array(halves.length);
  fromHalf(halves, features);
  let [near, asked] = [0, 0];
  for (let i = 0; i < F * S; i++) {
    const [f, row, column] = [Math.floor(i / S), Math.floor(i / ROWS) % ROWS, i % ROWS];
    const body = clip.mask[(2 * f * 64 + 8 * row + 4) * 64 + 8 * column + 4];
    if (body === 0) continue;
    for (let g = 0; g < F; g++) {
      const track = trackInClip(clip, 2 * f, 8 * column + 4, 8 * row + 4, 2 * g);
      if (!track.visible) continue;
      const alike = cosines(features, channels, i, g);
      const best = alike.indexOf(Math.max(...alike));
      const [dx, dy] = [8 * (best % ROWS) + 4 - track.x, 8 * Math.floor(best / ROWS) + 4 - track.y];
      asked++;
      if (Math.max(Math.abs(dx), Math.abs(dy)) <= 8) near++;
    }
  }
  expect(asked).toBeGreaterThan(20);
  expect(near / asked).toBeGreaterThan(share);
});

test("tokens of different bodies are not alike at all, a token is itself", async () => {
  const clip = (await createWorld()).makeClip("a large red ball hits a large blue ball", 5);
  const { channels, halves } = worldTeacher(clip);
  const features = new Float32Array(halves.length);
  fromHalf(halves, features);
  const bodyOf = (s: number) => clip.mask[(8 * Math.floor(s / ROWS) + 4) * 64 + 8 * (s % ROWS) + 4];
  const query = Array.from({ length: S }, (_, s) => s).find((s) => bodyOf(s) === 1) ?? -1;
  for (const [s, cosine] of cosines(features, channels, query, 0).entries()) {
    if (bodyOf(s) !== 1) expect(cosine).toBe(0);
  }
  expect(cosines(features, channels, query, 0)[query]).toBeCloseTo(1, 6);
});

test("of liquid that comes in late, spots d px apart have the cosine exp(−d² / 4s²) as well", async () => {
  // A jet from the right at 5 px/frame, of two particles a frame until frame 12: the last of it would have been at 122 px at first.
  const [speed, mouth, last] = [5, 62, 12];
  const born = Array.from({ length: 2 * last + 1 }, (_, k) => k / 2);
  const made = (await createWorld()).makeClip("an orange stream crosses a blue stream", 3);
  const places = made.snapshots.map((_, t) =>
    Float32Array.from(born.flatMap((at) => (t < at ? [Number.NaN, Number.NaN] : [mouth - speed * (t - at), 12]))),
  );
  const snapshots = made.snapshots.map((snapshot, t) => ({ ...snapshot, fluids: [places[t], new Float32Array()] }));
  const isJet = (t: number, x: number) => x >= mouth - speed * t && x <= mouth - speed * Math.max(0, t - last);
  const mask = made.mask.map((_, i) => {
    const [t, y, x] = [i >> 12, (i >> 6) & 63, i & 63];
    return y >> 3 === 1 && isJet(t, x) ? 1 : 0;
  });
  const { channels, halves } = worldTeacher({ ...made, snapshots, mask });
  const features = new Float32Array(halves.length);
  fromHalf(halves, features);
  // Where the token of frame f and column c of that row came from.
  const first = (f: number, c: number) => 8 * c + 4 + speed * 2 * f;
  const tokens = Array.from({ length: F * ROWS }, (_, i) => [Math.floor(i / ROWS), i % ROWS] as const);
  const wet = tokens.filter(([f, c]) => isJet(2 * f, 8 * c + 4));
  expect(wet.filter(([f, c]) => first(f, c) > 80).length).toBeGreaterThan(10);
  for (const [f, c] of wet) {
    const alike = Array.from({ length: F }, (_, g) => cosines(features, channels, f * S + ROWS + c, g));
    for (const [g, d] of wet) {
      const apart = first(f, c) - first(g, d);
      expect(Math.abs(alike[g][ROWS + d] - Math.exp(-(apart ** 2) / (4 * (0.75 * 11) ** 2)))).toBeLessThan(0.02);
    }
  }
});
