import type { TrainEvent } from "../../worker/protocol.ts";
import { afterEvent, useTraining } from "./store.ts";

/** Between two renders of the charts: five a second are enough to watch, and leave the page to the pointer. */
const FLUSH_MS = 200;

let waiting: TrainEvent[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let onFlush: () => void = () => {};

/** @param listener called after each batch of events is in the store */
export function followFlushes(listener: () => void): void {
  onFlush = listener;
}

/** Keeps an event for the next batch. */
export function collect(event: TrainEvent): void {
  waiting.push(event);
  timer ??= setTimeout(flush, FLUSH_MS);
}

/** Puts everything that has arrived into the store. */
export function flush(): void {
  clearTimeout(timer);
  timer = undefined;
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
