// Clips in which time is wrong: each kind is seen by the rule that is about it, and good clips, however soft, by none.
import { beforeAll, describe, expect, test } from "vitest";
import type { Corruption } from "../../../src/judge/exam/corruption.ts";
import { CORRUPTIONS } from "../../../src/judge/exam/corruptions.ts";
import { withBlur, withNoise } from "../../../src/judge/exam/soften.ts";
import { TIME_CORRUPTIONS } from "../../../src/judge/exam/time_corruptions.ts";
import { beyond } from "../../../src/judge/fluid/momentum.ts";
import { judgeClip } from "../../../src/judge/judge.ts";
import { changeOf } from "../../../src/judge/pictures/change.ts";
import { momentRule } from "../../../src/judge/pictures/moments.ts";
import { paceRule } from "../../../src/judge/pictures/pace.ts";
import { clipChroma } from "../../../src/judge/solid/shares.ts";
import { parsePrompt } from "../../../src/world/language/grammar.ts";
import { sentenceOf } from "../../../src/world/language/splits.ts";
import { loadRapier, type Rapier } from "../../../src/world/rigid.ts";
import type { TemplateName, WorldClip } from "../../../src/world/types.ts";
import { createWorld, type World } from "../../../src/world/world.ts";
import { broken } from "../../support/judged.ts";

let world: World;
let rapier: Rapier;
beforeAll(async () => {
  [world, rapier] = [await createWorld(), await loadRapier()];
}, 60_000);

const SEED = 7300;
const clipOf = (template: TemplateName, seed: number): WorldClip => world.makeClip(sentenceOf(template, seed), seed);
const judged = (frames: Uint8Array, { prompt }: WorldClip) => broken(judgeClip(frames, prompt, { parsed: false }));

/** The rules one of which has to notice. */
const NOTICES: Readonly<Record<string, readonly string[]>> = {
  freeze: ["pace"],
  stutter: ["pace"],
  skip: ["skip", "pulse", "liquid-pulse"],
  "half-speed-repeated": ["pace"],
  "half-speed-blended": ["sharpness"],
  "mean-2": ["moment"],
  "mean-3": ["moment"],
  "every-second-blended": ["sharpness"],
  ghost: ["moment", "colour", "liquid-gravity", "liquid-colour"],
  "part-fade": ["moment"],
  "cross-fade": ["moment"],
};

describe.each(TIME_CORRUPTIONS)("$name", { timeout: 120_000 }, (corruption: Corruption) => {
  test("is noticed on a table, in a pool, where liquids meet", () => {
    const templates = (["collide", "sink", "mix"] as const).filter((one) => corruption.templates.includes(one));
    const clips = templates.map((template) => clipOf(template, SEED));
    const made = clips.flatMap((clip) => {
      const frames = corruption.make(clip, rapier);
      return frames ? [judged(frames, clip)] : [];
    });
    expect(made.length).toBeGreaterThanOrEqual(2);
    for (const rules of made) {
      expect(rules.filter((rule) => NOTICES[corruption.name].includes(rule))).not.toEqual([]);
    }
  });
});

test("a soft and grainy clip breaks no rule about time", { timeout: 60_000 }, () => {
  for (const template of ["collide", "sink", "stream"] as const) {
    const clip = clipOf(template, SEED + 1);
    const soft = withNoise(withBlur(clip.frames, 0.5), 0.03, SEED);
    expect(judged(soft, clip).filter((rule) => ["pace", "skip", "moment", "sharpness"].includes(rule))).toEqual([]);
  }
});

const LEAVING = [
  ["a large red ball bounces on the floor very quickly", 21, "leaves"],
  ["a small red box slides off a ledge very quickly", 26, "leaves"],
  ["a small green box slides off a ledge very quickly", 103, "leaves"],
  ["a small red ball hits a large blue box very quickly", 20, "enters"],
] as const;

test.each(LEAVING)("%s, seed %i: what %s stops nothing, and its edges go with it", (prompt, seed, way) => {
  const clip = world.makeClip(prompt, seed);
  const change = changeOf(clipChroma(clip.frames), true);
  expect(Math.max(...change.crossings.map((one) => one?.[way] ?? 0))).toBeGreaterThan(10);
  expect(judged(clip.frames, clip)).toEqual([]);
  // Were that not taken out, it would be a stop.
  const crossings = change.crossings.map(() => null);
  const { error, tolerance } = paceRule({ attributes: parsePrompt(prompt), change: { ...change, crossings } });
  expect(error).toBeGreaterThan(tolerance);
});

