import type { TrainEvent } from "../../worker/protocol.ts";
import { Batches } from "../batches.ts";
import { afterEvent, useTraining } from "./store.ts";

export const { collect, flush } = new Batches<TrainEvent>(
  (waiting) => {
    const known = new Set(useTraining.getState().runs.map(({ run }) => run));
    const newest = Math.max(0, ...known);
    const batch = waiting.filter(({ run }) => known.has(run));
    if (batch.length > 0) {
      useTraining.setState(({ runs }) => ({
        runs: runs.map((run) => batch.filter((event) => event.run === run.run).reduce(afterEvent, run)),
      }));
    }
    // The worker has let go of it, also where the run that was to take its place did not come about.
    const { live } = useTraining.getState();
    const isGone = (event: TrainEvent) => event.type === "train-state" && event.status === "idle" && event.run === live;
    if (waiting.some(isGone)) useTraining.setState({ live: null });
    // A run's first events may overtake the answer to its start.
    return waiting.filter(({ run }) => run > newest);
  },
  // A run that ends sends nothing after that.
  ({ type }) => type === "train-state",
);
