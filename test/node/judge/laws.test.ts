import { beforeAll, expect, test } from "vitest";
import { LAWS as OPTIONS } from "../../../scripts/lib/laws.mjs";
import { parseSafetensors } from "../../../src/formats/safetensors.ts";
import { judgeClip } from "../../../src/judge/judge.ts";
import { clipFile } from "../../../src/shell/clip_file.ts";
import { judgeFile } from "../../../src/shell/judge.ts";
import { sampleClip } from "../../../src/world/language/splits.ts";
import { LAW_NAMES, lawsWith, USUAL_LAWS } from "../../../src/world/laws.ts";
import type { TemplateName } from "../../../src/world/types.ts";
import { createWorld, type World } from "../../../src/world/world.ts";
import { broken } from "../../support/judged.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

/** Which rules see it: one of these. */
const CASES: readonly (readonly [TemplateName, Readonly<Record<string, number>>, string])[] = [
  ["bounce", { gravity: 0.25 }, "gravity"],
  ["drop", { gravity: 0.25 }, "liquid-gravity"],
  ["bounce", { gravity: 1 }, "gravity"],
  ["collide", { restitution: 0.3 }, "restitution"],
  ["float", { floating: 0.25 }, "lift or sink-or-float"],
];

test.each(CASES)(
  "a clip of %s in a world of %o keeps its laws, and breaks the usual ones",
  (template, changes, rule) => {
    const sees = (verdict: ReturnType<typeof judgeClip>) =>
      broken(verdict).some((one) => rule.split(" or ").includes(one));
    const laws = lawsWith(changes);
    const { prompt, seed } = sampleClip("validation", 50, template);
    const clip = world.makeClip(prompt, seed, laws);
    expect(clip.laws).toEqual(laws);
    expect(broken(judgeClip(clip.frames, prompt, { laws }))).toEqual([]);
    expect(sees(judgeClip(clip.frames, prompt))).toBe(true);
    // And the other way round: the usual world's clip is none of this one.
    const usual = world.makeClip(prompt, seed);
    expect(sees(judgeClip(usual.frames, prompt, { laws }))).toBe(true);
  },
);

test("the file of a clip says its laws where they are not the usual ones, and is judged by them", () => {
  const { prompt, seed } = sampleClip("validation", 50, "bounce");
  const [usual, light] = [{}, { gravity: 0.25 }].map((laws) => clipFile(world.makeClip(prompt, seed, lawsWith(laws))));
  expect(parseSafetensors(usual).metadata.laws).toBeUndefined();
  expect(parseSafetensors(light).metadata.laws).toBe('{"gravity":0.25}');
  expect(JSON.parse(judgeFile(usual, "usual"))).not.toHaveProperty("laws");
  expect(JSON.parse(judgeFile(light, "light"))).toMatchObject({ joint: true, laws: { gravity: 0.25 } });
  expect(JSON.parse(judgeFile(light, "light", { gravity: 0.5 }))).toMatchObject({ joint: false });
  expect(() => judgeFile(light, "light", { gravity: 5 })).toThrow("is a number from 0.05 to 2, got 5");
});

test("the commands take every law", () => {
  expect(OPTIONS).toEqual(LAW_NAMES);
  expect(lawsWith({})).toEqual(USUAL_LAWS);
});
