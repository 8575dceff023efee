// The real worker in the real browser: every request, what it answers, and what it leaves behind.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeSafetensors } from "../../src/formats/safetensors.ts";
import { parseTruth } from "../../src/video/truth.ts";
import type { EncodeRequest, OpenRequest, QueryRequest } from "../../src/worker/protocol.ts";
import { flowError, trueFlow } from "../support/flow.ts";
import { failureOf, type RunningWorker, startWorker } from "../support/worker.ts";

const clip = (id: string): OpenRequest => ({
  type: "open",
  source: {
    kind: "builtin",
    id,
    name: id,
    url: new URL(`/clips/${id}.mp4`, location.href).href,
    truthUrl: id === "big-buck-bunny" ? null : new URL(`/clips/${id}.truth.json`, location.href).href,
  },
});

const encodeRequest = (changes: Partial<EncodeRequest> = {}): EncodeRequest => ({
  type: "encode",
  window: { startS: 0, lengthS: 2, frames: 8 },
  encoder: "raw-patches",
  token: 16,
  shippedUrl: null,
  ...changes,
});

const queryRequest = (changes: Partial<QueryRequest> = {}): QueryRequest => ({
  type: "query",
  queries: [[0, 5, 7]],
  taus: [1, 0.1, 0.01],
  ...changes,
});

describe.each(["auto", "cpu"] as const)("backend %s", (backend) => {
  let worker: RunningWorker;
  beforeAll(async () => {
    worker = startWorker();
  });
  afterAll(() => worker.stop());

  test("asked out of order", async () => {
    // A worker of its own, for which nothing has been opened, whichever test runs first.
    const fresh = startWorker();
    expect(await failureOf(fresh.request(queryRequest()))).toMatchObject({ code: "bad-request" });
    expect(await failureOf(fresh.request(encodeRequest()))).toMatchObject({ code: "bad-request" });
    fresh.stop();
  });

  test("boots, opens, encodes, answers", async () => {
    const info = await worker.request({ type: "boot", backend });
    expect(info?.backend).toBe(backend === "cpu" ? "cpu" : "webgpu");
    expect(info?.failure).toBeNull();
    const opened = await worker.request(clip("coffee"));
    expect(opened).toMatchObject({ width: 320, height: 224 });
    const encoded = await worker.request(encodeRequest());
    expect(encoded).toMatchObject({ featuresFrom: "pixels", provider: null, hasTruth: true, token: 16 });
    const { F, H, W, C } = encoded!.grid;
    expect([F, C]).toEqual([8, 768]);
    expect(encoded!.images).toHaveLength(8);
    expect(encoded!.tokenPx[0] * H).toBeCloseTo(224);

    const found = await worker.request(queryRequest());
    const own = found!.matches.find(({ tau, frame }) => tau === null && frame === 0)!;
    expect([own.row, own.col]).toEqual([5, 7]);
    expect(own.similarity).toBeCloseTo(1, 5);
    expect(found!.matches).toHaveLength(4 * F);
    for (const probs of found!.probabilities) {
      expect(probs).toHaveLength(F * H * W);
      const sum = probs.subarray(0, H * W).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(1, 4);
    }
    expect([...found!.truth!.subarray(0, 2)]).toEqual([5, 7]);

    const motion = await worker.request({ type: "mask", rho: 0.2 });
    expect(motion!.keptPerFrame).toBe(Math.round(0.2 * H * W));
    expect(motion!.mask.reduce((a, b) => a + b, 0)).toBe(F * motion!.keptPerFrame);

    const agreed = await worker.request({ type: "agreement", frame: 0, taus: [0.05] });
    expect(agreed!.argmax[0]).toBe(1);
    expect(agreed!.counted[0]).toBe(H * W);
    const small = await worker.request({ type: "thumbnails", count: 4, height: 48 });
    expect(small!.images).toHaveLength(4);
    const features = await worker.request({ type: "features" });
    expect(features!.data).toHaveLength(F * H * W * C);
  });

  test.each([
    [queryRequest({ queries: [[0, 14, 0]] }), /\[frame 0, row 14, col 0\].*8 frames of 14×20/],
    [queryRequest({ queries: [] }), /1 to 64, got 0/],
    [queryRequest({ taus: [0.1, -0.1] }), /tau must be > 0, got -0.1/],
    [queryRequest({ taus: [0] }), /tau must be > 0, got 0/],
    [{ type: "mask", rho: 0 } as const, /rho must be over 0 and at most 1, got 0/],
    [{ type: "mask", rho: 1.5 } as const, /got 1.5/],
    [{ type: "agreement", frame: 8, taus: [] } as const, /from 0 to 7, got 8/],
    [encodeRequest({ window: { startS: 0, lengthS: 2, frames: 3 } }), /from 4 to 32, got 3/],
    [encodeRequest({ window: { startS: 0, lengthS: 2, frames: 33 } }), /from 4 to 32, got 33/],
    [
      encodeRequest({ encoder: "dino" as never }),
      /one of xfeat, raw-patches, videomae, or features:…, model:… or trained:… of a file, got dino/,
    ],
  ])("bad request %#", async (request, message) => {
    const failure = await failureOf(worker.request(request));
    expect(failure.code).toBe("bad-request");
    expect(failure.message).toMatch(message);
    expect(failure.report).toContain(navigator.userAgent);
    expect(failure.report).toContain(request.type);
  });

  test("the newest request wins", async () => {
    const answers = await Promise.all([
      worker.request(encodeRequest()),
      worker.request(encodeRequest({ token: 8 })),
      worker.request(encodeRequest()),
      worker.request(queryRequest({ queries: [[0, 1, 1]] })),
      worker.request(queryRequest({ queries: [[0, 2, 2]] })),
    ]);
    expect(answers.map((answer) => answer !== undefined)).toEqual([false, false, true, false, true]);
  });
});

