// The host of the student's runs, on devices and networks that are fakes: what a lost device leaves of a run.
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { parseSafetensors, type Tensor, writeSafetensors } from "../../src/formats/safetensors.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import type { StudentRecipeInput } from "../../src/train/diffusion/recipe.ts";
import type { Failure, StudentStarted, StudentStartRequest, WorkerEvent } from "../../src/worker/protocol.ts";
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
  const start = (pause = noPause, of: Partial<StudentStartRequest> = {}): Promise<StudentStarted> =>
    trainer.start(
      { type: "student-start", run: 1, recipe: FOUR_STEPS, weights: null, status: "running", ...of },
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

test("a run whose GPU is gone stands at the student that it can still save, and not at a step that is lost", async () => {
  const { trainer, compute, start, states, taken } = setUp();
  await start();
  while (taken.length < 2) await trainer.work(noPause);
  await trainer.checkpoint(1);
  while (taken.length < 3) await trainer.work(noPause);
  compute.gpu = null;
  await trainer.recover();
  const { step } = await trainer.checkpoint(1);
  expect(states().at(-1)).toMatchObject({ status: "failed", step });
  expect(step).toBe(2);
});

test("a file of weights that are not finite is refused before a clip is made; a projector that does not fit is drawn", async () => {
  const { trainer, encode, start, prepared } = setUp();
  const aligned: StudentRecipeInput = { ...FOUR_STEPS, loss: "tsa", teacher: "world", hidden: [4, 4, 4] };
  const { width: _, depth: __, heads: ___, ...given } = aligned;
  await start(noPause, { recipe: aligned });
  const { bytes } = await trainer.checkpoint(1);
  const again = (hidden: [number, number, number], weights: Uint8Array<ArrayBuffer>) =>
    start(noPause, { recipe: { ...given, start: "file", hidden }, weights });
  expect((await again([4, 4, 4], bytes)).projectorAnew).toBeNull();
  expect((await again([8, 4, 4], bytes)).projectorAnew).toMatch(/^The run's projector is drawn anew, /);
  const broken = parseSafetensors(bytes);
  broken.tensors.get("ema.proj_out.weight")?.data.fill(Number.NaN as never, 0, 1);
  const [encoded, was] = [encode.mock.calls.length, prepared()];
  const file = writeSafetensors(Object.fromEntries(broken.tensors) as Record<string, Tensor>, {});
  await expect(again([4, 4, 4], file)).rejects.toThrow(/^1 of the \d+ values of tensor "ema.proj_out.weight" are not/);
  expect([encode.mock.calls.length, prepared()]).toEqual([encoded, was]);
});
