import type { TrainEvent } from "../../worker/protocol.ts";
import { afterEvent, useTraining } from "./store.ts";

/** Between two renders of the charts: five a second are enough to watch, and leave the page to the pointer. */
const FLUSH_MS = 200;

let waiting: TrainEvent[] = [];
let flushedAt = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let onFlush: () => void = () => {};

/** @param listener called after each batch of events is in the store */
export function followFlushes(listener: () => void): void {
  onFlush = listener;
}

/**
 * Keeps an event for the next batch. A hidden tab's timers are held back, up to a minute, its messages are not: what is late is
 * seen to by the next event, so that a run in the background is saved as one in sight is.
 */
export function collect(event: TrainEvent): void {
  waiting.push(event);
  // A run that ends sends nothing after that.
  if (event.type === "train-state" || performance.now() - flushedAt >= FLUSH_MS) flush();
  else timer ??= setTimeout(flush, FLUSH_MS);
}

/** Puts everything that has arrived into the store. */
export function flush(): void {
  clearTimeout(timer);
  timer = undefined;
  flushedAt = performance.now();
  const known = new Set(useTraining.getState().runs.map(({ run }) => run));
  const newest = Math.max(0, ...known);
  const batch = waiting.filter(({ run }) => known.has(run));
  // A run's first events may overtake the answer to its start.
  waiting = waiting.filter(({ run }) => run > newest);
  if (batch.length > 0) {
    useTraining.setState(({ runs }) => ({
      runs: runs.map((run) => batch.filter((event) => event.run === run.run).reduce(afterEvent, run)),
    }));
  }
  onFlush();
}
