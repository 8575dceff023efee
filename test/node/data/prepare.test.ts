import { beforeAll, expect, test, vi } from "vitest";
import type { ClipEncoders } from "../../../src/data/encode.ts";
import type { ClipStore } from "../../../src/data/kept.ts";
import type { KeptTokens } from "../../../src/data/kept_file.ts";
import { type PrepareProgress, prepare } from "../../../src/data/prepare.ts";
import { type Simulator, simulatorHere } from "../../../src/data/simulate.ts";
import { taskClip, taskOf } from "../../../src/data/task.ts";
import { toHalf } from "../../../src/formats/half.ts";
import { maskBatch, type PreparedClip, type TeacherFeatures, teacherBatch } from "../../../src/train/prepared_clip.ts";
import { ClipShelf } from "../../../src/worker/student/clips.ts";
import { tokensOf } from "../../../src/world/language/words.ts";
import { lawsWith } from "../../../src/world/laws.ts";
import { createWorld } from "../../../src/world/world.ts";

/** Networks that say which clip they saw: its first pixels. */
const encoders: ClipEncoders = {
  tokens: async (frames) => Float32Array.from({ length: 256 * 48 }, (_, i) => frames[i] / 255),
  features: async (frames) => ({ channels: 4, halves: toHalf(frames.subarray(0, 512 * 4)) }),
};
let simulator: Simulator;
beforeAll(async () => {
  simulator = await simulatorHere();
});

async function all(clips: AsyncIterable<PreparedClip>): Promise<PreparedClip[]> {
  const found: PreparedClip[] = [];
  for await (const clip of clips) found.push(clip);
  return found;
}

