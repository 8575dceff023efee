// The host of the student's runs, on devices and networks that are fakes: what a lost device leaves of a run.
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { Gpu } from "../../src/gpu/gpu.ts";
import type { Failure, StudentStarted, WorkerEvent } from "../../src/worker/protocol.ts";
import { StudentTrainer } from "../../src/worker/student/trainer.ts";
import { unstoppable, type Workspace } from "../../src/worker/workspace.ts";
import { FOUR_STEPS, spyOnRuns, stubSimulator } from "../support/fake_student.ts";

const noPause = async () => {};
const device = (name: string) => ({ name }) as unknown as Gpu;

beforeAll(stubSimulator);
afterAll(() => void vi.unstubAllGlobals());
afterEach(() => void vi.restoreAllMocks());

function setUp() {
  const events: WorkerEvent[] = [];
  const runs = spyOnRuns();
  const encode = vi.fn(async () => new Float32Array(256 * 48));
  const compute = {
    gpu: device("first") as Gpu | null,
    models: { use: encode },
    isLost: async (gpu: Gpu | null) => gpu !== null && gpu !== compute.gpu,
    failure: (error: Error) => ({ message: error.message }) as Failure,
  };
  const space = { compute, emit: (event: WorkerEvent) => void events.push(event) } as unknown as Workspace;
  const trainer = new StudentTrainer(space, () => {});
  const start = (pause = noPause): Promise<StudentStarted> =>
    trainer.start(
      { type: "student-start", run: 1, recipe: FOUR_STEPS, weights: null, status: "running" },
      { signal: unstoppable, pause, giveWay: noPause },
    );
  const states = () => events.filter((event) => event.type === "student-state");
  const prepared = () => events.findLast((event) => event.type === "student-prepared");
  return { trainer, compute, encode, start, states, prepared, ...runs };
}

test("a run begins on the device that is there once its looks and its first clip are", async () => {
  const { compute, start, devices } = setUp();
  const next = device("next");
  await start(async () => {
    compute.gpu = next;
  });
  expect(devices).toEqual([next]);
});

test("a device that is lost while a clip is prepared: the run goes on over all of its clips", async () => {
  const { trainer, compute, encode, start, prepared, devices, taken } = setUp();
  await start();
  const next = device("next");
  encode.mockImplementationOnce(async () => {
    compute.gpu = next;
    throw new Error("the device is lost");
  });
  while (compute.gpu !== next) await trainer.work(noPause);
  await trainer.recover();
  expect([devices.length, devices[1]]).toEqual([2, next]);
  while (await trainer.work(noPause));
  expect(prepared()).toMatchObject({ ready: 4, left: 0, total: 4 });
  expect(new Set(taken.map(({ seed }) => seed)).size).toBe(4);
});

test("without a GPU a run that is done stays done, and one that failed keeps its sentence", async () => {
  const { trainer, compute, start, states } = setUp();
  await start();
  while (await trainer.work(noPause));
  expect(states().at(-1)).toMatchObject({ status: "done", step: 4 });
  compute.gpu = null;
  await trainer.recover();
  expect(states().at(-1)).toMatchObject({ status: "done", failure: null });
  expect((await trainer.checkpoint(1)).step).toBe(4);

  const other = setUp();
  await other.start();
  other.encode.mockRejectedValueOnce(new Error("the download of the autoencoder broke"));
  while (await other.trainer.work(noPause));
  other.compute.gpu = null;
  await other.trainer.recover();
  const { status, failure } = other.states().at(-1) ?? {};
  expect([status, failure?.message]).toEqual(["failed", "the download of the autoencoder broke"]);
});
