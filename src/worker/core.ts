import { encoders } from "../encoders/registry.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { bench } from "./bench.ts";
import { checkEncoder } from "./checks.ts";
import { compare, restoreCompared } from "./compare/compare.ts";
import { compareLayers } from "./compare/layers.ts";
import { compareLosses, compareQuery, compareSweep } from "./compare/losses.ts";
import { Compute } from "./compute.ts";
import { agreement, features, mask, query } from "./correspond.ts";
import { encode, restoreEncoded } from "./encode.ts";
import { BadRequest } from "./failures.ts";
import { generate } from "./generate.ts";
import { judge } from "./judge.ts";
import { open, thumbnails } from "./open.ts";
import type { FromWorker, GpuMemory, Replies, Request, RequestType, ToWorker, WarmRequest } from "./protocol.ts";
import { type Job, RequestQueue } from "./queue.ts";
import { Sandbox } from "./sandbox/loader.ts";
import { sandboxCheck, sandboxDraw, sandboxInfo, sandboxPoster } from "./sandbox/sandbox.ts";
import { Trainer } from "./train/train.ts";
import { encoderContext, progressOf, type Running, unstoppable, type Workspace } from "./workspace.ts";

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
    perform,
    superseded: ({ id }) => send({ kind: "superseded", id }),
    background: (pause) => trainer.work(pause),
  });
  const compute = new Compute({
    emit,
    lost: () => queue.pushUrgent(() => compute.settle()),
    restore: async () => {
      await restoreEncoded(space);
      await restoreCompared(space);
      await trainer.recover();
    },
    forget: () => {
      space.encoded = null;
      space.compared = null;
    },
    ...(createGpu ? { createGpu } : {}),
  });
  const space: Workspace = {
    compute,
    sandbox: new Sandbox(),
    opened: null,
    encoded: null,
    compared: null,
    emit,
  };
  const trainer = new Trainer(space, () => queue.wake());

  /** Does a job and answers it. One that a lost device spoiled is done again on the next device. */
  async function perform({ message: { id, request }, ...running }: Job): Promise<void> {
    for (;;) {
      await compute.settle();
      const { gpu } = compute;
      try {
        const reply = await handle(space, trainer, request, running);
        send({ kind: "reply", id, reply }, transferables(reply));
        return;
      } catch (error) {
        if (running.signal.aborted) return send({ kind: "superseded", id });
        const ours = error instanceof BadRequest;
        if (!ours && (await compute.isLost(gpu))) continue;
        return send({ kind: "failed", id, failure: compute.failure(error, request) });
      }
    }
  }

  return {
    receive(message) {
      const { id, request } = message;
      if (request.type === "lose-device") {
        // Not queued: a driver does not wait for a request to finish either.
        try {
          compute.loseDevice();
          send({ kind: "reply", id, reply: null });
        } catch (error) {
          send({ kind: "failed", id, failure: compute.failure(error, request) });
        }
      } else if (request.type === "warm") {
        // The download does not hold up the queue; if it fails, the job tries again and answers with the failure.
        const model = encoders[request.encoder]?.model ?? null;
        const downloaded = model === null ? null : compute.models.download(model, progressOf(emit)).catch(() => {});
        void Promise.resolve(downloaded).then(() => queue.push(message));
      } else {
        queue.push(message);
      }
    },
  };
}

function handle(space: Workspace, trainer: Trainer, request: Request, running: Running): Promise<Replies[RequestType]> {
  switch (request.type) {
    case "boot":
      return space.compute.boot(request);
    case "open":
      return open(space, request, running);
    case "encode":
      return encode(space, request, running);
    case "query":
      return query(space, request);
    case "mask":
      return mask(space, request);
    case "agreement":
      return agreement(space, request, running);
    case "thumbnails":
      return thumbnails(space, request);
    case "features":
      return features(space);
    case "memory":
      return Promise.resolve(memory(space));
    case "warm":
      return warm(space, request);
    case "compare":
      return compare(space, request, running);
    case "compare-query":
      return compareQuery(space, request);
    case "compare-losses":
      return compareLosses(space, request, running);
    case "compare-sweep":
      return compareSweep(space, request, running);
    case "compare-layers":
      return compareLayers(space, request, running);
    case "train-start":
    case "train-step":
    case "train-pause":
    case "train-resume":
    case "train-stop":
    case "train-checkpoint":
    case "train-restore":
    case "train-inspect":
    case "train-estimate":
    case "train-watch":
    case "train-matches":
      return trainer.handle(request, running);
    case "sandbox-info":
      return sandboxInfo(space);
    case "sandbox-poster":
      return sandboxPoster(space, request);
    case "sandbox-check":
      return sandboxCheck(space, request);
    case "sandbox-draw":
      return sandboxDraw(space, request);
    case "judge":
      return judge(space, request, running);
    case "generate":
      return generate(space, request, running);
    case "generate-stop":
      // The queue has done it by now.
      return Promise.resolve(null);
    case "bench":
      return bench(space, request, running);
    case "lose-device":
      throw new BadRequest("lose-device is not queued");
    default:
      return request satisfies never;
  }
}

function memory({ compute }: Workspace): GpuMemory {
  const buffers = compute.gpu?.buffers;
  if (!buffers) return { buffers: 0, bytes: 0, peakBytes: 0, list: [] };
  return { buffers: buffers.count, bytes: buffers.bytes, peakBytes: buffers.peakBytes, list: buffers.list() };
}

async function warm(space: Workspace, { encoder }: WarmRequest): Promise<null> {
  checkEncoder(encoder);
  const { model } = encoders[encoder];
  if (model !== null) await space.compute.models.use(model, encoderContext(space, unstoppable), async () => {});
  return null;
}

/** What moves to the page instead of being copied. Every array of a reply is the reply's own. */
function transferables(reply: Replies[RequestType]): Transferable[] {
  const found = new Set<Transferable>();
  const visit = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) found.add(value.buffer as ArrayBuffer);
    else if (value instanceof ImageBitmap) found.add(value);
    else if (Array.isArray(value)) value.forEach(visit);
    else if (value !== null && typeof value === "object") Object.values(value).forEach(visit);
  };
  visit(reply);
  return [...found];
}
