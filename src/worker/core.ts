import type { Gpu } from "../gpu/gpu.ts";
import { loadPart } from "../site/files.ts";
import { Compute } from "./compute.ts";
import { BadRequest } from "./failures.ts";
import { LazyHost } from "./lazy_host.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";
import { type Job, RequestQueue } from "./queue.ts";
import { type AnyRow, type Context, REQUESTS } from "./requests.ts";
import { restore } from "./restore.ts";
import { Sandbox } from "./sandbox/loader.ts";
import { unstoppable, type Workspace } from "./workspace.ts";

export interface CoreOptions {
  post(message: FromWorker, transfer: Transferable[]): void;
  /** Tests hand in their own devices. */
  createGpu?: () => Promise<Gpu>;
}

/** The worker without its shell: messages in, messages out. */
export function createWorkerCore({ post, createGpu }: CoreOptions): { receive(message: ToWorker): void } {
  const send = (message: FromWorker, transfer: Transferable[] = []) => post(message, transfer);
  const emit: Workspace["emit"] = (event) => send({ kind: "event", event });
  const queue = new RequestQueue({
    policies: REQUESTS,
    perform,
    superseded: ({ id }) => send({ kind: "superseded", id }),
    background: async (pause) => {
      const more = [await trainer.work(pause), await students.work(pause)];
      return more.includes(true);
    },
  });
  const compute = new Compute({
    emit,
    lost: () => queue.pushUrgent(() => compute.settle()),
    restore: (forgotten) => restore(space, [trainer, students], forgotten),
    ...(createGpu ? { createGpu } : {}),
  });
  const space: Workspace = {
    compute,
    sandbox: new Sandbox(),
    brought: new Map(),
    masks: new Map(),
    models: new Map(),
    students: new Map(),
    opened: null,
    truth: null,
    encoded: null,
    compared: null,
    emit,
  };
  const wake = () => queue.wake();
  const trainer = new LazyHost(async () => {
    const { Trainer } = await loadPart("the training", () => import("./train/train.ts"));
    return new Trainer(space, wake);
  });
  const students = new LazyHost(async () => {
    const { StudentTrainer } = await loadPart("the student's training", () => import("./student/trainer.ts"));
    return new StudentTrainer(space, wake);
  });
  const context: Context = { space, trainer, students };

  /** Does a job and answers it. One that failed because the device was lost is done again on the next device. */
  async function perform({ message: { id, request }, again, ...running }: Job): Promise<void> {
    const row: AnyRow = REQUESTS[request.type];
    const { gpu } = compute;
    try {
      const reply = await row.handle(context, request, running);
      send({ kind: "reply", id, reply }, transferables(row.moves?.(reply) ?? []));
    } catch (error) {
      if (running.signal.aborted) return send({ kind: "superseded", id });
      const ours = row.unqueued || error instanceof BadRequest;
      // The queue settles first: here it might be the pause of a job that goes on with what was on the device.
      if (!ours && (await compute.isLost(gpu))) return again();
      send({ kind: "failed", id, failure: compute.failure(error, request) });
    }
  }

  return {
    receive(message) {
      const row: AnyRow = REQUESTS[message.request.type];
      const later = async () => {};
      const stay = { signal: unstoppable, pause: later, giveWay: later, again: () => {} };
      if (row.unqueued) void perform({ message, ...stay });
      else if (row.first) void row.first(context, message.request).then(() => queue.push(message));
      else queue.push(message);
    },
  };
}

/** Each buffer once, although two arrays may share it. */
function transferables(moved: readonly (Transferable | ArrayBufferView | null)[]): Transferable[] {
  const found = moved.flatMap((one) =>
    one === null ? [] : [ArrayBuffer.isView(one) ? (one.buffer as ArrayBuffer) : one],
  );
  return [...new Set(found)];
}
