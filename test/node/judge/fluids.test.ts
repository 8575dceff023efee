import { beforeAll, expect, test, vi } from "vitest";
import { FLUID_CORRUPTIONS } from "../../../src/judge/exam/fluid_corruptions.ts";
import { withBlur, withNoise } from "../../../src/judge/exam/soften.ts";
import { buoyancyRule } from "../../../src/judge/fluid/buoyancy.ts";
import { energyRule } from "../../../src/judge/fluid/energy.ts";
import { bent } from "../../../src/judge/fluid/gravity.ts";
import { jetOf } from "../../../src/judge/fluid/jet.ts";
import { type Liquid, parseLiquids } from "../../../src/judge/fluid/parse.ts";
import { sourceStops } from "../../../src/judge/fluid/pouring.ts";
import { judgeClip } from "../../../src/judge/judge.ts";
import type { RuleName } from "../../../src/judge/rules.ts";
import { createFluid } from "../../../src/world/fluid/fluid.ts";
import { parsePrompt } from "../../../src/world/language/grammar.ts";
import { sentenceOf } from "../../../src/world/language/splits.ts";
import { GRAVITY } from "../../../src/world/laws.ts";
import { render } from "../../../src/world/render/render.ts";
import { loadRapier, type Rapier } from "../../../src/world/rigid.ts";
import { simulate } from "../../../src/world/simulate.ts";
import { CLIP, type TemplateName, type WorldClip } from "../../../src/world/types.ts";
import { createWorld, type World } from "../../../src/world/world.ts";
import { broken } from "../../support/judged.ts";

vi.setConfig({ testTimeout: 60_000 });

let world: World;
let rapier: Rapier;
beforeAll(async () => {
  [world, rapier] = [await createWorld(), await loadRapier()];
}, 60_000);

const liquidsOf = (clip: WorldClip, frames = clip.frames as Uint8Array): Liquid[] => {
  const dry = clip.scene.solids.map(({ colour }) => colour);
  const wet = clip.scene.fluids.map(({ colour }) => colour);
  return parseLiquids(frames, wet, dry);
};

const PROMPTS = [
  "a small red ball sinks in blue liquid",
  "blue liquid pours onto a large red box",
  "red liquid meets green liquid",
  "heavy purple liquid above light yellow liquid",
  "a large green drop falls into yellow liquid",
  "an orange stream crosses a blue stream",
];

test.each(PROMPTS)("amount and place are read from pixels: %s", (prompt) => {
  const clip = world.makeClip(prompt, 7);
  const solids = clip.scene.solids.length;
  for (const [k, liquid] of liquidsOf(clip).entries()) {
    const body = clip.bodies[solids + k];
    if (!("mass" in body)) throw new Error("a liquid has a mass");
    for (let t = 0; t < CLIP.frames; t++) {
      // Jets that splash over a box are drawn up to a tenth smaller or larger than their particles' area.
      expect(Math.abs(liquid.area[t] - body.mass[t])).toBeLessThan(0.12 * body.mass[t] + 8);
      const at = 2 * (t * clip.bodies.length + solids + k);
      const off = Math.hypot(liquid.x[t] - clip.center[at], liquid.y[t] - clip.center[at + 1]);
      // A liquid partly behind the frame's edge or a body has its seen centre elsewhere, by less than its own unevenness.
      expect(off).toBeLessThan(1.5);
    }
  }
});

test("noise is doubted by as much as it does", () => {
  const clip = world.makeClip(PROMPTS[5], 7);
  const [clean, noisy] = [liquidsOf(clip), liquidsOf(clip, withNoise(clip.frames, 0.03, 1))];
  const off = noisy.flatMap(({ area, doubt }, k) =>
    [...area].map((now, t) => (now - clean[k].area[t]) / doubt.area[t]),
  );
  const rms = Math.sqrt(off.reduce((sum, value) => sum + value * value, 0) / off.length);
  // 32 values, one unit each were the doubt exact; the edge of what is counted moves with the noise as well.
  expect(rms).toBeGreaterThan(0.5);
  expect(rms).toBeLessThan(2);
});

test("a blur half a pixel wide keeps the amount", () => {
  const clip = world.makeClip(PROMPTS[4], 7);
  const [clean, soft] = [liquidsOf(clip), liquidsOf(clip, withBlur(clip.frames, 0.5))];
  for (const [k, { area }] of soft.entries()) {
    for (let t = 0; t < CLIP.frames; t++) expect(area[t] / clean[k].area[t]).toBeCloseTo(1, 1);
  }
});

