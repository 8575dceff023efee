import type { Pause } from "../gpu/steps.ts";

/** What keeps runs: works on them in the background, and moves them to another device. */
interface Host {
  /** The next small piece of a run. @returns whether there is more */
  work(pause: Pause): Promise<boolean>;
  /** Puts the runs onto the current device. Never throws. */
  recover(): Promise<void>;
}

/** A host of runs whose code loads when it is first needed: whoever only looks at a clip does not wait for it. */
export class LazyHost<H extends Host> implements Host {
  readonly #make: () => Promise<H>;
  #loading: Promise<H> | null = null;
  #host: H | null = null;

  constructor(make: () => Promise<H>) {
    this.#make = make;
  }

  load(): Promise<H> {
    this.#loading ??= this.#make().then(
      (host) => {
        this.#host = host;
        return host;
      },
      (error: unknown) => {
        // A download that broke may work the next time.
        this.#loading = null;
        throw error;
      },
    );
    return this.#loading;
  }

  /** null before anything was asked of it. */
  get loaded(): H | null {
    return this.#host;
  }

  work(pause: Pause): Promise<boolean> {
    return this.#host?.work(pause) ?? Promise.resolve(false);
  }

  recover(): Promise<void> {
    return this.#host?.recover() ?? Promise.resolve();
  }
}
