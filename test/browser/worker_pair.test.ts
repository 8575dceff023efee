// The sandbox's own pair in the real worker: our VideoMAE, and our CogVideoX at a noise level and a block.
import { afterAll, beforeAll, expect, test } from "vitest";
import studentDefinition from "../../models/student/student.json";
import weightsUrl from "../../models/student/student.safetensors?url";
import { inNoise, trainedId } from "../../src/encoders/trained.ts";
import { ComputeFailure, startCompute } from "../../src/state/client.ts";
import type {
  Compared,
  CompareRequest,
  Degradation,
  LayerPoint,
  Noising,
  StudentSpec,
  SweepPoint,
} from "../../src/worker/protocol.ts";

const SOURCE = { kind: "sandbox", prompt: "a large red ball hits a small blue ball", seed: 7 } as const;
const losses = { type: "compare-losses", tau: 0.1, rho: 0.2, margin: 0.1 } as const;

const pair = (noising: Partial<Noising> = {}, degradation: Degradation = "none"): CompareRequest => ({
  type: "compare",
  window: { startS: 0, lengthS: 2, frames: 16 },
  teacher: { encoder: "videomae", token: 8, degradation: "none" },
  student: {
    encoder: "cogvideox",
    token: 8,
    degradation,
    noising: { t: 250, block: 4, given: false, seed: 1, ...noising },
  },
});

/** How often a model was run since the last time this was asked. */
let runs = 0;
const points: LayerPoint[] = [];
const sweep: SweepPoint[] = [];
const client = startCompute((event) => {
  if (event.type === "progress" && event.stage === "encoding") runs++;
  if (event.type === "layer-point") points.push(event);
  if (event.type === "sweep-point") sweep.push(event);
});
const runsSince = () => {
  const since = runs;
  runs = 0;
  return since;
};

/** TSA of a pair at τ = 0.1: of the sweep's losses alone, which are half of all. */
async function tsaOf(request: CompareRequest): Promise<number> {
  await client.request(request);
  sweep.length = 0;
  await client.request({ type: "compare-sweep", taus: [losses.tau], rho: losses.rho });
  return sweep[0].tsa!.loss;
}

beforeAll(async () => {
  await client.request({ type: "boot", backend: "auto" });
  await client.request({ type: "open", source: SOURCE });
});
afterAll(() => client.terminate());

test("16 frames of 8×8 tokens on both sides, the clip's sentence, and pictures of what the student is shown", async () => {
  const compared = (await client.request(pair()))! as Compared;
  expect(compared).toMatchObject({
    grid: { F: 16, H: 8, W: 8 },
    channels: { teacher: 192, student: studentDefinition.shape.width },
    prompt: SOURCE.prompt,
    notices: [
      "our VideoMAE looks at 2 frames at a time: each pair of columns has the same features",
      "our CogVideoX looks at 4 frames at a time: each run of 4 columns has the same features",
    ],
  });
  expect(compared.studentImages.map(({ width }) => width)).toEqual(compared.images.map(({ width }) => width));
  const query = (await client.request({ type: "compare-query", query: [5, 3, 1], tau: 0.1 }))!;
  const first = query.student.similarity;
  // Columns 4 to 7 are one token frame of the student: the same cosines to the last bit.
  for (const f of [5, 6, 7]) expect(first.slice(64 * f, 64 * (f + 1))).toEqual(first.slice(256, 320));
  expect(first.slice(512, 576)).not.toEqual(first.slice(256, 320));
});

test("another noise level runs the student alone, another block or temperature nothing", async () => {
  await tsaOf(pair());
  runsSince();
  const at250 = await tsaOf(pair());
  expect(runsSince()).toBe(0);
  const at600 = await tsaOf(pair({ t: 600 }));
  expect(runsSince()).toBe(1);
  expect(Math.abs(at600 - at250)).toBeGreaterThan(5e-4);
  const block1 = await tsaOf(pair({ t: 600, block: 1 }));
  expect(runsSince()).toBe(0);
  expect(Math.abs(block1 - at600)).toBeGreaterThan(5e-4);
  await client.request({ ...losses, tau: 0.3 });
  expect(runsSince()).toBe(0);
});

test("at t = 999 nothing of the clip is left, unless its first frames are given", async () => {
  const noise = await tsaOf(pair({ t: 999 }));
  expect(await tsaOf(pair({ t: 999 }, "frozen"))).toBe(noise);
  expect(await tsaOf(pair({ t: 999, seed: 2 }))).not.toBe(noise);
  expect(await tsaOf(pair({ t: 999, given: true }))).not.toBe(noise);
});