test("a drop that has thinly mixed keeps its amount in a grainy clip", () => {
  const clip = world.makeClip("a small blue drop falls into yellow liquid slowly", 40_001);
  const amount = ([drop]: Liquid[]) => drop.area.subarray(13).reduce((sum, area) => sum + area, 0);
  // Blue and yellow are nearly opposite, so noise hides a thin mixture of them: without its surroundings a quarter of it went missing.
  expect(amount(liquidsOf(clip, withNoise(clip.frames, 0.03, 40_001))) / amount(liquidsOf(clip))).toBeGreaterThan(0.85);
});

test.each([1, 2, 3])("the mouth says when it stops to pour, seed %d", (seed) => {
  for (const prompt of [PROMPTS[1], PROMPTS[5]]) {
    const clip = world.makeClip(prompt, seed);
    for (const [k, liquid] of liquidsOf(clip).entries()) {
      const stop = sourceStops(parsePrompt(prompt), liquid);
      const to = clip.scene.fluids[k].source?.to ?? 0;
      // The last of it takes about a frame to leave the mouth.
      expect(stop - to).toBeGreaterThan(-0.5);
      expect(stop - to).toBeLessThan(2.5);
    }
  }
});

test("a grainy pixel beside a jet is no mouth", () => {
  for (const seed of [400_065, 400_078]) {
    const clip = world.makeClip(sentenceOf("stream", seed), seed);
    const stops = [clip.frames, withNoise(clip.frames, 0.03, seed)].map((frames) =>
      liquidsOf(clip, frames).map((liquid) => sourceStops(parsePrompt(clip.prompt), liquid)),
    );
    for (const [k, stop] of stops[1].entries()) expect(Math.abs(stop - stops[0][k])).toBeLessThanOrEqual(1);
  }
});

// A short fall onto a box leaves less of the jet to measure than two streams that cross in the air.
test.each([
  ["a jet", "blue liquid pours onto a small red box", 1.25],
  ["two streams", PROMPTS[5], 1.3],
])("the shape of %s tells g from 1.5 g", (_, prompt, apart) => {
  let told = 0;
  for (const seed of [1, 2, 3, 4, 5]) {
    const clip = world.makeClip(prompt, seed);
    const heavy = { ...clip.scene, gravity: 1.5 * GRAVITY };
    const measured = [clip.frames, render(heavy, simulate(rapier, heavy, createFluid)).frames].map((frames) => {
      const liquids = liquidsOf(clip, frames);
      const jets = liquids.flatMap((liquid) => {
        const others = liquids.filter((other) => other !== liquid);
        return jetOf(parsePrompt(prompt), liquid, others) ?? [];
      });
      return jets.reduce((sum, { time, y, faster }) => sum + faster ** 2 * bent(time, y), 0) / jets.length;
    });
    // NaN: too little of the jet flies freely.
    if (measured.some(Number.isNaN)) continue;
    told++;
    // The judge's own tolerance.
    expect(Math.abs(measured[0] / GRAVITY - 1)).toBeLessThan(0.21);
    expect(measured[1] / measured[0]).toBeGreaterThan(apart);
  }
  expect(told).toBeGreaterThanOrEqual(3);
});

test("a parabola of uneven times gives back its second derivative", () => {
  const times = [0, 0.7, 1.1, 2.9, 4];
  const places = times.map((t) => 3 - 2 * t + 0.25 * t * t);
  expect(bent(times, places)).toBeCloseTo(0.5, 12);
});

test("each rule says what it measured and is silent elsewhere", () => {
  const verdict = judgeClip(world.makeClip(PROMPTS[4], 7).frames, PROMPTS[4]);
  const rules = new Map(verdict.rules.map((rule) => [rule.rule, rule]));
  expect(rules.get("heavy-below-light")?.applies).toBe(false);
  expect(rules.get("sink-or-float")?.applies).toBe(false);
  expect(rules.get("liquid-mass")?.applies).toBe(true);
  expect(rules.get("liquid-gravity")?.says).toMatch(/\d\.\d\d px\/frame² downwards, the law says 0\.50/);
});

