// What is measured in the clips that a student draws.
import { expect, test } from "vitest";
import definition from "../../models/student/student.json";
import { taskOf } from "../../src/data/task.ts";
import type { EncoderContext } from "../../src/encoders/types.ts";
import { planResults } from "../../src/state/student/plan/results.ts";
import { newStudentRun } from "../../src/state/student/store.ts";
import { errorWords } from "../../src/ui/student/words.ts";
import { planarRgb, rgbaOf } from "../../src/video/tubelets.ts";
import { parseStudentRecipe, type StudentStarted } from "../../src/worker/protocol.ts";
import { looksOf } from "../../src/worker/student/looks.ts";
import { lawsWith } from "../../src/world/laws.ts";
import { createWorld } from "../../src/world/world.ts";

const SIZE = { width: 64, height: 64 };
const noPause = async () => {};

test("black clips have 16 px and no body found, the simulator's own 0 and all of them", async () => {
  const world = await createWorld();
  const task = taskOf("bounce", { clips: 2, given: 0, laws: lawsWith({}) });
  // What the decoder makes of the latents of one clip after the other.
  const decoded: Float32Array[] = [];
  const context = { models: { use: async () => decoded.shift() } } as unknown as EncoderContext;
  const asks = { count: 2, drawn: "unseen", steps: 1, given: false, seed: 1, shape: definition.shape } as const;
  const looks = await looksOf(world, task, asks, context, noPause);
  const drawn = looks.watched.map(({ prompt }) => ({ prompt, latents: new Float32Array(256 * 48) }));
  decoded.push(...drawn.map(() => new Float32Array(16 * 3 * 64 * 64)));
  const black = await looks.samplesOf(drawn as never, context, noPause);
  expect(black).toHaveLength(2);
  for (const sample of black) {
    expect([sample.centreError, sample.bodies?.seen, sample.bodies && sample.bodies.sought > 0]).toEqual([16, 0, true]);
    expect(errorWords(sample)).toMatch(/^its bodies are not found, which counts 16 px; a still clip is /);
  }
  const recipe = parseStudentRecipe({ loss: "none", lambda: null, share: null, steps: 4, evaluateEvery: 4 });
  const started = { run: 1, status: "done", step: 4, steps: 4, recipe } as unknown as StudentStarted;
  const run = { ...newStudentRun(started, { id: "a" }), looks: [{ step: 4, samples: black, joint: null }] };
  const plan = { version: 1, id: "p", savedAt: 0, over: "loss", weights: false, arms: [{ run: "a", recipe }] } as const;
  expect(planResults(plan, [run], null)?.rows[0]).toMatchObject({
    found: 0,
    drawn: 2,
    reached: { centre: { mean: 16 } },
  });

  decoded.push(...looks.watched.map(({ frames }) => planarRgb(rgbaOf(frames, SIZE), SIZE)));
  for (const { centreError, bodies } of await looks.samplesOf(drawn as never, context, noPause)) {
    expect(centreError).toBeLessThan(0.1);
    expect(bodies?.seen).toBe(bodies?.sought);
  }
});
