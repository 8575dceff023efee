// Features that the user brings, in the real worker: what comes out of the page comes back in, bit for bit, on every side; what does
// not match the open clip is said.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { featuresFile } from "../../src/figure/export.ts";
import { type Tensor, writeSafetensors } from "../../src/formats/safetensors.ts";
import type {
  Brought,
  BroughtId,
  CompareRequest,
  Correspondence,
  Encoded,
  EncodeRequest,
  Features,
  OpenRequest,
  RecipeInput,
  SideSpec,
} from "../../src/worker/protocol.ts";
import { ask, failureOf, type RunningWorker, startWorker } from "../support/worker.ts";

const COFFEE: OpenRequest = {
  type: "open",
  source: {
    kind: "builtin",
    id: "coffee",
    name: "coffee",
    url: new URL("/clips/coffee.mp4", location.href).href,
    truthUrl: new URL("/clips/coffee.truth.json", location.href).href,
  },
};
const WHOLE = { startS: 0, lengthS: 2, frames: 4 };
const TAUS = [1, 0.1, 0.01];
const QUERY = { type: "query", queries: [[2, 5, 7]], taus: TAUS } as const;

const encodeOf = (encoder: EncodeRequest["encoder"], changes: Partial<EncodeRequest> = {}): EncodeRequest => ({
  type: "encode",
  window: WHOLE,
  encoder,
  token: 16,
  shippedUrl: null,
  ...changes,
});

const f32 = (shape: readonly number[], data: Float32Array<ArrayBuffer>): Tensor => ({ dtype: "F32", shape, data });
const noise = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * i * 0.7 + i));
const fileOf = (tensors: Record<string, Tensor>, metadata: Record<string, string> = {}, name = "mine.safetensors") =>
  new File([writeSafetensors(tensors, metadata)], name);

/** Where two arrays first differ in a bit, -1: nowhere. `toEqual` takes a minute for millions of values. */
function firstDifference(a: Float32Array, b: Float32Array): number {
  const [x, y] = [a, b].map(({ buffer, byteOffset, length }) => new Uint32Array(buffer, byteOffset, length));
  return x.length === y.length ? x.findIndex((bits, i) => bits !== y[i]) : Math.min(x.length, y.length);
}

let worker: RunningWorker;
let own: {
  readonly encoded: Encoded;
  readonly features: Features;
  readonly found: Correspondence;
  readonly file: File;
};
let brought: BroughtId;

async function bring(file: File): Promise<Brought> {
  const reply = await ask(worker.request({ type: "bring", file, answers: null }));
  if ("asks" in reply) throw new Error(`asks ${JSON.stringify(reply.asks)}`);
  return reply;
}

const ORIGIN = { clip: null, window: null, models: {}, link: "" };

beforeAll(async () => {
  worker = startWorker();
  await worker.request({ type: "boot", backend: "auto" });
  await worker.request(COFFEE);
  const encoded = await ask(worker.request(encodeOf("raw-patches")));
  const found = await ask(worker.request(QUERY));
  const features = await ask(worker.request({ type: "features" }));
  const file = new File([featuresFile({ encoded }, features, ORIGIN)], "coffee-raw-patches.safetensors");
  own = { encoded, features, found, file };
});
afterAll(() => worker.stop());

test("before the file is here, its encoder says what to drop", async () => {
  const missing = encodeOf("features:0123456789abcdef:8x14x20:0:block 18");
  expect(await failureOf(worker.request(missing))).toMatchObject({
    code: "features-missing",
    message: expect.stringMatching(/“block 18” \(8×14×20 tokens\).*drop the same file/),
  });
});

test("what “Features” writes comes back bit for bit, with the same frames and the same matches", async () => {
  const { layers, isClip } = await bring(own.file);
  expect(layers).toHaveLength(1);
  expect(layers[0]).toMatch(/^features:[0-9a-f]{16}:4x14x20:0:raw-patches$/);
  expect(isClip).toBe(false);
  [brought] = layers;
  const encoded = await ask(worker.request(encodeOf(brought)));
  expect(encoded).toMatchObject({ featuresFrom: "file", provider: null, hasTruth: true, notices: [] });
  expect([encoded.frames, encoded.grid]).toEqual([own.encoded.frames, own.encoded.grid]);
  const back = await ask(worker.request({ type: "features" }));
  expect(back.grid).toEqual(own.features.grid);
  expect(firstDifference(back.data, own.features.data)).toBe(-1);
  const found = await ask(worker.request(QUERY));
  expect(firstDifference(found.similarity, own.found.similarity)).toBe(-1);
  expect(found.probabilities.map((one, t) => firstDifference(one, own.found.probabilities[t]))).toEqual([-1, -1, -1]);
  expect(found.truth).toEqual(own.found.truth);
  // The clip behind them still has its motion, cut to their grid.
  expect((await ask(worker.request({ type: "mask", rho: 0.2 }))).mask).toHaveLength(4 * 14 * 20);
});

