/** The diffusion student's runs in the page's stores, and what a worker says of them. A test replaces `compute.ts` first (fake_page.ts). */
import { liveStudents, useStudents } from "../../src/state/student/store.ts";
import { parseStudentRecipe, type StudentRecipeInput } from "../../src/worker/protocol.ts";
import { emit } from "./fake_page.ts";

/** @param steps of every run that starts */
export const studentPage = (steps: number) => ({
  students: () => useStudents.getState(),
  live: () => liveStudents(useStudents.getState())[0],
  /** The worker says where a run is. */
  state: (run: number, status: string, step: number) =>
    emit({ type: "student-state", run, status, step, steps, failure: null }),
  /** The worker's answer to a start. */
  started: (run: number, recipe: StudentRecipeInput, step: number) => ({
    ...{ run, status: "paused", step, steps, failure: null, parameters: 1, bytes: 1 },
    ...{ shape: { width: 32, depth: 1 }, recipe: parseStudentRecipe(recipe) },
  }),
});
