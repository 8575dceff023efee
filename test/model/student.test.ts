// The diffusion student in real Chromium: against PyTorch's own answers (made by models/pretrain's export), and at work.
import { expect, test } from "vitest";
import { encodeFrames } from "../../src/encoders/autoencoder.ts";
import { Models } from "../../src/encoders/models.ts";
import {
  runStudent,
  STUDENT,
  type StudentInput,
  studentDenoiser,
  studentStreams,
  wordIds,
} from "../../src/encoders/student_model.ts";
import type { EncoderContext } from "../../src/encoders/types.ts";
import { gaussianNoise } from "../../src/student/noise.ts";
import { sample } from "../../src/student/sampler.ts";
import { alphas, noised } from "../../src/student/schedule.ts";
import framesUrl from "../fixtures/autoencoder_golden.safetensors?url";
import goldenUrl from "../fixtures/student_golden.safetensors?url";
import { expectClose } from "../support/close.ts";
import { goldenFile, planes } from "../support/golden_file.ts";
import { withGpu } from "../support/gpu.ts";

const gpu = withGpu();

/** Float32 sums in another order: 3e-6 was seen in x0, of numbers up to 5, and 1e-5 in block 4, up to 10. A wrong layer is off by 0.1 or more. */
const PARITY = { rtol: 0, atol: 1e-4 };
const PROMPT = "a large red ball hits a small blue ball";

const models = new Models({ wasmThreads: 2 });
const onCpu: EncoderContext = { gpu: null, models, signal: new AbortController().signal, progress() {} };

/** Compares each of the golden's clips: noise alone, and a third of it with the first token frame given. */
async function check(context: EncoderContext) {
  const { x, t, words, given, x0, features } = await goldenFile(
    goldenUrl,
    ...(["x", "t", "words", "given", "x0", "features"] as const),
  );
  expect([x.shape, features.shape]).toEqual([
    [2, STUDENT.tokens, STUDENT.values],
    [2, STUDENT.tokens, STUDENT.width],
  ]);
  const part = ({ data }: { data: Float32Array }, b: number) =>
    data.subarray((b * data.length) / 2, ((b + 1) * data.length) / 2);
  for (const b of [0, 1]) {
    const input: StudentInput = {
      x: part(x, b),
      t: t.data[b],
      words: [BigInt64Array.from(part(words, b), BigInt)],
      given: given.data[b] === 1,
    };
    const found = await runStudent(input, ["x0", "block4"], context);
    expectClose(`x0 of clip ${b}`, found.x0[0], part(x0, b), PARITY);
    expectClose(`features of clip ${b}`, found.block4[0], part(features, b), PARITY);
  }
}

// First in this file: onnxruntime's wasm takes its number of threads from the first session of a page.
test("PyTorch's x0 and features through wasm", () => check(onCpu));

test("PyTorch's x0 and features through the WebGPU provider on our device", async () => {
  // A hardware adapter's word for it: SwiftShader runs the same provider, only slowly.
  const asHardware = { ...gpu(), adapter: { ...gpu().adapter, software: false } };
  await check({ ...onCpu, gpu: asHardware, models: new Models({ wasmThreads: 2 }) });
});

test("prompt and empty prompt in one batch are the same as each alone", async () => {
  const x = gaussianNoise(STUDENT.tokens * STUDENT.values, 3);
  const both = await studentDenoiser(PROMPT, false, onCpu)(x, 700, true);
  expect(both).toHaveLength(2);
  for (const [i, prompt] of [PROMPT, ""].entries()) {
    const [alone] = await studentDenoiser(prompt, false, onCpu)(x, 700, false);
    expectClose(`“${prompt}”`, both[i], alone, { rtol: 0, atol: 1e-5 });
  }
  expect(both[0]).not.toEqual(both[1]);
});

test("features of a clip are each block's, of that much noise from that seed, with the first token frame clean where given", async () => {
  const frames = planes((await goldenFile(framesUrl, "frames")).frames);
  const options = { t: 250, given: true, seed: 11 };
  const found = await studentStreams(frames, PROMPT, options, onCpu);
  expect(found).toHaveLength(STUDENT.depth);
  const { F, H, W } = STUDENT.grid;
  for (const block of found) expect(block).toHaveLength(F * H * W * STUDENT.width);

  const x0 = await encodeFrames(frames, onCpu);
  const x = noised(x0, gaussianNoise(x0.length, 11), alphas()[250]);
  x.set(x0.subarray(0, 64 * 48));
  const alone = await runStudent({ x, t: 250, words: [wordIds(PROMPT)], given: true }, ["block4"], onCpu);
  expect(found[3]).toEqual(alone.block4[0]);
  expect(found[4]).not.toEqual(found[3]);

  // Of each of two clips the latents are kept, and of no more.
  const others = [0.25, 0.5].map((share) => frames.map((value) => share * value));
  const darker = await studentStreams(others[0], PROMPT, options, onCpu);
  expect(darker[3]).not.toEqual(found[3]);
  expect(await studentStreams(frames, PROMPT, options, onCpu)).toEqual(found);
  expect(await studentStreams(others[0], PROMPT, options, onCpu)).toEqual(darker);
  expect((await studentStreams(others[1], PROMPT, options, onCpu))[3]).not.toEqual(darker[3]);
  expect(await studentStreams(frames, PROMPT, options, onCpu)).toEqual(found);
  for (const change of [{ seed: 12 }, { given: false }, { t: 251 }]) {
    expect((await studentStreams(frames, PROMPT, { ...options, ...change }, onCpu))[3]).not.toEqual(found[3]);
  }
  expect((await studentStreams(frames, "", options, onCpu))[3]).not.toEqual(found[3]);
  const refused = (change: object) => studentStreams(frames, PROMPT, { ...options, ...change }, onCpu);
  await expect(refused({ t: 1000 })).rejects.toThrow("t must be a whole number from 0 to 999, got 1000");
});

test("it takes noise out step by step: numbers of a clip's size come out, given tokens as they were", async () => {
  const noise = gaussianNoise(STUDENT.tokens * STUDENT.values, 1);
  const first = (await encodeFrames(planes((await goldenFile(framesUrl, "frames")).frames), onCpu)).slice(0, 64 * 48);
  const denoise = studentDenoiser(PROMPT, true, onCpu);
  const found = await sample(denoise, { noise, first, steps: 2, guidance: 2, signal: onCpu.signal });
  expect(found.subarray(0, first.length)).toEqual(first);
  // Standardised latents: anything far beyond is a sampler that diverges.
  expect(found.every((value) => Math.abs(value) < 20)).toBe(true);
});
