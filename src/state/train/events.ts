import type { TrainEvent } from "../../worker/protocol.ts";
import { afterEvent, useTraining } from "./store.ts";

/** Between two renders of the charts: five a second are enough to watch, and leave the page to the pointer. */
const FLUSH_MS = 200;

/** What runs report, on its way into the store. */
class Batches {
  #waiting: TrainEvent[] = [];
  #flushedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Keeps an event for the next batch. A hidden tab's timers are held back, up to a minute, its messages are not: what is late is
   * seen to by the next event, so that a run in the background is saved as one in sight is.
   */
  readonly collect = (event: TrainEvent): void => {
    this.#waiting.push(event);
    // A run that ends sends nothing after that.
    if (event.type === "train-state" || performance.now() - this.#flushedAt >= FLUSH_MS) this.flush();
    else this.#timer ??= setTimeout(this.flush, FLUSH_MS);
  };

  /** Puts everything that has arrived into the store. */
  readonly flush = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushedAt = performance.now();
    const known = new Set(useTraining.getState().runs.map(({ run }) => run));
    const newest = Math.max(0, ...known);
    const batch = this.#waiting.filter(({ run }) => known.has(run));
    // A run's first events may overtake the answer to its start.
    this.#waiting = this.#waiting.filter(({ run }) => run > newest);
    if (batch.length === 0) return;
    useTraining.setState(({ runs }) => ({
      runs: runs.map((run) => batch.filter((event) => event.run === run.run).reduce(afterEvent, run)),
    }));
  };
}

export const { collect, flush } = new Batches();