test("liquid that pours to the end has no first height that it could exceed", () => {
  const clip = world.makeClip(PROMPTS[1], 7);
  const frame = clip.frames.length / CLIP.frames;
  const pouring = clip.frames.slice(5 * frame, 6 * frame);
  const frozen = clip.frames.map((_, i) => pouring[i % frame]);
  const energyOf = (frames: Uint8Array) =>
    judgeClip(frames, clip.prompt, { parsed: false }).rules.find(({ rule }) => rule === "liquid-energy");
  expect(energyOf(clip.frames)?.applies).toBe(true);
  expect(energyOf(frozen)?.applies).toBe(false);
});

test("a body that the last frame does not show lies where it was seen last", () => {
  for (const prompt of [PROMPTS[0], "a small red ball floats in blue liquid"]) {
    const clip = world.makeClip(prompt, 7);
    const verdict = judgeClip(clip.frames, prompt);
    const solids = verdict.parsed.map((frame) => frame.solids);
    const of = (seen: typeof solids) =>
      buoyancyRule({
        attributes: parsePrompt(prompt),
        laws: clip.laws,
        liquids: liquidsOf(clip),
        solids: seen,
        noise: 0,
      });
    const hidden = of([...solids.slice(0, -1), []]);
    expect(hidden.applies).toBe(true);
    // A frame earlier the body is where it will be, or bobs by little.
    expect(Math.abs(hidden.error - of(solids).error)).toBeLessThan(0.1);
    expect(of(solids.map(() => [])).applies).toBe(false);
  }
});

test("what everything's height may be is told by the first two frames that show all of it", () => {
  const clip = world.makeClip(PROMPTS[0], 7);
  const solids = judgeClip(clip.frames, clip.prompt).parsed.map((frame) => frame.solids);
  const energyOf = (seen: typeof solids) => {
    const attributes = parsePrompt(clip.prompt);
    return energyRule({ attributes, laws: clip.laws, liquids: liquidsOf(clip), solids: seen, noise: 0 });
  };
  const late = energyOf(solids.map((frame, t) => (t < 2 ? [] : frame)));
  expect(late.applies).toBe(true);
  expect(late.overTime.slice(0, 2)).toEqual([null, null]);
  expect(late.error).toBeLessThan(late.tolerance);
  // Whole in every second frame only, it shows no motion.
  expect(energyOf(solids.map((frame, t) => (t % 2 ? [] : frame))).applies).toBe(false);
});

/** Each corruption of liquids, what it is made of, and a rule that has to be among the broken ones; of two, one. */
const BREAKS: readonly (readonly [corruption: string, TemplateName, readonly RuleName[]])[] = [
  ["mass-gain-20", "sink", ["liquid-mass"]],
  ["mass-loss-20", "stream", ["liquid-mass"]],
  ["un-mixing", "mix", ["no-unmixing"]],
  ["liquid-gravity-1.5", "stream", ["liquid-gravity"]],
  ["liquid-gravity-reversed", "sink", ["liquid-energy"]],
  ["liquid-teleports", "sink", ["liquid-jump"]],
  ["liquid-teleports", "stream", ["liquid-permanence"]],
  ["liquid-vanishes", "stream", ["inflow"]],
  ["heavy-stays-above", "overturn", ["heavy-below-light"]],
  ["sink-float-swapped", "sink", ["sink-or-float"]],
  ["wrong-density", "float", ["lift", "sink-or-float"]],
  ["hangs-in-liquid", "sink", ["lift"]],
  ["liquid-colour-drift", "sink", ["liquid-colour"]],
  ["no-displacement", "float", ["displacement"]],
];

test("the table has every corruption of liquids", () => {
  expect(new Set(BREAKS.map(([name]) => name))).toEqual(new Set(FLUID_CORRUPTIONS.map(({ name }) => name)));
});

test.each(BREAKS)("%s of %s breaks %j", (name, template, rules) => {
  const judged = (frames: Uint8Array, prompt: string) => broken(judgeClip(frames, prompt, { parsed: false }));
  const corruption = FLUID_CORRUPTIONS.find((one) => one.name === name);
  let made = false;
  // One is enough to see the rule break: a clip of liquid takes a second to simulate, and another to be judged.
  for (let seed = 0; seed < 10 && !made; seed++) {
    const clip = world.makeClip(sentenceOf(template, seed), seed);
    const frames = corruption?.make(clip, rapier);
    if (!frames) continue;
    made = true;
    expect(judged(frames, clip.prompt).filter((rule) => rules.includes(rule))).not.toEqual([]);
    expect(judged(clip.frames, clip.prompt)).toEqual([]);
  }
  expect(made).toBe(true);
});
