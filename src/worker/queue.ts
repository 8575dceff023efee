import type { RequestType, ToWorker } from "./protocol.ts";

/** A request that waits or runs. `signal` fires when a newer request made it pointless. */
export interface Job {
  readonly message: ToWorker;
  readonly signal: AbortSignal;
  /** Lets quick requests that wait go first; a long job calls it between two stages. Rejects when `signal` fired. */
  pause(): Promise<void>;
}

interface Waiting {
  readonly message: ToWorker;
  readonly controller: AbortController;
}

export interface QueueOptions {
  /** Does a job and answers it; never throws. A job whose signal fired meanwhile is answered as superseded. */
  perform(job: Job): Promise<void>;
  /** Answers a job that never ran. */
  superseded(message: ToWorker): void;
}

/** A newer request of the first kind makes waiting ones of these kinds pointless. */
const REPLACES_WAITING: Partial<Record<RequestType, readonly RequestType[]>> = {
  open: ["open", "encode"],
  encode: ["encode"],
  query: ["query"],
  mask: ["mask"],
  agreement: ["agreement"],
};

/** … and stops running ones of these kinds between two of their stages. A query is over before it could be stopped. */
const STOPS_RUNNING: Partial<Record<RequestType, readonly RequestType[]>> = {
  open: ["open", "encode", "agreement"],
  encode: ["encode", "agreement"],
  agreement: ["agreement"],
};

/** These wait until nothing else does: nobody looks at their answer while something better could be on the screen. */
const PATIENT: readonly RequestType[] = ["thumbnails", "warm"];

/** These may run in the pauses of a longer job: a person is moving a query or a slider and waits for the picture. */
const QUICK: readonly RequestType[] = ["query", "mask", "memory"];

/** Does one job at a time, in order, and forgets those that a newer one made pointless. */
export class RequestQueue {
  readonly #options: QueueOptions;
  #waiting: Waiting[] = [];
  #urgent: (() => Promise<void>)[] = [];
  #running: { type: RequestType; controller: AbortController } | null = null;
  #busy = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  push(message: ToWorker): void {
    const { type } = message.request;
    if (this.#running && STOPS_RUNNING[type]?.includes(this.#running.type)) this.#running.controller.abort();
    const pointless = this.#waiting.filter(({ message: m }) => REPLACES_WAITING[type]?.includes(m.request.type));
    this.#waiting = this.#waiting.filter((job) => !pointless.includes(job));
    for (const job of pointless) this.#options.superseded(job.message);
    this.#waiting.push({ message, controller: new AbortController() });
    void this.#pump();
  }

  /** Runs `work`, which never throws, before every job that waits. */
  pushUrgent(work: () => Promise<void>): void {
    this.#urgent.push(work);
    void this.#pump();
  }

  #job({ message, controller: { signal } }: Waiting): Job {
    const pause = async () => {
      // Messages arrive as tasks; without one in between nothing new would be waiting.
      await new Promise((resolve) => setTimeout(resolve));
      for (let quick = this.#takeQuick(); quick; quick = this.#takeQuick())
        await this.#options.perform(this.#job(quick));
      signal.throwIfAborted();
    };
    return { message, signal, pause };
  }

  #takeQuick(): Waiting | undefined {
    const at = this.#waiting.findIndex(({ message }) => QUICK.includes(message.request.type));
    return at < 0 ? undefined : this.#waiting.splice(at, 1)[0];
  }

  async #pump(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (;;) {
      const urgent = this.#urgent.shift();
      if (urgent) {
        await urgent();
        continue;
      }
      const first = this.#waiting.findIndex(({ message }) => !PATIENT.includes(message.request.type));
      const [next] = this.#waiting.splice(Math.max(first, 0), 1);
      if (!next) break;
      this.#running = { type: next.message.request.type, controller: next.controller };
      await this.#options.perform(this.#job(next));
      this.#running = null;
    }
    this.#busy = false;
  }
}
