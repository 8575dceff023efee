// The generator behind the real worker: what it refuses, what it is given, and what stops it.
import { afterAll, beforeAll, expect, test } from "vitest";
import { ComputeFailure } from "../../src/state/client.ts";
import type { GenerateRequest } from "../../src/worker/protocol.ts";
import { type RunningWorker, startWorker } from "../support/worker.ts";

const REQUEST: GenerateRequest = {
  type: "generate",
  prompt: "a large red ball hits a small blue ball",
  seed: 7,
  steps: 2,
  guidance: 1,
  given: false,
};

let worker: RunningWorker;
beforeAll(async () => {
  worker = startWorker();
  await worker.request({ type: "boot", backend: "cpu" });
});
afterAll(() => worker.stop());

const generate = (change: Partial<GenerateRequest> = {}) => worker.request({ ...REQUEST, ...change });

test.each([
  [{ steps: 0 }, "bad-request", /steps must be a whole number from 1 to 100, got 0/],
  [{ steps: 2.5 }, "bad-request", /got 2.5/],
  [{ guidance: 11 }, "bad-request", /guidance must be from 0 to 10, got 11/],
  [{ guidance: Number.NaN }, "bad-request", /got NaN/],
  [{ seed: -1 }, "bad-request", /seed must be a whole number from 0 to 4294967295, got -1/],
  [{ prompt: "a cat sits on the floor" }, "sandbox-prompt", /"cat" \(word 2\)/],
  [
    { trained: { name: "mine", bytes: new Uint8Array(8) } },
    "bad-request",
    /^a student that was trained here runs on WebGPU, and this browser has none/,
  ],
] as const)("%j is refused in one sentence", async (change, code, message) => {
  const error = await generate(change).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ComputeFailure)) throw new Error(`expected a failure, got ${error}`);
  expect(error.failure).toMatchObject({ code, message: expect.stringMatching(message) });
});

test("both clips come back judged, and the first frames are the simulator's where they are given", async () => {
  const difference = (a: Uint8Array, b: Uint8Array, frames: number) => {
    const length = frames * 64 * 64 * 3;
    let sum = 0;
    for (let i = 0; i < length; i++) sum += Math.abs(a[i] - b[i]);
    return sum / length / 255;
  };
  const apart = [];
  for (const given of [true, false]) {
    const reply = (await generate({ given }))!;
    const { made, simulated } = reply;
    expect(reply.provider).toBe("wasm");
    expect(made).toMatchObject({
      template: "collide",
      source: { kind: "student", seed: 7, steps: 2, guidance: 1, given },
      verdict: { prompt: REQUEST.prompt },
    });
    expect(simulated).toMatchObject({ source: { kind: "sandbox", corruption: null }, verdict: { joint: true } });
    expect(made.frames).toHaveLength(16 * 64 * 64 * 3);
    apart.push(difference(made.frames, simulated.frames, 4));
  }
  // Given, they have been through the autoencoder only; not given, they are the student's own idea of another clip.
  expect(apart[0]).toBeLessThan(0.05);
  expect(apart[1]).toBeGreaterThan(2 * apart[0]);
  expect(await worker.event("generate-progress")).toMatchObject({ stage: "downloading" });
});

test("a judgement or a stop ends it between two steps; quick questions are answered meanwhile", async () => {
  for (const stop of ["generate-stop", "judge"] as const) {
    const long = generate({ steps: 100, seed: 1 });
    const answer = await worker.request({ type: "sandbox-check", prompt: REQUEST.prompt });
    expect(answer?.problem).toBeNull();
    const stopped =
      stop === "judge"
        ? worker.request({
            type: "judge",
            source: { kind: "sandbox", prompt: REQUEST.prompt, seed: 7, corruption: null },
          })
        : worker.request({ type: "generate-stop" });
    expect(await long).toBeUndefined();
    expect(await stopped).toBeDefined();
  }
});
