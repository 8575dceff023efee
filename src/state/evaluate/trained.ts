/** Which student draws in Evaluate: the shipped one, a run's that is kept in this browser, or one of a file that the user gave. */
import { create } from "zustand";
import type { GenerateRequest } from "../../worker/protocol.ts";
import { keptStudents } from "../own_students.ts";
import { runName } from "../student/names.ts";
import { loadStudentCheckpoint } from "../student/run_files.ts";
import { type StudentRun, useStudents } from "../student/store.ts";

type Own = NonNullable<GenerateRequest["trained"]>;

interface Trained {
  /** Name of a run on the disk, or FILE; null: the shipped student. */
  readonly chosen: string | null;
  /** A student's safetensors file that was dropped on Evaluate. */
  readonly file: Own | null;
}

export const FILE = "file";

export const useTrained = create<Trained>(() => ({ chosen: null, file: null }));

export const chooseTrained = (chosen: string | null): void => useTrained.setState({ chosen });

/** What can be chosen beside the shipped student: name and what the user reads, newest run first. */
export function trainedChoices(
  { runs }: { readonly runs: readonly Pick<StudentRun, "id" | "recipe" | "savedStep" | "diskBytes">[] },
  { file }: Trained,
): readonly (readonly [string, string])[] {
  const named = keptStudents(runs);
  return file ? [[FILE, `“${file.name}”`], ...named] : named;
}

export async function bringStudent(file: File): Promise<void> {
  const own = { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
  useTrained.setState({ chosen: FILE, file: own });
}

/** The chosen student; undefined for the shipped one. @throws Error of one sentence where it is not here any more */
export async function chosenStudent(): Promise<Own | undefined> {
  const { chosen, file } = useTrained.getState();
  if (chosen === null) return undefined;
  if (chosen === FILE && file) return file;
  const run = useStudents.getState().runs.find(({ id }) => id === chosen);
  const bytes = run && (await loadStudentCheckpoint(run.id).catch(() => undefined));
  if (run && bytes) return { name: runName(run), bytes };
  throw new Error("the run whose student was chosen is not in this browser any more: choose another on the left");
}
