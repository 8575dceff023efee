// A task's clips in real Chromium, simulated in a thread of their own, against what the pre-training makes of the same clips.
import { afterAll, expect, test } from "vitest";
import { clipEncoders } from "../../src/data/encode.ts";
import { prepare } from "../../src/data/prepare.ts";
import { simulatorThread } from "../../src/data/simulator.ts";
import { taskOf } from "../../src/data/task.ts";
import { Models } from "../../src/encoders/models.ts";
import { fromHalf } from "../../src/formats/half.ts";
import { parseSafetensors, tensorOf } from "../../src/formats/safetensors.ts";
import { maskBatch, type PreparedClip, teacherBatch } from "../../src/train/prepared_clip.ts";
import goldenUrl from "../fixtures/prepared_golden.safetensors?url";
import { expectClose } from "../support/close.ts";

/** Float32 sums in another order, of latents up to 4; a wrong mean, deviation or layout is off by 0.1 and more. */
const TOKENS = { rtol: 0, atol: 1e-3 };
/** Features up to 20: both sides are rounded to 11 binary digits, and what lies on a border may fall to either side. */
const FEATURES = { rtol: 2 ** -10, atol: 1e-3 };

const simulator = simulatorThread();
afterAll(() => simulator.close());

const golden = async () => parseSafetensors(new Uint8Array(await (await fetch(goldenUrl)).arrayBuffer()));
const unstoppable = new AbortController().signal;
const encoders = clipEncoders({
  gpu: null,
  models: new Models({ wasmThreads: 2 }),
  signal: unstoppable,
  progress() {},
});

test.each(["bounce", "float"])("the first clip of %s is the pre-training's", async (name) => {
  const file = await golden();
  const clips: PreparedClip[] = [];
  for await (const clip of prepare(taskOf(name, { clips: 1 }), { teacher: "videomae", simulator, encoders })) {
    clips.push(clip);
  }
  const [clip] = clips;
  expect(clip.prompt).toBe(file.metadata[name]);
  expect([...clip.words]).toEqual([...tensorOf(file, `words.${name}`, "I32", [12]).data]);
  expectClose("x0", clip.x0, tensorOf(file, `x0.${name}`, "F32", [256, 48]).data, TOKENS);
  expect([...maskBatch(clips, 0.2, 8)]).toEqual([...tensorOf(file, `mask.${name}`, "U8", [512]).data]);
  const expected = new Float32Array(512 * 192);
  fromHalf(tensorOf(file, `teacher.${name}`, "F16", [512, 192]).data, expected);
  expectClose("teacher", teacherBatch(clips), expected, FEATURES);
});

test("the world teaches from its own thread, and what it cannot show comes back as a sentence", async () => {
  const clips: PreparedClip[] = [];
  const task = taskOf("collide", { clips: 2 });
  for await (const clip of prepare(task, { teacher: "world", simulator, encoders })) clips.push(clip);
  expect(teacherBatch(clips)).toHaveLength(2 * 512 * 192);
  const [{ prompt, seed }] = clips;
  const impossible = await simulator.simulate({ prompt: `${prompt} twice`, seed, laws: task.laws }, false);
  expect(impossible).toEqual({ problem: expect.stringContaining("twice") });
});