test("a shorter window shows those of their frames that lie in it, and says which do not", async () => {
  const encoded = await ask(worker.request(encodeOf(brought, { window: { startS: 0.5, lengthS: 1, frames: 4 } })));
  expect(encoded.frames).toEqual(own.encoded.frames.slice(1, 3));
  expect(encoded.notices).toEqual([expect.stringMatching(/has 4 frames and 2 of them are shown.*\(0 s, 1.5 s\)/)]);
  const back = await ask(worker.request({ type: "features" }));
  const size = 14 * 20 * 768;
  expect(firstDifference(back.data, own.features.data.subarray(size, 3 * size))).toBe(-1);
});

test("features of another time match nothing, and say both times", async () => {
  const late = fileOf({ features: f32([3, 2, 2, 4], noise(48)) }, { frame_times_s: "7,8,9" });
  const { layers } = await bring(late);
  expect(await failureOf(worker.request(encodeOf(layers[0])))).toMatchObject({
    code: "too-few-frames",
    message: expect.stringMatching(/open the clip that they were made of/),
  });
});

test("a file that says too little is asked about, and refused where it is broken", async () => {
  const silent = fileOf({ features: f32([8, 280, 4], noise(8 * 280 * 4)) });
  const reply = await ask(worker.request({ type: "bring", file: silent, answers: null }));
  if (!("asks" in reply)) throw new Error("asked nothing");
  // 14 rows of 20 have the shape of the clip.
  expect(reply.asks).toMatchObject({ F: 8, tokens: 280, times: true, guess: { grid: [14, 20], fps: 4, startS: 0 } });
  const answered = await ask(worker.request({ type: "bring", file: silent, answers: reply.asks.guess }));
  if ("asks" in answered) throw new Error("asked again");
  expect((await ask(worker.request(encodeOf(answered.layers[0])))).grid).toEqual({ F: 8, H: 14, W: 20, C: 4 });
  const broken = new File(["no"], "broken.safetensors");
  expect(await failureOf(worker.request({ type: "bring", file: broken, answers: null }))).toMatchObject({
    code: "features-file",
    message: expect.stringMatching(/^broken.safetensors: .*this file has 2 bytes/),
  });
  const nan = fileOf({ features: f32([2, 1, 1, 2], Float32Array.of(1, 2, Number.NaN, 4)) }, { frame_times_s: "0,0.5" });
  const { layers } = await bring(nan);
  expect(await failureOf(worker.request(encodeOf(layers[0])))).toMatchObject({
    code: "features-file",
    message: expect.stringMatching(/NaN at frame 1/),
  });
});

test("a file with its frames is a whole view, in layers of other kinds of numbers", async () => {
  const [F, side] = [4, 32];
  const frames: Tensor = {
    dtype: "U8",
    shape: [F, side, side, 3],
    data: Uint8Array.from({ length: F * side * side * 3 }, (_, i) => (i * 7) % 256),
  };
  // 1, 1.5, 2, -1 … as BF16 and as F16.
  const bf16: Tensor = {
    dtype: "BF16",
    shape: [F, 2, 2, 1],
    data: Uint16Array.from({ length: 16 }, (_, i) => 0x3f80 + (i << 4)),
  };
  const f16: Tensor = {
    dtype: "F16",
    shape: [F, 4, 4, 1],
    data: Uint16Array.from({ length: 64 }, (_, i) => 0x3c00 + i),
  };
  const file = fileOf(
    { "features.early": bf16, "features.late": f16, frames },
    { fps: "8", name: "tiny" },
    "view.safetensors",
  );
  const { layers, isClip } = await bring(file);
  expect(isClip).toBe(true);
  expect(layers.map((id) => id.split(":").slice(2).join(":"))).toEqual(["4x2x2:0:tiny, early", "4x4x4:1:tiny, late"]);
  const clip = await ask(worker.request({ type: "open", source: { kind: "file", file } }));
  expect(clip).toMatchObject({ width: 32, height: 32, durationS: 0.5, container: "features" });
  expect(layers[0]).toContain(clip.contentHash.slice(0, 16));
  const window = { startS: 0, lengthS: 0.5, frames: 4 };
  const late = await ask(worker.request(encodeOf(layers[1], { window })));
  expect(late.frames.map(({ timeS }) => timeS)).toEqual([0, 0.125, 0.25, 0.375]);
  const read = await ask(worker.request({ type: "features" }));
  expect(Array.from(read.data.slice(0, 4))).toEqual([1, 1 + 1 / 1024, 1 + 2 / 1024, 1 + 3 / 1024]);
  await ask(worker.request(encodeOf(layers[0], { window })));
  const early = await ask(worker.request({ type: "features" }));
  expect(Array.from(early.data.slice(0, 3))).toEqual([1, 1.125, 1.25]);
});

