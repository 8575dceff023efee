import type { Failure, FromWorker, Replies, Request, RequestType, ToWorker, WorkerEvent } from "../worker/protocol.ts";

/** A request that failed, with the failure as the page shows it. */
export class ComputeFailure extends Error {
  override readonly name = "ComputeFailure";

  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

interface Pending {
  resolve(reply: Replies[RequestType] | undefined): void;
  reject(error: ComputeFailure): void;
}

/** The page's end of the protocol: promises on top of postMessage, and nothing else. */
export class ComputeClient {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #ended = false;

  constructor(worker: Worker, onEvent: (event: WorkerEvent) => void) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data, onEvent);
    worker.onerror = ({ message, filename, lineno }) => {
      const failure: Failure = {
        code: "internal",
        message: "the computing thread stopped: reload the page to go on where you were",
        report: `${message} (${filename}:${lineno})`,
      };
      for (const { reject } of this.#pending.values()) reject(new ComputeFailure(failure));
      this.#pending.clear();
      onEvent({ type: "device-gone", failure, info: null, forgotten: [] });
    };
  }

  /**
   * Sends a request and waits for its answer.
   * @returns the reply, or undefined when a newer request of the same type, or the client's end, made this one pointless
   * @throws ComputeFailure
   */
  request<T extends RequestType>(
    request: Extract<Request, { type: T }>,
    transfer: Transferable[] = [],
  ): Promise<Replies[T] | undefined> {
    if (this.#ended) return Promise.resolve(undefined);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      // The worker answers a request of type T with Replies[T]: the one place where the envelope is opened.
      this.#pending.set(id, { resolve: resolve as Pending["resolve"], reject });
      this.#worker.postMessage({ id, request } satisfies ToWorker, transfer);
    });
  }

  /** Ends the worker. Requests that it has not answered are answered as pointless: whoever waits for one must not wait for ever. */
  terminate(): void {
    this.#ended = true;
    this.#worker.terminate();
    for (const { resolve } of this.#pending.values()) resolve(undefined);
    this.#pending.clear();
  }

  #receive(message: FromWorker, onEvent: (event: WorkerEvent) => void): void {
    if (message.kind === "event") {
      onEvent(message.event);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    switch (message.kind) {
      case "reply":
        pending?.resolve(message.reply);
        break;
      case "superseded":
        pending?.resolve(undefined);
        break;
      case "failed":
        pending?.reject(new ComputeFailure(message.failure));
        break;
      default:
        message satisfies never;
    }
  }
}

/** Starts the worker that hosts the compute. */
export function startCompute(onEvent: (event: WorkerEvent) => void): ComputeClient {
  const worker = new Worker(new URL("../worker/worker.ts", import.meta.url), { type: "module", name: "tempered" });
  return new ComputeClient(worker, onEvent);
}