test("a body that stops while it leaves the frame stops all the same", () => {
  const clip = world.makeClip(LEAVING[0][0], LEAVING[0][1]);
  const { crossings } = changeOf(clipChroma(clip.frames), true);
  const half = crossings.findIndex((one, t) => t > 5 && one !== null && one.leaves === 0);
  expect(half).toBeGreaterThan(0);
  const frame = clip.frames.length / 16;
  const stopped = clip.frames.slice();
  for (let t = half + 2; t < 16; t++) stopped.copyWithin(t * frame, (half + 1) * frame, (half + 2) * frame);
  expect(judged(stopped, clip)).toContain("pace");
});

test("pictures that do not bend at all are a mixture, however even", () => {
  const clip = clipOf("mix", SEED);
  const change = changeOf(clipChroma(clip.frames));
  const attributes = parsePrompt(clip.prompt);
  const momentOf = (bend: (of: number) => number) =>
    momentRule({
      attributes,
      change: {
        ...change,
        bends: change.bends.map((bends) =>
          bends.map((one) => ({ ...one, bend: bend(one.change), doubts: { bend: 0, edges: 0 } })),
        ),
      },
    }).error;
  expect(momentOf((of) => 0.01 * of)).toBeGreaterThan(1);
  // Less than nothing is left of them once the noise is taken out.
  expect(momentOf((of) => -0.01 * of)).toBe(99);
});

test("what changes from frame to frame is measured in px², and noise is none of it", () => {
  const { frames } = clipOf("collide", SEED);
  const { steps } = changeOf(clipChroma(frames));
  const noisy = changeOf(clipChroma(withNoise(frames, 0.03, 1))).steps;
  for (const [t, step] of steps.entries()) expect(Math.abs(noisy[t] - step)).toBeLessThan(0.15 * step + 8);
  const still = frames.slice();
  const frame = frames.length / 16;
  still.copyWithin(8 * frame, 7 * frame, 8 * frame);
  expect(changeOf(clipChroma(still)).steps[7]).toBe(0);
});

test("what noise does to a change by chance is known", () => {
  const { frames } = clipOf("float", SEED);
  const clean = changeOf(clipChroma(frames)).steps;
  const squares = [1, 2, 3, 4].flatMap((seed) => {
    const { steps, stepDoubts } = changeOf(clipChroma(withNoise(frames, 0.03, seed)));
    return steps.map((step, t) => ((step - clean[t]) / stepDoubts[t]) ** 2);
  });
  const rms = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
  // One, were the doubt exact; what counts as moving differs with the noise as well.
  expect(rms).toBeGreaterThan(0.5);
  expect(rms).toBeLessThan(2);
});

test("a ball is drawn out along its path by what a mean of two does, and by nothing as made", () => {
  for (const seed of [SEED, SEED + 1, SEED + 2]) {
    const clip = clipOf("hit-box", seed);
    const mixed = TIME_CORRUPTIONS.find(({ name }) => name === "mean-2")?.make(clip, rapier);
    const errors = [clip.frames, withNoise(withBlur(clip.frames, 0.5), 0.03, seed), mixed ?? clip.frames].map(
      (pictures) => judgeClip(pictures, clip.prompt).rules.find(({ rule }) => rule === "smear")?.error ?? Number.NaN,
    );
    expect(errors[0]).toBeLessThan(0.1);
    expect(errors[1]).toBeLessThan(0.4);
    expect(errors[2]).toBeGreaterThan(0.8);
  }
});

test("a picture left out while liquid pours doubles what comes in; as made it comes in evenly", {
  timeout: 60_000,
}, () => {
  for (const template of ["pour", "stream"] as const) {
    const clip = clipOf(template, SEED);
    // Both of the mouth's openings lie before frame 0 and both close after frame 6.
    const frame = clip.frames.length / 16;
    const shorter = clip.frames.slice();
    shorter.copyWithin(4 * frame, 5 * frame);
    expect(judged(shorter, clip)).toContain("inflow");
    expect(judged(clip.frames, clip)).not.toContain("inflow");
  }
});

test("a step is beyond its neighbours, or between them", () => {
  expect(beyond([0, 1, 3, 4])).toBe(1);
  expect(beyond([0, 2, 2, 4])).toBe(2);
  expect(beyond([0, 1, 3, 6])).toBe(0);
});

describe("what holds a body up in liquid", { timeout: 60_000 }, () => {
  test.each(["wrong-density", "hangs-in-liquid"])("%s", (name) => {
    const corruption = CORRUPTIONS.find((one) => one.name === name);
    const [template] = corruption?.templates ?? [];
    const made = [0, 1, 2, 3].flatMap((i) => {
      const clip = clipOf(template, SEED + i);
      const frames = corruption?.make(clip, rapier);
      return frames ? [judged(frames, clip)] : [];
    });
    expect(made.length).toBeGreaterThanOrEqual(2);
    for (const rules of made) expect(rules.includes("lift") || rules.includes("sink-or-float")).toBe(true);
  });
});
