// Compare in the real worker: a teacher and a student on one clip, against what must hold and against float64.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { norm } from "../../src/alignment/comparison.ts";
import { LOSS_KINDS, type LossKind, traitsOf } from "../../src/alignment/losses.ts";
import type { CompareRequest, Degradation, EncoderId, Request, SideSpec } from "../../src/worker/protocol.ts";
import { expectClose } from "../support/close.ts";
import { lossTolerance, lossTwin, peak } from "../support/losses.ts";
import { failureOf, type RunningWorker, startWorker } from "../support/worker.ts";

const side = (encoder: EncoderId, degradation: Degradation = "none", token: 8 | 16 = 16): SideSpec => ({
  encoder,
  token,
  degradation,
});

const compareRequest = (teacher: SideSpec, student: SideSpec): CompareRequest => ({
  type: "compare",
  window: { startS: 0, lengthS: 1, frames: 4 },
  teacher,
  student,
});

const losses = { type: "compare-losses", tau: 0.1, rho: 0.2, margin: 0.1 } as const;
const query = { type: "compare-query", query: [0, 2, 3], tau: 0.1 } as const;

async function started(backend: "auto" | "cpu" = "auto"): Promise<RunningWorker> {
  const worker = startWorker();
  await worker.request({ type: "boot", backend });
  const response = await fetch("/test/fixtures/video/vp8.webm");
  const file = new File([await response.arrayBuffer()], "vp8.webm", { type: "video/webm" });
  await worker.request({ type: "open", source: { kind: "file", file } });
  return worker;
}