describe("encoders and files", () => {
  let worker: RunningWorker;
  beforeAll(async () => {
    worker = startWorker();
    expect((await worker.request({ type: "boot", backend: "auto" }))!.wasmThreads).toBeGreaterThan(1);
    await worker.request(clip("chelsea"));
  });
  afterAll(() => worker.stop());

  /** A file as a built-in clip's features come. */
  const shipped = (shape: readonly number[]) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b)).map((_, i) => Math.sin(i * i));
    return URL.createObjectURL(new Blob([writeSafetensors({ features: { dtype: "F32", shape, data } })]));
  };

  test("XFeat runs through wasm on a software adapter, and says what it is doing", async () => {
    await worker.request({ type: "warm", encoder: "xfeat" });
    const encoded = await worker.request(encodeRequest({ encoder: "xfeat", token: 8 }));
    expect(encoded).toMatchObject({ provider: "wasm", featuresFrom: "model", grid: { F: 8, H: 28, W: 40, C: 64 } });
    const agreed = await worker.request({ type: "agreement", frame: 0, taus: [0.02] });
    // docs/models.md: .82 three frames later for photographs under a known camera.
    expect(agreed!.argmax[3]).toBeGreaterThan(0.7);
    expect(agreed!.soft[0][3]).toBeGreaterThan(0.6);
    expect(await worker.event("progress")).toMatchObject({ type: "progress" });
  });

  test("shipped features are used where they fit, and the user is told where they do not", async () => {
    const fits = await worker.request(encodeRequest({ shippedUrl: shipped([8, 14, 20, 32]) }));
    expect(fits).toMatchObject({ featuresFrom: "shipped", grid: { F: 8, H: 14, W: 20, C: 32 }, notices: [] });
    const wrong = await worker.request(encodeRequest({ shippedUrl: shipped([4, 14, 20, 32]) }));
    expect(wrong).toMatchObject({ featuresFrom: "pixels", grid: { F: 8, C: 768 } });
    expect(wrong!.notices.join()).toMatch(/4×14×20 tokens.*8×14×20/);
  });

  test.each([
    // Measured 0.13, 0.30 and 0.25 px, 0.98, 0.94 and 0.93 of the tokens within one; another decoder's colours may move a few tokens.
    ["chelsea", { mean: 0.2, within: 0.97 }],
    ["coffee", { mean: 0.4, within: 0.93 }],
    ["discs", { mean: 0.35, within: 0.91 }],
  ])("the optical flow of %s is near its truth", async (id, bound) => {
    await worker.request(clip(id));
    const encoded = await worker.request(encodeRequest());
    const { vectors } = (await worker.request({ type: "flow" }))!;
    const truth = parseTruth(await (await fetch(`/clips/${id}.truth.json`)).json());
    const { frames, grid } = encoded!;
    const perFrame = 2 * grid.H * grid.W;
    expect(vectors).toHaveLength(grid.F * perFrame);
    expect(vectors.subarray(-perFrame).every(Number.isNaN)).toBe(true);
    const trueWays = frames
      .slice(1)
      .flatMap(({ index }, f) => [...trueFlow(truth, frames[f].index, index, { ...truth, ...grid })]);
    const { mean, within } = flowError(vectors, trueWays);
    expect(mean).toBeLessThan(bound.mean);
    expect(within).toBeGreaterThan(bound.within);
  });

  test("a file that is no video fails by its code, and the clip before it stays", async () => {
    await worker.request(encodeRequest());
    const file = new File(["these are words, not frames"], "words.mp4", { type: "video/mp4" });
    const failure = await failureOf(worker.request({ type: "open", source: { kind: "file", file } }));
    expect(failure.code).toBe("not-a-video");
    expect(failure.report).toContain('"bytes":27');
    expect(failure.report).not.toContain("words, not frames");
    expect((await worker.request(queryRequest()))!.matches.length).toBeGreaterThan(0);
  });
});