test("every block's point is what comparing that block gives; the teacher stands beside them", async () => {
  await client.request(pair({ block: 2 }));
  const compared = (await client.request(losses))!.losses;
  points.length = 0;
  expect(await client.request({ type: "compare-layers", tau: 0.1, rho: 0.2 })).toBeNull();
  expect(points.map(({ of }) => of)).toEqual(["teacher", "even", 1, 2, 3, 4, 5, 6]);
  const [teacher, even, , second] = points;
  expect(second.losses).toEqual({ tsa: compared.tsa!.loss, mtsa: compared.mtsa!.loss });
  expect(teacher.losses).toBeNull();
  // As in test/app/teacher.test.ts: .95 in Explore for one frame's tokens.
  expect(teacher.moved!.found).toBeGreaterThan(0.7);
  expect(teacher.moved!.counted).toBeGreaterThan(50);
  // The balls meet near the middle of this clip: what knows nothing is right for some of their tokens, by luck.
  expect(even).toMatchObject({ losses: null });
  expect(even.moved!.found).toBeLessThan(teacher.moved!.found - 0.2);
  expect(even.moved!.found).toBeGreaterThan(0);
  for (const { moved } of points) expect(moved!.counted).toBe(teacher.moved!.counted);
});

test("a student of a file is looked at like the shipped one, on our kernels, as either side and in Explore", async () => {
  const file = new File([await (await fetch(weightsUrl)).arrayBuffer()], "mine.safetensors");
  const { hash, depth, aligned } = (await client.request({ type: "bring-student", file }))!;
  expect({ depth, aligned }).toEqual({ depth: 6, aligned: null });
  const noising = { t: 250, block: 2, given: true, seed: 5 };
  const own = trainedId({ hash, depth, aligned, noising, name: "mine" });
  const student: StudentSpec = { encoder: own, token: 8, degradation: "none" };
  const shipped = await tsaOf(pair(noising));
  points.length = 0;
  // The same weights: float32 sums in another order move the features by 1e-5, another block moves the loss by over 1e-3.
  expect(await tsaOf({ ...pair(), student })).toBeCloseTo(shipped, 4);
  await client.request({ type: "compare-layers", tau: 0.1, rho: 0.2 });
  expect(points.map(({ of }) => of)).toEqual(["teacher", "even", 1, 2, 3, 4, 5, 6]);
  expect(points[3].losses?.tsa).toBeCloseTo(shipped, 4);
  expect(Math.abs(points[2].losses!.tsa! - shipped)).toBeGreaterThan(5e-4);
  // As the teacher of the same student in the same noise there is nothing to learn; of another block there is.
  expect(await tsaOf({ ...pair(noising), teacher: { encoder: own, token: 8, degradation: "none" } })).toBeLessThan(
    1e-6,
  );
  const { window } = pair();
  const encoded = await client.request({
    type: "encode",
    encoder: inNoise(own, { t: 0 }),
    token: 8,
    window,
    shippedUrl: null,
  });
  expect(encoded).toMatchObject({
    grid: { F: 16, H: 8, W: 8, C: studentDefinition.shape.width },
    featuresFrom: "model",
    provider: "webgpu",
  });

  const elsewhere = trainedId({ hash: "0".repeat(16), depth, aligned, noising, name: "theirs" });
  const missing = await client
    .request({ ...pair(), student: { ...student, encoder: elsewhere } })
    .catch((e: unknown) => e);
  expect((missing as ComputeFailure).failure).toMatchObject({
    code: "student-missing",
    message: expect.stringMatching(/the student “theirs” belongs to no run that this browser keeps/),
  });
  const none = new File(["words"], "words.safetensors");
  const broken = await client.request({ type: "bring-student", file: none }).catch((e: unknown) => e);
  expect((broken as ComputeFailure).failure).toMatchObject({
    code: "student-file",
    message: expect.stringMatching(/^words\.safetensors: a safetensors file starts with 8 bytes/),
  });
});

test.each([
  [{ t: 1000 }, /t must be a whole number from 0 to 999, got 1000/],
  [{ block: 7 }, /block must be a whole number from 1 to 6, got 7/],
  [{ given: 1 as never }, /given must be true or false, got 1/],
  [{ seed: -1 }, /seed must be a whole number from 0 to 4294967295, got -1/],
])("bad noising %#", async (noising, message) => {
  const error = await client.request(pair(noising)).catch((thrown: unknown) => thrown);
  if (!(error instanceof ComputeFailure)) throw new Error(`expected a failure, got ${error}`);
  expect(error.failure).toMatchObject({ code: "bad-request", message: expect.stringMatching(message) });
});

test("blocks are asked for of the diffusion student only", async () => {
  const { student: _, ...rest } = pair();
  await client.request({ ...rest, student: { encoder: "raw-patches", token: 8, degradation: "none" } });
  const error = await client.request({ type: "compare-layers", tau: 0.1, rho: 0.2 }).catch((thrown: unknown) => thrown);
  expect((error as ComputeFailure).failure.message).toMatch(
    /compare with the student cogvideox, or one of your own, first/,
  );
});
