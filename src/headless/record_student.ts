import { ComputeFailure, startCompute } from "../state/client.ts";
import { FIRST } from "../state/student/preset.ts";
import { studentRecipeOf } from "../state/student/recipe.ts";
import { clipSheet, RECORDED_RUN, recordedText } from "../state/student/recorded_file.ts";
import { afterStudentEvent, newStudentRun, type StudentRun } from "../state/student/store.ts";
import type { Failure, StudentEvent, WorkerEvent } from "../worker/protocol.ts";
import { base64 } from "./base64.ts";
import { adapterName, askingOf } from "./training.ts";

export type RecordStudentReply =
  | { readonly ok: true; readonly json: string; readonly sheet: string; readonly seconds: number }
  | { readonly ok: false; readonly message: string; readonly code: Failure["code"] };

/** `npm run record-student`: trains the recipe of the first ten seconds, as the page does, and keeps all that the page shows of it. */
export async function recordStudent({ command }: { readonly command: string }): Promise<RecordStudentReply> {
  const events: StudentEvent[] = [];
  let started = Number.NaN;
  let over: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    over = resolve;
  });
  const client = startCompute((event: WorkerEvent) => {
    if (!event.type.startsWith("student-")) return;
    const told = event as StudentEvent;
    events.push(told);
    if (told.type === "student-step-done" && told.step % 10 === 0) {
      console.info(`step ${told.step} loss ${told.loss.toPrecision(5)}`);
    }
    if (told.type === "student-look" && told.step === 0) started = performance.now();
    if (told.type === "student-state" && (told.status === "done" || told.status === "failed")) over();
  });
  const ask = askingOf(client);
  try {
    const { adapter } = await ask({ type: "boot", backend: "auto" });
    const recipe = studentRecipeOf(FIRST);
    const start = { type: "student-start", run: RECORDED_RUN, recipe, weights: null, status: "running" } as const;
    const begun = newStudentRun(await ask(start), { id: "recorded" });
    await done;
    const seconds = Math.round((performance.now() - started) / 1000);
    const run = events.reduce<StudentRun>(afterStudentEvent, begun);
    if (run.failure) return { ok: false, message: run.failure.message, code: run.failure.code };
    const by = { adapter: adapter ? adapterName(adapter) : "no GPU", seconds, command };
    return { ok: true, json: recordedText(run, by), sheet: await base64(await clipSheet(run)), seconds };
  } catch (error) {
    if (error instanceof ComputeFailure) return { ok: false, message: error.failure.message, code: error.failure.code };
    throw error;
  } finally {
    client.terminate();
  }
}
