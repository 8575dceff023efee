import type { Pause } from "../../gpu/steps.ts";

/** What a run was doing was given up, because the user stops or pauses it. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** The two ways of giving up what a run is doing: for good, or the look that it is drawing. */
export class Interrupts {
  readonly end = new AbortController();
  #look: AbortController | null = null;

  /** A pause that gives up, too. */
  ofRun(pause: Pause): Pause {
    return async () => {
      await pause();
      this.end.signal.throwIfAborted();
    };
  }

  /** Draws a look that a pause of the run gives up: the run draws it again when it goes on. */
  async look<T>(pause: Pause, draw: (pause: Pause) => Promise<T>): Promise<T> {
    const look = new AbortController();
    this.#look = look;
    try {
      return await draw(async () => {
        await pause();
        look.signal.throwIfAborted();
      });
    } finally {
      this.#look = null;
    }
  }

  give(up: "look" | "all"): void {
    const reason = new Interrupted("what the run was doing was given up");
    this.#look?.abort(reason);
    if (up === "all") this.end.abort(reason);
  }
}