test("a task's clips in order, each with the words, pictures and truth of its own, and what each part took", async () => {
  const task = taskOf("solids", { clips: 6 });
  const told: PrepareProgress[] = [];
  const clips = await all(prepare(task, { teacher: "videomae", simulator, encoders, progress: (p) => told.push(p) }));
  const { makeClip } = await createWorld();
  for (const [i, clip] of clips.entries()) {
    const { prompt, seed } = taskClip(task, "train", i);
    const made = makeClip(prompt, seed);
    expect(clip).toMatchObject({ prompt, seed, template: made.template });
    expect([...clip.words]).toEqual([...tokensOf(prompt)]);
    expect(clip.x0).toEqual(await encoders.tokens(made.frames));
    expect(clip.truth.center).toEqual(made.center);
    expect(clip.truth.bodies).toEqual(made.bodies.map(({ kind, colour }) => ({ kind, colour })));
    expect(clip.saliency).toHaveLength(8 * 64);
  }
  expect(told.map(({ ready }) => ready)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  const { parts, total, left } = told[6];
  expect({ total, left }).toEqual({ total: 6, left: 0 });
  expect(Object.values(parts).map((part) => part.clips)).toEqual([6, 6, 6, 0]);
  expect(parts.simulation.seconds).toBeGreaterThan(0);
});

test("batches: clips one after another, in what the step takes", async () => {
  const clips = await all(prepare(taskOf("collide", { clips: 2 }), { teacher: "videomae", simulator, encoders }));
  const teacher = teacherBatch(clips);
  expect(teacher).toHaveLength(2 * 512 * 4);
  expect(toHalf(teacher.subarray(512 * 4))).toEqual(clips[1].teacher?.halves);
  const mask = maskBatch(clips, 0.2, 8);
  for (let frame = 0; frame < 16; frame++) {
    const kept = mask.subarray(64 * frame, 64 * (frame + 1)).reduce((sum, one) => sum + one, 0);
    expect(kept).toBeLessThanOrEqual(13);
    expect(kept).toBeGreaterThan(0);
  }
  const [bare] = await all(prepare(taskOf("collide", { clips: 1 }), { teacher: "none", simulator, encoders }));
  expect(() => teacherBatch([bare])).toThrow("was prepared without a teacher, and the loss reads one");
});

test("other laws and another split make other clips", async () => {
  const one = (laws: Record<string, number>, split: "train" | "validation" = "train") =>
    all(prepare(taskOf("bounce", { clips: 1, laws: lawsWith(laws) }), { teacher: "none", simulator, encoders, split }));
  const [[usual], [light], [held]] = [await one({}), await one({ gravity: 0.25 }), await one({}, "validation")];
  expect(light.prompt).toBe(usual.prompt);
  expect(light.truth.center).not.toEqual(usual.truth.center);
  expect(held.seed % 16).toBe(0);
  const fall = ({ truth: { center } }: PreparedClip) => center[5] - 2 * center[3] + center[1];
  expect(fall(usual)).toBeCloseTo(0.5, 3);
  expect(fall(light)).toBeCloseTo(0.25, 3);
});

/** A store in memory, and what is in it. */
function memoryStore() {
  const [tokens, teachers] = [new Map<string, KeptTokens>(), new Map<string, TeacherFeatures>()];
  const store: ClipStore = {
    tokens: async (clip) => tokens.get(JSON.stringify(clip)) ?? null,
    teacher: async (clip, part) => teachers.get(JSON.stringify([clip, part])) ?? null,
    keepTokens: async (clip, kept) => void tokens.set(JSON.stringify(clip), kept),
    keepTeacher: async (clip, part, features) => void teachers.set(JSON.stringify([clip, part]), features),
    problem: null,
  };
  return { store, tokens, teachers };
}

test("what is kept is neither simulated nor encoded again, and is the same; only what is missing is made", async () => {
  const { store, tokens, teachers } = memoryStore();
  const task = taskOf("collide", { clips: 3 });
  const simulate = vi.fn(simulator.simulate);
  const seen: PrepareProgress[] = [];
  const options = { simulator: { ...simulator, simulate }, store, progress: (p: PrepareProgress) => void seen.push(p) };
  const made = await all(prepare(task, { ...options, encoders, teacher: "videomae" }));
  expect([tokens.size, teachers.size, simulate.mock.calls.length]).toEqual([3, 3, 3]);

  const none: ClipEncoders = { tokens: vi.fn(encoders.tokens), features: vi.fn(encoders.features) };
  expect(await all(prepare(task, { ...options, encoders: none, teacher: "videomae" }))).toEqual(made);
  expect(simulate).toHaveBeenCalledTimes(3);
  expect(none.tokens).not.toHaveBeenCalled();
  expect(none.features).not.toHaveBeenCalled();
  expect(seen.at(-1)?.parts).toMatchObject({ reading: { clips: 3 }, simulation: { clips: 0 } });
  expect((await all(prepare(task, { ...options, encoders: none, teacher: "none" })))[2].teacher).toBeNull();

  teachers.delete([...teachers.keys()][1]);
  expect(await all(prepare(task, { ...options, encoders: none, teacher: "videomae" }))).toEqual(made);
  expect(simulate).toHaveBeenCalledTimes(4);
  expect(none.tokens).not.toHaveBeenCalled();
  expect(none.features).toHaveBeenCalledTimes(1);
});

test("who stops asking, or aborts, stops the work; nothing is simulated far ahead", async () => {
  const simulate = vi.fn(simulator.simulate);
  const options = { teacher: "none", simulator: { ...simulator, simulate }, encoders } as const;
  const clips = prepare(taskOf("collide", { clips: 100 }), options);
  for await (const clip of clips) {
    expect(clip.template).toBe("collide");
    break;
  }
  expect(simulate.mock.calls.length).toBeLessThanOrEqual(6);

  const stop = new AbortController();
  const never = { ...options, simulator: { simulate: () => new Promise<never>(() => {}), close() {} } };
  const next = prepare(taskOf("collide"), { ...never, signal: stop.signal }).next();
  stop.abort(new Error("stopped by hand"));
  await expect(next).rejects.toThrow("stopped by hand");
});

test("a clip that the world cannot show is left out and said; where none can be, the work ends with a sentence", async () => {
  const everyOther: Simulator = {
    ...simulator,
    simulate: async (clip, teacher) =>
      clip.seed % 2 ? simulator.simulate(clip, teacher) : { problem: "“it” with seed 2 shows nothing" },
  };
  const told: PrepareProgress[] = [];
  const task = taskOf("bounce", { clips: 6 });
  const options = { teacher: "none", encoders, progress: (p: PrepareProgress) => void told.push(p) } as const;
  expect(await all(prepare(task, { ...options, simulator: everyOther }))).toHaveLength(3);
  expect(told.at(-1)).toMatchObject({ ready: 3, left: 3, total: 6, reason: "“it” with seed 2 shows nothing" });

  const none: Simulator = { simulate: async () => ({ problem: "nothing falls" }), close() {} };
  await expect(all(prepare(taskOf("bounce"), { ...options, simulator: none }))).rejects.toThrow(
    "the world cannot show 24 clips in a row of bounce, 512 clips of seed 0 (nothing falls): take laws nearer to the usual ones",
  );
});

test("clips in a row are counted from the last that could be shown: of those before it nothing is said", async () => {
  let asked = 0;
  const once: Simulator = {
    ...simulator,
    simulate: async (clip, teacher) =>
      asked++ === 10 ? simulator.simulate(clip, teacher) : { problem: "nothing falls" },
  };
  const told: PrepareProgress[] = [];
  const options = {
    teacher: "none",
    encoders,
    simulator: once,
    progress: (p: PrepareProgress) => void told.push(p),
  } as const;
  await expect(all(prepare(taskOf("bounce"), options))).rejects.toThrow("the world cannot show 24 clips in a row");
  expect(told.at(-1)).toMatchObject({ ready: 1, left: 33 });
});

/** A shelf of that many clips whose autoencoder breaks once, at the clip after the first `sound` ones. */
function brittleShelf(clips: number, sound: number) {
  const told: PrepareProgress[] = [];
  let seen = 0;
  const tokens: ClipEncoders["tokens"] = (frames) =>
    seen++ === sound ? Promise.reject(new Error("the GPU was lost")) : encoders.tokens(frames);
  const options = { teacher: "none", simulator, encoders: { ...encoders, tokens }, clips } as const;
  const task = taskOf("collide", { clips });
  return { task, told, shelf: new ClipShelf(task, { ...options, progress: (one) => void told.push(one) }) };
}

test("after an error the clip that it was about is prepared when somebody asks again: none is left out in silence", async () => {
  const { task, told, shelf } = brittleShelf(6, 2);
  await expect(shelf.get(5)).rejects.toThrow("the GPU was lost");
  expect([shelf.has(1), shelf.has(2)]).toEqual([true, false]);
  const whole = await all(prepare(task, { teacher: "none", simulator, encoders }));
  for (const [i, clip] of whole.entries()) expect(await shelf.get(i)).toEqual(clip);
  expect(told.at(-1)).toMatchObject({ ready: 6, left: 0, total: 6 });
  // Past the task's end they begin again, and not before.
  expect(await shelf.get(6)).toBe(await shelf.get(0));
});

test("a task that shows nothing says so each time: it does not end there", async () => {
  const none: Simulator = { simulate: async () => ({ problem: "nothing falls" }), close() {} };
  const shelf = new ClipShelf(taskOf("bounce", { clips: 3 }), { teacher: "none", simulator: none, encoders });
  for (let i = 0; i < 2; i++) await expect(shelf.get(0)).rejects.toThrow("the world cannot show 3 clips in a row");
  expect(shelf.has(0)).toBe(false);
});