describe("on both sides and in training", () => {
  const side = (encoder: SideSpec["encoder"], token: 8 | 16 = 16): SideSpec => ({
    encoder,
    token,
    degradation: "none",
  });
  const compare = (teacher: SideSpec, student: SideSpec): CompareRequest => ({
    type: "compare",
    window: WHOLE,
    teacher,
    student,
  });
  const recipe: RecipeInput = {
    steps: 2,
    hidden: [16, 16, 16],
    trainFrames: [0, 1],
    heldFrames: null,
    loss: "tsa",
    tau: 0.1,
  };

  beforeAll(async () => {
    await worker.request(COFFEE);
  });

  test("Compare takes them as teacher and as student: against themselves nothing is lost", async () => {
    const tensors = { features: f32([8, 7, 10, 5], noise(2800)) };
    const times = Array.from({ length: 8 }, (_, i) => i / 4).join();
    const [fine] = (await bring(fileOf(tensors, { frame_times_s: times, name: "fine" }))).layers;
    const [same] = (await bring(fileOf(tensors, { frame_times_s: times, name: "same" }))).layers;
    const twice = await ask(worker.request(compare(side(fine), side(same))));
    expect([twice.grid, twice.notices]).toEqual([{ F: 8, H: 7, W: 10 }, []]);
    const { losses } = await ask(worker.request({ type: "compare-losses", tau: 0.1, rho: 0.2, margin: 0 }));
    expect(losses.tsa?.loss).toBeLessThan(1e-5);
    // The teacher's four moments, each with the student's nearest of eight; the finer grid.
    const mixed = await ask(worker.request(compare(side(brought), side(fine))));
    expect([mixed.grid, mixed.channels]).toEqual([
      { F: 4, H: 14, W: 20 },
      { teacher: 768, student: 5 },
    ]);
    // An encoder that looks at pixels sees the frames at the features' moments.
    const half = { startS: 0, lengthS: 1, frames: 8 };
    const pixels = await ask(worker.request({ ...compare(side(fine), side("raw-patches")), window: half }));
    expect([pixels.grid.F, pixels.channels.student]).toEqual([4, 768]);
    // One that takes 16 frames has the say: each of them has the nearest of the features' eight.
    const fixed = { ...compare(side("videomae", 8), side(fine)), window: { ...WHOLE, frames: 16 } };
    expect((await ask(worker.request(fixed))).grid).toEqual({ F: 16, H: 8, W: 8 });
    const spoilt = compare(side("raw-patches"), { ...side(fine), degradation: "blur" });
    expect(await failureOf(worker.request(spoilt))).toMatchObject({
      message: expect.stringMatching(/know no blur copy/),
    });
  });

  test("Train takes them as teacher, and as what the student learns from", async () => {
    const five = fileOf(
      { features: f32([8, 7, 10, 5], noise(2800)) },
      { frame_times_s: "0,0.25,0.5,0.75,1,1.25,1.5,1.75" },
    );
    const [input] = (await bring(five)).layers;
    await ask(worker.request(encodeOf(brought)));
    // 8 channels for 5: the first layer has 16 × 3 and 16 fewer weights than with 8 × 16 + … of raw patches.
    const sizes = await Promise.all(
      [undefined, input].map(async (from) => {
        const request = { type: "train-estimate", recipe, ...(from ? { input: from } : {}) } as const;
        return (await ask(worker.request(request))).parameters;
      }),
    );
    expect(sizes[0] - sizes[1]).toBe(16 * (768 - 8));
    const started = await ask(worker.request({ type: "train-start", run: 1, recipe, input, status: "paused" }));
    expect(started.data).toMatchObject({ encoder: brought, input });
    expect((await ask(worker.request({ type: "train-step" }))).step).toBe(1);
    const { bytes } = await ask(worker.request({ type: "train-checkpoint" }));
    const restored = await ask(worker.request({ type: "train-restore", run: 2, bytes, status: "paused", steps: null }));
    expect([restored.step, restored.data.input]).toEqual([1, input]);
    await worker.request({ type: "train-stop" });
  });
});
