import type { StudentEvent, WorkerEvent } from "../../worker/protocol.ts";
import { Batches } from "../batches.ts";
import { afterPreparing, afterStudentEvent, setStudents, useStudents } from "./store.ts";

let newest = 0;
/** A number for a run of this visit, or one that it recalls. */
export const newNumber = (): number => ++newest;

export const { collect, flush } = new Batches<StudentEvent>(
  (waiting) => {
    const { runs, preparing } = useStudents.getState();
    const known = new Set(runs.map(({ run }) => run));
    const batch = waiting.filter(({ run }) => known.has(run));
    if (batch.length > 0) {
      const after = runs.map((run) => batch.filter((event) => event.run === run.run).reduce(afterStudentEvent, run));
      setStudents({ runs: after });
    }
    // A run's first events come before the answer to its start.
    const early = waiting.filter(({ run }) => !known.has(run) && run === preparing?.run);
    if (preparing && early.length > 0) setStudents({ preparing: early.reduce(afterPreparing, preparing) });
    return early;
  },
  ({ type }) => type === "student-state",
);

export const isOfStudents = (event: WorkerEvent): event is StudentEvent =>
  event.type === "student-state" ||
  event.type === "student-step-done" ||
  event.type === "student-look" ||
  event.type === "student-prepared" ||
  event.type === "student-watched";
