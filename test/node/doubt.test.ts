// Doubt without truth: there and back, the rival, and the τ that a curve advises.
import { expect, test } from "vitest";
import { CpuCorrespondence } from "../../src/alignment/correspondence/cpu.ts";
import { returnsOf } from "../../src/alignment/cycle.ts";
import { matchesOf } from "../../src/alignment/matches.ts";
import { advisedTau, doubtOf } from "../../src/figure/doubt.ts";
import { expectCycles } from "../support/cycle.ts";
import { normals } from "../support/random.ts";

test("there and back are the float64 twin's", async () => {
  const grid = { F: 3, H: 4, W: 5, C: 6 };
  const features = normals(3 * 4 * 5 * 6, 11);
  const engine = new CpuCorrespondence();
  await engine.setFeatures(features, grid);
  await expectCycles(engine, features, grid);
});

/** Two frames of six tokens in a line; channel s is what token s of frame 0 shows. */
async function line(second: readonly (readonly number[])[]) {
  const grid = { F: 2, H: 1, W: 6, C: 6 };
  const features = new Float32Array(72);
  for (let s = 0; s < 6; s++) features[s * 6 + s] = 1;
  second.forEach((shown, s) => {
    features.set(shown, 36 + s * 6);
  });
  const engine = new CpuCorrespondence();
  await engine.setFeatures(features, grid);
  return { engine, grid };
}

const only = (s: number) => Array.from({ length: 6 }, (_, c) => (c === s ? 1 : 0));

test("a match that holds, one with a rival, and one that leads elsewhere", async () => {
  // Token 0 stays; what token 1 shows is seen twice, far apart; token 5 is gone, and what is most like it is more like token 2.
  const { engine, grid } = await line([
    only(0),
    only(1),
    only(3),
    only(4),
    [0, 0, 1, 0, 0, 0.5],
    [0, 0.98, 0, 0.2, 0, 0],
  ]);
  const queries = [
    [0, 0, 0],
    [0, 0, 1],
    [0, 0, 5],
  ] as const;
  const matches = matchesOf(await engine.query(queries, []), [], grid);
  const returns = await returnsOf(engine, queries);
  const doubts = queries.map((query, q) => doubtOf(matches[q * 2 + 1], query, returns[q * 2 + 1], grid.W));
  expect(doubts.map(({ level }) => level)).toEqual(["sure", "unsure", "lost"]);
  expect(doubts[0]).toMatchObject({ away: 0, cosine: 1 });
  expect(doubts[1].lead).toBeGreaterThan(0);
  expect(doubts[2].away).toBe(3);
});

test("where every place is near the match there is no rival", async () => {
  const engine = new CpuCorrespondence();
  await engine.setFeatures(normals(2 * 4 * 3, 5), { F: 2, H: 2, W: 2, C: 3 });
  const [match] = matchesOf(await engine.query([[0, 0, 0]], []), [], { F: 2, H: 2, W: 2, C: 3 });
  expect(match.rival).toBeNaN();
  expect(doubtOf(match, [0, 0, 0], 0, 2).lead).toBe(Number.POSITIVE_INFINITY);
});

test("the advised τ is the warmest that loses nothing", () => {
  const taus = [0.01, 0.02, 0.05, 1];
  expect(advisedTau({ taus, cycle: [0.9, 0.895, 0.6, 0.1] })).toEqual({ tau: 0.02, share: 0.895 });
  expect(advisedTau({ taus, cycle: [0.7, 0.8, 0.85, 0.1] }).tau).toBe(0.05);
});
