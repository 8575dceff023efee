import type { Request, RequestType, ToWorker } from "./protocol.ts";

/** A request that waits or runs. `signal` fires when a newer request made it pointless. */
export interface Job {
  readonly message: ToWorker;
  readonly signal: AbortSignal;
  /** Lets quick requests that wait go first; a long job calls it between two stages. Rejects when `signal` fired. */
  pause(): Promise<void>;
  /** Lets urgent work and every other request that waits go first: a job calls it where the clip, the device and all else may change. */
  giveWay(): Promise<void>;
  /** Has it done again from its beginning, the first of those that wait: called where it ends without an answer. */
  again(): void;
}

interface Waiting {
  readonly message: ToWorker;
  readonly controller: AbortController;
  /** Whether it ran already, and is to be done again. */
  readonly begun: boolean;
}

/** How a request queues. */
export interface Policy {
  /** Waiting requests that it makes pointless. */
  readonly replaces?: readonly RequestType[];
  /** Likewise, of the run that it names. */
  readonly replacesOfRun?: readonly RequestType[];
  /** Running requests that it stops between two of their stages. */
  readonly stops?: readonly RequestType[];
  /** Likewise, of the run that it names: what another run is in the middle of goes on. */
  readonly stopsOfRun?: readonly RequestType[];
  /**
   * "quick": may run in the pauses of a longer job, because the user is moving a query or a slider and waits for the picture.
   * "patient": waits until nothing else does, because nobody looks at its answer while something better could be on the screen.
   */
  readonly turn?: "quick" | "patient";
  /** … but not in the pauses of these, whose result it is meant for. */
  readonly notDuring?: readonly RequestType[];
}

export interface QueueOptions {
  readonly policies: Readonly<Record<RequestType, Policy>>;
  /** Does a job and answers it, or has it done again; never throws. A job whose signal fired meanwhile is answered as superseded. */
  perform(job: Job): Promise<void>;
  /** Answers a job that never ran. */
  superseded(message: ToWorker): void;
  /**
   * Work without a request, in small pieces, done while nothing waits; a piece may pause for quick requests.
   * @returns whether there is more; without more it is asked again only after `wake`. Never throws.
   */
  background?(pause: () => Promise<void>): Promise<boolean>;
}

/** Does one job at a time, in order, and forgets those that a newer one made pointless. */
export class RequestQueue {
  readonly #options: QueueOptions;
  #waiting: Waiting[] = [];
  #urgent: (() => Promise<void>)[] = [];
  /** The job that runs, then those that run in its pauses. */
  readonly #running: { readonly request: Request; readonly controller: AbortController }[] = [];
  #busy = false;
  #awake = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  push(message: ToWorker): void {
    const newer = message.request;
    const { replaces = [], replacesOfRun = [], stops = [], stopsOfRun = [] } = this.#options.policies[newer.type];
    const isAmong = (older: Request, all: readonly RequestType[], ofRun: readonly RequestType[]) =>
      all.includes(older.type) || (ofRun.includes(older.type) && areOfOneRun(newer, older));
    const isStopped = (older: Request) => isAmong(older, stops, stopsOfRun);
    for (const { request, controller } of this.#running) if (isStopped(request)) controller.abort();
    const isPointless = ({ message: { request }, begun }: Waiting) =>
      isAmong(request, replaces, replacesOfRun) || (begun && isStopped(request));
    const pointless = this.#waiting.filter(isPointless);
    this.#waiting = this.#waiting.filter((job) => !pointless.includes(job));
    for (const job of pointless) this.#options.superseded(job.message);
    this.#waiting.push({ message, controller: new AbortController(), begun: false });
    void this.#pump();
  }

  /**
   * Runs `work`, which never throws, before every job that waits, and in no pause: a job that is in the middle of something would go
   * on with what `work` has changed. Until it has run, pauses let nothing in.
   */
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
    const after = async (goesFirst: (waiting: RequestType) => boolean, urgentToo: boolean) => {
      // Messages arrive as tasks; without one in between nothing new would be waiting.
      await new Promise((resolve) => setTimeout(resolve));
      while (!signal.aborted) {
        if (urgentToo) await this.#doUrgent();
        const next = this.#take(goesFirst);
        if (!next) return;
        await this.#run(next);
      }
      signal.throwIfAborted();
    };
    const goesBetween = (waiting: RequestType) =>
      this.#goesBetween(waiting) && !this.#notDuring(waiting).includes(type);
    const pause = () => after(goesBetween, false);
    const giveWay = () => after((waiting) => waiting !== type, true);
    const again = () => void this.#waiting.unshift({ message, controller, begun: true });
    this.#running.push({ request: message.request, controller });
    await goingOn(() => this.#options.perform({ message, signal, pause, giveWay, again }));
    this.#running.pop();
  }

  async #doUrgent(): Promise<void> {
    for (let work = this.#urgent.shift(); work; work = this.#urgent.shift()) await goingOn(work);
  }

  /** The pause of background work. */
  readonly #letQuickIn = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve));
    for (;;) {
      const next = this.#take((type) => this.#goesBetween(type));
      if (!next) return;
      await this.#run(next);
    }
  };

  /** Whether such a request may run in a pause now: whoever pauses first has to see what urgent work will change. */
  #goesBetween(type: RequestType): boolean {
    return this.#urgent.length === 0 && this.#is(type, "quick");
  }

  #is(type: RequestType, turn: Policy["turn"]): boolean {
    return this.#options.policies[type].turn === turn;
  }

  #notDuring(type: RequestType): readonly RequestType[] {
    return this.#options.policies[type].notDuring ?? [];
  }

  /** The first of the waiting jobs that may run. */
  #take(mayRun: (type: RequestType) => boolean): Waiting | undefined {
    const at = this.#waiting.findIndex(({ message }) => mayRun(message.request.type));
    return at < 0 ? undefined : this.#waiting.splice(at, 1)[0];
  }

  async #pump(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let first = true; ; first = false) {
      if (this.#urgent.length > 0) {
        await this.#doUrgent();
        continue;
      }
      const hasPatience = (type: RequestType) => this.#is(type, "patient");
      let next = this.#take((type) => !hasPatience(type));
      if (!next && this.#waiting.length > 0) {
        // What was sent during the job before arrives as a task, and goes first.
        if (!first) await new Promise((resolve) => setTimeout(resolve));
        if (this.#urgent.length > 0) continue;
        next = this.#take((type) => !hasPatience(type)) ?? this.#take(hasPatience);
      }
      if (next) await this.#run(next);
      else if (this.#awake)
        this.#awake = (await goingOn(async () => this.#options.background?.(this.#letQuickIn))) ?? false;
      else break;
    }
    this.#busy = false;
  }
}

const areOfOneRun = (a: Request, b: Request): boolean => "run" in a && "run" in b && a.run === b.run;

/** Does work that should not throw. Where it does all the same, the others that wait go on. */
async function goingOn<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    console.error(error);
    return undefined;
  }
}
