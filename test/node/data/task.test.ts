import { expect, test } from "vitest";
import { TASKS, taskClip, taskLine, taskOf } from "../../../src/data/task.ts";
import { TEMPLATE_NAMES } from "../../../src/world/language/patterns.ts";
import { sampleClip, splitOf } from "../../../src/world/language/splits.ts";
import { lawsWith, USUAL_LAWS } from "../../../src/world/laws.ts";

test("a task's templates come in turn, and its first clips of seed 0 are those of the pre-training's cache", () => {
  const task = taskOf("solids", { clips: 8 });
  expect(TASKS.solids.templates).toEqual(["collide", "hit-box", "bounce", "slide-off"]);
  expect(TASKS.everything.templates).toEqual(TEMPLATE_NAMES);
  expect(TASKS.liquids.templates).toHaveLength(8);
  const clips = Array.from({ length: 8 }, (_, i) => taskClip(task, "train", i));
  const cached = ["collide", "hit-box", "bounce", "slide-off"] as const;
  expect(clips).toEqual(
    [0, 1].flatMap((turn) => cached.map((name) => ({ ...sampleClip("train", turn, name), laws: USUAL_LAWS }))),
  );
});

test("splits and seeds share no clip", () => {
  const names = (["train", "validation", "held-out", "out-of-distribution"] as const).flatMap((split) =>
    [0, 1, 65535].flatMap((seed) =>
      [0, 1, 4095].map((i) => {
        const clip = taskClip(taskOf("bounce", { seed }), split, i);
        expect(splitOf(clip.prompt, clip.seed)).toBe(split);
        return `${split} ${clip.seed} ${clip.prompt}`;
      }),
    ),
  );
  expect(new Set(names).size).toBe(names.length);
});

test("one sentence: only the seed varies, and validation has seeds that training has not", () => {
  const task = taskOf("A large red ball  hits a small blue box", { clips: 64, laws: lawsWith({ restitution: 0.3 }) });
  expect(task).toMatchObject({ name: "a large red ball hits a small blue box", templates: ["hit-box"] });
  const seeds = (split: "train" | "validation") =>
    Array.from({ length: 64 }, (_, i) => {
      const clip = taskClip(task, split, i);
      expect(clip).toMatchObject({ prompt: task.name, laws: { restitution: 0.3 } });
      return clip.seed;
    });
  const [train, validation] = [seeds("train"), seeds("validation")];
  expect(new Set([...train, ...validation]).size).toBe(128);
  expect(train.every((seed) => seed % 16 !== 0)).toBe(true);
  expect(validation.every((seed) => seed % 16 === 0)).toBe(true);
  expect(() => taskClip(task, "held-out", 0)).toThrow('measured on "validation", its other seeds, not on "held-out"');
  expect(taskLine(task)).toBe("a large red ball hits a small blue box, 64 clips of seed 0, restitution 0.3");
});

test.each([
  [() => taskOf("solid"), "a task is one of everything, solids, liquids, collide"],
  [() => taskOf("a large red ball"), "the sentence stops after word 4"],
  [() => taskOf("bounce", { clips: 0 }), "clips must be a whole number from 1 to 4096, got 0"],
  [() => taskOf("bounce", { clips: 4097 }), "from 1 to 4096, got 4097"],
  [() => taskOf("bounce", { seed: 1.5 }), "the task's seed must be a whole number from 0 to 65535, got 1.5"],
  [() => taskOf("bounce", { given: 1.1 }), "given is a share from 0 to 1, got 1.1"],
  [() => taskClip(taskOf("overturn"), "out-of-distribution", 0), "overturn has no size and no speed"],
  [
    () => lawsWith({ gravitation: 1 }),
    "a law is one of gravity, restitution, sinking, floating, heavy, got gravitation",
  ],
  [() => lawsWith({ gravity: 0 }), "is a number from 0.05 to 2, got 0"],
  [() => lawsWith({ restitution: Number.NaN }), "is a number from 0 to 1, got NaN"],
])("%s is refused in a sentence", (act, words) => {
  expect(act).toThrow(words);
});
