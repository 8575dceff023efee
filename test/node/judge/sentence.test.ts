// SA*: a clip is judged under its own sentence, where all of it is shown, and under one that differs in a word.
import { beforeAll, expect, test, vi } from "vitest";
import { CORRUPTIONS } from "../../../src/judge/exam/corruptions.ts";
import { judgeClip } from "../../../src/judge/judge.ts";
import { clipFile } from "../../../src/shell/clip_file.ts";
import { judgeFile } from "../../../src/shell/judge.ts";
import { sentenceOf } from "../../../src/world/language/splits.ts";
import { loadRapier, type Rapier } from "../../../src/world/rigid.ts";
import { createWorld, type World } from "../../../src/world/world.ts";
import { broken } from "../../support/judged.ts";

vi.setConfig({ testTimeout: 60_000 });

let world: World;
let rapier: Rapier;
beforeAll(async () => {
  [world, rapier] = [await createWorld(), await loadRapier()];
}, 60_000);

const SEED = 5;

/** The rules of SA* that do not hold. */
const missing = (frames: Uint8Array, prompt: string): string[] =>
  broken(judgeClip(frames, prompt, { parsed: false }), "SA");

test.each([
  ["a large red ball hits a small blue ball from the", "left", "right", ["sa-direction"]],
  ["a small orange ball bounces on the floor to the", "left", "right", ["sa-direction"]],
  ["blue liquid pours onto a large red box from the", "left", "right", ["sa-direction"]],
  ["red liquid meets blue liquid from the", "left", "right", ["sa-direction"]],
  ["an orange stream crosses a blue stream from the", "left", "right", ["sa-direction"]],
  ["a large red ball hits a small blue ball", "slowly", "quickly", ["sa-speed"]],
  ["a small orange ball bounces on the floor", "slowly", "quickly", ["sa-speed"]],
  ["a small green box moves through purple liquid", "slowly", "quickly", ["sa-speed"]],
  ["a large green drop falls into yellow liquid", "slowly", "quickly", ["sa-speed"]],
  ["red liquid meets blue liquid", "slowly", "quickly", ["sa-speed"]],
  ["a large red ball hits a small blue", "ball", "box", ["sa-shape"]],
  ["a small red … sinks in blue liquid", "ball", "box", ["sa-shape"]],
  ["a … red ball floats in blue liquid", "small", "large", ["sa-size"]],
  ["a … green drop falls into yellow liquid", "small", "large", ["sa-size"]],
  ["a large red ball hits a small … ball", "blue", "green", ["sa-objects", "sa-colours", "sa-event"]],
])("%s: %s is not %s", (text, one, other, rules) => {
  const [a, b] = [one, other].map((word) => (text.includes("…") ? text.replace("…", word) : `${text} ${word}`));
  for (const [own, odd] of [
    [a, b],
    [b, a],
  ]) {
    const { frames } = world.makeClip(own, SEED);
    expect(missing(frames, own)).toEqual([]);
    expect(missing(frames, odd)).toEqual(rules);
  }
});

test("what a clip does not show is said in words, and does not hold", () => {
  const { frames, ...clip } = world.makeClip("a large red ball hits a small blue ball", SEED);
  const prompt = "heavy orange liquid above light green liquid";
  const { rules } = JSON.parse(judgeFile(clipFile({ ...clip, frames, prompt }), "clip"));
  const heavy = rules.find(({ rule }: { readonly rule: string }) => rule === "heavy-below-light");
  expect(heavy).toMatchObject({ error: null, applies: true, holds: false });
  // Its two balls are never seen whole at once.
  const other = world.makeClip(sentenceOf("collide", 900), 900);
  const faded = CORRUPTIONS.find(({ name }) => name === "cross-fade")?.make(other, rapier);
  if (!faded) throw new Error("a clip can be cross-faded");
  for (const verdict of [judgeClip(frames, prompt), judgeClip(faded, other.prompt)]) {
    expect(verdict.sa).toBeLessThan(0.5);
    for (const { says } of verdict.rules) expect(says).not.toMatch(/NaN|Infinity/);
  }
});
