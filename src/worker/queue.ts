import type { RequestType, ToWorker } from "./protocol.ts";

/** A request that waits or runs. `signal` fires when a newer request made it pointless. */
export interface Job {
  readonly message: ToWorker;
  readonly signal: AbortSignal;
  /** Lets quick requests that wait go first; a long job calls it between two stages. Rejects when `signal` fired. */
  pause(): Promise<void>;
  /** Lets every other request that waits go first: a job calls it where the clip, the device and all else may change. */
  giveWay(): Promise<void>;
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
  /**
   * Work without a request, in small pieces, done while nothing waits; a piece may pause for quick requests.
   * @returns whether there is more; without more it is asked again only after `wake`. Never throws.
   */
  background?(pause: () => Promise<void>): Promise<boolean>;
}

const COMPARES = [
  "compare",
  "compare-query",
  "compare-losses",
  "compare-sweep",
  "compare-layers",
] as const satisfies RequestType[];

/** A newer request of the first kind makes waiting ones of these kinds pointless. */
const REPLACES_WAITING: Partial<Record<RequestType, readonly RequestType[]>> = {
  open: ["open", "encode", ...COMPARES],
  encode: ["encode"],
  query: ["query"],
  mask: ["mask"],
  agreement: ["agreement"],
  "sandbox-check": ["sandbox-check"],
  judge: ["judge", "generate"],
  generate: ["generate"],
  "generate-stop": ["generate"],
  compare: COMPARES,
  "compare-query": ["compare-query"],
  "compare-losses": ["compare-losses"],
  "compare-sweep": ["compare-sweep"],
  "compare-layers": ["compare-layers"],
};

/** … and stops running ones of these kinds between two of their stages. A query is over before it could be stopped. */
const STOPS_RUNNING: Partial<Record<RequestType, readonly RequestType[]>> = {
  open: ["open", "encode", "agreement", ...COMPARES],
  encode: ["encode", "agreement"],
  agreement: ["agreement"],
  judge: ["judge", "generate"],
  generate: ["generate"],
  "generate-stop": ["generate"],
  compare: COMPARES,
  "compare-losses": ["compare-losses"],
  "compare-sweep": ["compare-sweep"],
  "compare-layers": ["compare-layers"],
};

/** These wait until nothing else does: nobody looks at their answer while something better could be on the screen. */
const PATIENT: readonly RequestType[] = ["thumbnails", "warm", "compare-sweep", "compare-layers", "sandbox-poster"];

/** These may run in the pauses of a longer job: a person is moving a query or a slider and waits for the picture. */
const QUICK: readonly RequestType[] = ["query", "mask", "memory", "compare-query", "sandbox-info", "sandbox-check"];

/** … but not in the pauses of these, whose result they are meant for. */
const NOT_DURING: Partial<Record<RequestType, readonly RequestType[]>> = { compare: ["compare-query"] };

/** Does one job at a time, in order, and forgets those that a newer one made pointless. */
export class RequestQueue {
  readonly #options: QueueOptions;
  #waiting: Waiting[] = [];
  #urgent: (() => Promise<void>)[] = [];
  /** The job that runs, then those that run in its pauses. */
  readonly #running: { readonly type: RequestType; readonly controller: AbortController }[] = [];
  #busy = false;
  #awake = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  push(message: ToWorker): void {
    const { type } = message.request;
    for (const running of this.#running) {
      if (STOPS_RUNNING[type]?.includes(running.type)) running.controller.abort();
    }
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

  /** There is background work to do. */
  wake(): void {
    this.#awake = true;
    void this.#pump();
  }

  async #run({ message, controller }: Waiting): Promise<void> {
    const { signal } = controller;
    const { type } = message.request;
    const after = async (goFirst: (waiting: RequestType) => boolean) => {
      // Messages arrive as tasks; without one in between nothing new would be waiting.
      await new Promise((resolve) => setTimeout(resolve));
      while (!signal.aborted) {
        const next = this.#take(goFirst);
        if (!next) return;
        await this.#run(next);
      }
      signal.throwIfAborted();
    };
    const pause = () => after((waiting) => QUICK.includes(waiting) && !NOT_DURING[type]?.includes(waiting));
    const giveWay = () => after((waiting) => waiting !== type);
    this.#running.push({ type, controller });
    await this.#options.perform({ message, signal, pause, giveWay });
    this.#running.pop();
  }

  /** The pause of background work. */
  readonly #letQuickIn = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve));
    for (;;) {
      const next = this.#take((type) => QUICK.includes(type));
      if (!next) return;
      await this.#run(next);
    }
  };

  /** The first of the waiting jobs that may run. */
  #take(mayRun: (type: RequestType) => boolean): Waiting | undefined {
    const at = this.#waiting.findIndex(({ message }) => mayRun(message.request.type));
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
      const next = this.#take((type) => !PATIENT.includes(type)) ?? this.#take(() => true);
      if (next) await this.#run(next);
      else if (this.#awake) this.#awake = (await this.#options.background?.(this.#letQuickIn)) ?? false;
      else break;
    }
    this.#busy = false;
  }
}