test("memory stays where it was", async () => {
  const worker = startWorker();
  await worker.request({ type: "boot", backend: "auto" });
  const round = async (i: number) => {
    await worker.request(clip(i % 2 === 0 ? "discs" : "chelsea"));
    const { H, W } = (await worker.request(encodeRequest({ window: { startS: 0, lengthS: 2, frames: 4 } })))!.grid;
    for (let q = 0; q < 3; q++) {
      const queries = Array.from({ length: 1 + (q % 3) }, () => [i % 4, (i + q) % H, (i * q) % W] as const);
      await worker.request(queryRequest({ queries, taus: [1, 0.1 + q] }));
    }
    await worker.request({ type: "mask", rho: 0.3 });
    return (await worker.request({ type: "memory" }))!;
  };
  for (let i = 0; i < 4; i++) await round(i);
  const [even, odd] = [await round(4), await round(5)];
  // Every buffer is counted: what stays behind in any of these rounds shows.
  for (let i = 6; i < 16; i++) await round(i);
  const [evenLater, oddLater] = [await round(16), await round(17)];
  expect(evenLater).toEqual(even);
  expect(oddLater).toEqual(odd);
  worker.stop();
});

test("a lost device: a query in flight is answered, the clip is kept, the second loss falls back to the CPU", async () => {
  const worker = startWorker();
  await worker.request({ type: "boot", backend: "auto" });
  await worker.request(clip("coffee"));
  await worker.request(encodeRequest());
  const before = await worker.request(queryRequest());
  const inFlight = worker.request(queryRequest());
  const lost = worker.request({ type: "lose-device" });
  const [during] = await Promise.all([inFlight, lost]);
  expect(during!.similarity).toEqual(before!.similarity);
  await worker.event("device-lost");
  expect((await worker.event("device-restored")).info.backend).toBe("webgpu");
  const motion = await worker.request({ type: "mask", rho: 0.2 });
  expect(motion!.keptPerFrame).toBeGreaterThan(0);

  // Lost while a clip is being encoded; the CPU takes over.
  const other = worker.request(encodeRequest({ token: 8 }));
  const again = worker.request(queryRequest());
  await worker.request({ type: "lose-device" });
  const gone = await worker.event("device-gone");
  expect(gone.failure.code).toBe("device-lost");
  expect(gone.info).toMatchObject({ backend: "cpu", adapter: null, failure: { code: "device-lost" } });
  expect((await other)!.grid.H).toBe(28);
  expect((await again)!.similarity).toHaveLength(8 * 28 * 40);
  await worker.request(encodeRequest());
  const onCpu = (await worker.request(queryRequest()))!;
  for (let i = 0; i < onCpu.similarity.length; i++) {
    expect(Math.abs(onCpu.similarity[i] - before!.similarity[i])).toBeLessThan(1e-5);
  }
  expect(await failureOf(worker.request({ type: "lose-device" }))).toMatchObject({ code: "bad-request" });
  // The user who asks for the GPU again gets it, with the clip still there.
  expect((await worker.request({ type: "boot", backend: "auto" }))!.backend).toBe("webgpu");
  expect((await worker.request(queryRequest()))!.similarity).toEqual(before!.similarity);
  worker.stop();
});

test("a client that ends answers what it still owes, and what it is asked later", async () => {
  const worker = startWorker();
  const owed = worker.request({ type: "boot", backend: "cpu" });
  worker.stop();
  expect(await owed).toBeUndefined();
  expect(await worker.request({ type: "memory" })).toBeUndefined();
});