describe.each(["auto", "cpu"] as const)("backend %s", (backend) => {
  let worker: RunningWorker;
  beforeAll(async () => {
    worker = await started(backend);
  });
  afterAll(() => worker.stop());

  test("nothing compared yet", async () => {
    for (const request of [query, losses, { type: "compare-sweep", taus: [0.1], rho: 0.2 }] as Request[]) {
      const failure = await failureOf(worker.request(request));
      expect(failure).toMatchObject({ code: "bad-request", message: "nothing is compared: send compare first" });
    }
  });

  test("XFeat against itself: every loss at its least, no gradient, the same matches", async () => {
    const compared = (await worker.request(compareRequest(side("xfeat"), side("xfeat"))))!;
    const { F, H, W } = compared.grid;
    expect(compared).toMatchObject({ channels: { teacher: 64, student: 64 }, notices: [] });
    expect(F).toBe(4);
    expect([compared.images.length, compared.studentImages.length]).toEqual([F, F]);
    const found = (await worker.request(losses))!;
    const least: Record<LossKind, readonly [loss: number, digits: number]> = {
      tsa: [0, 6],
      mtsa: [0, 6],
      trd: [0, 6],
      repa: [-1, 5],
      gram: [0, 6],
    };
    for (const kind of LOSS_KINDS) {
      const [loss, digits] = least[kind];
      expect(found.losses[kind]!.loss, kind).toBeCloseTo(loss, digits);
      expect(found.losses[kind]!.gradNorm, kind).toBeCloseTo(0, digits);
    }
    expect(found.losses.trd).toEqual({ loss: 0, gradNorm: 0 });
    expect(found.mask.reduce((a, b) => a + b, 0)).toBe(F * Math.round(0.2 * H * W));
    expect(found.klPerToken).toHaveLength(F * H * W);

    const about = (await worker.request(query))!;
    expect(about.student).toEqual(about.teacher);
    expect(about.teacher.matches.map(({ frame, tau }) => [frame, tau])).toEqual([0, 1, 2, 3].map((f) => [f, 0.1]));
    expect(about.teacher.matches[0]).toMatchObject({ row: 2, col: 3 });
    expect([...about.gradient].every((value) => value === 0)).toBe(true);
    expect([...about.kl]).toEqual([0, 0, 0, 0]);
  });

  test("raw patches against XFeat: the values of float64, and Explore stays as it was", async () => {
    const { window } = compareRequest(side("xfeat"), side("xfeat"));
    const encode = (encoder: EncoderId) =>
      worker.request({ type: "encode", window, encoder, token: 16, shippedUrl: null });
    const explore = { type: "query", queries: [[1, 2, 3]], taus: [0.1] } as const;
    await encode("raw-patches");
    const teacher = (await worker.request({ type: "features" }))!;
    await encode("xfeat");
    const student = (await worker.request({ type: "features" }))!;
    const before = (await worker.request(explore))!;

    const compared = (await worker.request(compareRequest(side("raw-patches"), side("xfeat"))))!;
    expect(compared.channels).toEqual({ teacher: 768, student: 64 });
    const { F, H, W } = compared.grid;
    const N = F * H * W;
    const found = (await worker.request(losses))!;
    const clip = { F, S: H * W, Ct: 768, Cs: 64 };
    const rtol = lossTolerance(768, 0.1);
    const perToken = new Map<LossKind, Float64Array>();
    for (const kind of LOSS_KINDS.filter((known) => traitsOf(known).channels === "any")) {
      const params = { tau: 0.1, margin: 0.1 };
      const expected = lossTwin(kind, teacher.data, student.data, clip, params, found.mask);
      perToken.set(kind, expected.perToken);
      expect(expected.loss).toBeGreaterThan(0);
      expectClose(`${kind} loss`, [found.losses[kind]!.loss], [expected.loss], { rtol, atol: 0 });
      expectClose(`${kind} norm`, [found.losses[kind]!.gradNorm], [norm(expected.dStudent)], { rtol, atol: 0 });
    }
    const klPerToken = perToken.get("tsa")!;
    const atol = rtol * peak(klPerToken);
    expectClose("klPerToken", found.klPerToken, klPerToken, { rtol, atol });
    expect(found.losses.repa).toBeNull();

    const about = (await worker.request(query))!;
    const i = 2 * W + 3;
    expectClose("kl", [about.kl.reduce((a, b) => a + b, 0)], [found.klPerToken[i]], { rtol: 10 * rtol, atol });
    const eq10 = about.student.probabilities.map((p, j) => (p - about.teacher.probabilities[j]) / (N * F * 0.1));
    expectClose("gradient", about.gradient, eq10, { rtol, atol: rtol / (N * F * 0.1) });
    expect(await worker.request(explore)).toMatchObject({ similarity: before.similarity, matches: before.matches });
  });

  test.each([
    [{ ...losses, tau: 0 }, /tau must be > 0, got 0/],
    [{ ...losses, rho: 0 }, /rho must be over 0 and at most 1, got 0/],
    [{ ...losses, margin: -1 }, /margin must be from 0 to 2, got -1/],
    [{ ...query, query: [4, 0, 0] }, /\[frame 4, row 0, col 0\] is outside the grid of 4 frames/],
    [{ ...query, tau: -1 }, /tau must be > 0, got -1/],
    [{ type: "compare-sweep", taus: [0.1, 0], rho: 0.2 }, /tau must be > 0, got 0/],
    [compareRequest(side("xfeat"), side("xfeat", "sepia" as never)), /one of none, blur.*got sepia/],
    [
      compareRequest(side("dino" as never), side("xfeat")),
      /one of xfeat, raw-patches, videomae, or features:…, model:… or trained:… of a file, got dino/,
    ],
  ] as [Request, RegExp][])("bad request %#", async (request, message) => {
    const failure = await failureOf(worker.request(request));
    expect(failure).toMatchObject({ code: "bad-request" });
    expect(failure.message).toMatch(message);
  });
});

