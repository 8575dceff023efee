// The worker without its shell, on devices that are fakes: what happens between a lost device and the next one.
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { Models } from "../../src/encoders/models.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { createWorkerCore } from "../../src/worker/core.ts";
import type { FromWorker, Request, WorkerEvent } from "../../src/worker/protocol.ts";
import { FOUR_STEPS, spyOnRuns, stubSimulator } from "../support/fake_student.ts";

beforeAll(async () => {
  await stubSimulator();
  vi.stubGlobal("crossOriginIsolated", false);
});
afterAll(() => void vi.unstubAllGlobals());
afterEach(() => void vi.restoreAllMocks());

/** A device that is lost when it is destroyed. */
function fakeGpu(): Gpu {
  let lose: (info: object) => void = () => {};
  const lost = new Promise<object>((resolve) => (lose = resolve));
  const device = { lost, destroy: () => lose({ reason: "destroyed", message: "" }), addEventListener() {} };
  const buffers = { count: 0, bytes: 0, peakBytes: 0, list: () => [] };
  return { device, buffers, adapter: {}, destroy: () => device.destroy() } as unknown as Gpu;
}

function setUp() {
  const said: FromWorker[] = [];
  const gpus: Gpu[] = [];
  const core = createWorkerCore({
    post: (message) => void said.push(message),
    createGpu: async () => {
      gpus.push(fakeGpu());
      return gpus[gpus.length - 1];
    },
  });
  let id = 0;
  const ask = (request: Request): number => {
    core.receive({ id: ++id, request });
    return id;
  };
  const answerTo = (asked: number) => said.find((message) => message.kind !== "event" && message.id === asked);
  const isDone = () => events().some((event) => event.type === "student-state" && event.status === "done");
  const events = (): WorkerEvent[] => said.flatMap((message) => (message.kind === "event" ? [message.event] : []));
  return { ask, answerTo, events, isDone, gpus };
}

test("a device that is lost in the middle of a step: a quick request waits for the next one, which takes every step", async () => {
  vi.spyOn(Models.prototype, "use").mockImplementation(async () => new Float32Array(256 * 48));
  const { ask, answerTo, isDone, gpus } = setUp();
  let quick = 0;
  const { taken } = spyOnRuns(async (t, pause) => {
    if (t !== 3 || quick !== 0) return;
    ask({ type: "lose-device" });
    quick = ask({ type: "memory" });
    await pause();
    // It would be answered from the next device, and the run be moved there under the feet of this step.
    expect([gpus.length, answerTo(quick)]).toEqual([1, undefined]);
  });
  ask({ type: "boot", backend: "auto" });
  ask({ type: "student-start", run: 1, recipe: FOUR_STEPS, weights: null, status: "running" });
  await vi.waitFor(() => expect(isDone()).toBe(true), { timeout: 20_000 });
  const on = (gpu: Gpu) => taken.filter((step) => step.gpu === gpu).map(({ t }) => t);
  expect(gpus.map(on)).toEqual([
    [1, 2, 3],
    [1, 2, 3, 4],
  ]);
  expect(answerTo(quick)).toMatchObject({ kind: "reply" });
});

test("a quick request that a lost device fails in the pause of a job is done again once the job is over", async () => {
  const { ask, answerTo, events, isDone, gpus } = setUp();
  ask({ type: "boot", backend: "auto" });
  await vi.waitFor(() => expect(gpus).toHaveLength(1));
  let lost = false;
  Object.defineProperty(gpus[0].buffers, "list", {
    value: () => {
      lost = true;
      gpus[0].device.destroy();
      throw new Error("the device is lost");
    },
  });
  let quick = 0;
  let after: unknown;
  spyOnRuns(async (t, pause) => {
    if (t !== 1 || quick !== 0) return;
    quick = ask({ type: "memory" });
    await pause();
    after = { lost, devices: gpus.length, answer: answerTo(quick) };
  });
  vi.spyOn(Models.prototype, "use").mockImplementation(async () => new Float32Array(256 * 48));
  ask({ type: "student-start", run: 1, recipe: FOUR_STEPS, weights: null, status: "running" });
  await vi.waitFor(() => expect(isDone()).toBe(true), { timeout: 20_000 });
  expect(answerTo(quick)).toMatchObject({ kind: "reply" });
  expect(after).toEqual({ lost: true, devices: 1, answer: undefined });
  expect(events().map(({ type }) => type)).toContain("device-restored");
});
