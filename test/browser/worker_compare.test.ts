// Compare in the real worker: a teacher and a student on one clip, against what must hold and against float64.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ComputeFailure } from "../../src/state/client.ts";
import type { CompareRequest, Degradation, EncoderId, Request, SideSpec } from "../../src/worker/protocol.ts";
import { type RunningWorker, startWorker } from "../support/worker.ts";

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

/** The failure of a request that must fail. */
async function failureOf(request: Promise<unknown>) {
  const error = await request.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ComputeFailure)) throw new Error(`expected a failure, got ${error}`);
  return error.failure;
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
    const compared = (await worker.request(compareRequest(side("xfeat", "none", 8), side("xfeat", "none", 8))))!;
    const { F, H, W } = compared.grid;
    expect(compared).toMatchObject({ channels: { teacher: 64, student: 64 }, notices: [] });
    expect(F).toBe(4);
    expect([compared.images.length, compared.studentImages.length]).toEqual([F, F]);
    const found = (await worker.request(losses))!;
    expect(found.losses.tsa!.loss).toBeCloseTo(0, 6);
    expect(found.losses.tsa!.gradNorm).toBeCloseTo(0, 6);
    expect(found.losses.mtsa!.loss).toBeCloseTo(0, 6);
    expect(found.losses.trd).toEqual({ loss: 0, gradNorm: 0 });
    expect(found.losses.repa!.loss).toBeCloseTo(-1, 5);
    expect(found.losses.repa!.gradNorm).toBeCloseTo(0, 5);
    expect(found.mask.reduce((a, b) => a + b, 0)).toBe(F * Math.round(0.2 * H * W));
    expect(found.klPerToken).toHaveLength(F * H * W);

    const about = (await worker.request(query))!;
    expect(about.student).toEqual(about.teacher);
    expect(about.teacher.matches.map(({ frame, tau }) => [frame, tau])).toEqual([0, 1, 2, 3].map((f) => [f, 0.1]));
    expect(about.teacher.matches[0]).toMatchObject({ row: 2, col: 3 });
    expect([...about.gradient].every((value) => value === 0)).toBe(true);
    expect([...about.kl]).toEqual([0, 0, 0, 0]);
  });
});