describe("on the GPU", () => {
  let worker: RunningWorker;
  beforeAll(async () => {
    worker = await started();
  });
  afterAll(() => worker.stop());

  test("the finer grid is taken, and every degradation is seen", async () => {
    const found: Partial<Record<Degradation, number>> = {};
    for (const degradation of ["none", "blur", "noise", "frozen", "shuffled"] as const) {
      const request = compareRequest(side("raw-patches"), side("raw-patches", degradation));
      const compared = (await worker.request(request))!;
      expect(compared.studentImages.map(({ width, height }) => [width, height])).toEqual(
        compared.images.map(({ width, height }) => [width, height]),
      );
      found[degradation] = (await worker.request(losses))!.losses.tsa!.loss;
    }
    expect(found.none).toBeCloseTo(0, 6);
    for (const how of ["blur", "noise", "frozen", "shuffled"] as const) expect(found[how]).toBeGreaterThan(1e-3);
    const coarse = (await worker.request(compareRequest(side("raw-patches"), side("xfeat"))))!.grid;
    const fine = (await worker.request(compareRequest(side("raw-patches"), side("xfeat", "none", 8))))!;
    expect(fine.grid).toEqual({ F: 4, H: 2 * coarse.H, W: 2 * coarse.W });
    expect(fine.channels).toEqual({ teacher: 768, student: 64 });
  });

  test("a sweep gives every τ in order, and gives way to a query; a newer one ends it", async () => {
    await worker.request(compareRequest(side("xfeat"), side("xfeat", "blur")));
    const taus = [1, 0.5, 0.2, 0.1, 0.05];
    const first = worker.request({ type: "compare-sweep", taus: [2, 3, 4, 5, 6, 7], rho: 0.5 });
    expect((await worker.event("sweep-point")).tau).toBe(2);
    const second = worker.request({ type: "compare-sweep", taus, rho: 0.2 });
    expect(await first).toBeUndefined();
    let swept = false;
    void second.then(() => {
      swept = true;
    });
    const points = [await worker.event("sweep-point")];
    // Points of the first sweep came before its answer.
    while (points[0].tau > 1) points[0] = await worker.event("sweep-point");
    const [asked, about] = await Promise.all([worker.request({ ...losses, tau: 0.2 }), worker.request(query)]);
    expect(swept).toBe(false);
    expect(about!.kl).toHaveLength(4);
    expect(await second).toBeNull();
    while (points.length < taus.length) points.push(await worker.event("sweep-point"));
    expect(points.map(({ tau }) => tau)).toEqual(taus);
    expect(points[2]).toMatchObject({ tsa: asked!.losses.tsa, mtsa: asked!.losses.mtsa });
  });

  test("a newer compare ends what belongs to the one before", async () => {
    const answers = await Promise.all([
      worker.request({ ...losses, tau: 0.7 }),
      worker.request({ type: "compare-sweep", taus: [1, 2], rho: 0.2 }),
      worker.request(compareRequest(side("raw-patches"), side("xfeat"))),
      worker.request(compareRequest(side("xfeat"), side("xfeat", "noise"))),
      worker.request(query),
    ]);
    expect(answers.map((answer) => answer === undefined)).toEqual([true, true, true, false, false]);
  });

  test("ten compares hold what the first one held", async () => {
    const round = async (ask: boolean) => {
      await worker.request(compareRequest(side("xfeat"), side("xfeat", "noise")));
      if (ask) await Promise.all([worker.request(query), worker.request({ ...losses, rho: 0.1 })]);
      return (await worker.request({ type: "memory" }))!;
    };
    const { peakBytes: _, ...first } = await round(true);
    for (let i = 1; i < 9; i++) await round(i === 4);
    const { peakBytes: __, ...tenth } = await round(true);
    expect(tenth).toEqual(first);
  });

  test("a device lost during compare-losses: they are answered, on a pair that was put back", async () => {
    const before = (await worker.request(losses))!;
    await worker.request({ ...losses, tau: 0.3, margin: 0.05 });
    const inFlight = worker.request(losses);
    await worker.request({ type: "lose-device" });
    expect(await inFlight).toMatchObject({ losses: before.losses, klPerToken: before.klPerToken });
    expect((await worker.event("device-restored")).info.backend).toBe("webgpu");
    expect((await worker.request(query))!.kl).toHaveLength(4);
  });

  test("opening a clip forgets the pair", async () => {
    const response = await fetch("/test/fixtures/video/vp8.webm");
    const file = new File([await response.arrayBuffer()], "again.webm", { type: "video/webm" });
    await worker.request({ type: "open", source: { kind: "file", file } });
    expect((await failureOf(worker.request(losses))).message).toMatch(/nothing is compared/);
    expect((await worker.request({ type: "memory" }))!.buffers).toBe(0);
  });
});
