/** Diffusion students of the user's own as encoders: a run's that this browser keeps, or one of a file. */
import { create } from "zustand";
import { loadPart } from "../site/files.ts";
import {
  type BroughtStudent,
  isTrainedId,
  type StudentId,
  type TrainedId,
  trainedId,
  trainedSide,
} from "../worker/protocol.ts";
import { ComputeFailure } from "./client.ts";
import { request } from "./compute.ts";
import { retry } from "./explore/explore.ts";
import { failureOf } from "./failure.ts";
import { chooseEncoder, chooseStudentEncoder } from "./sampling.ts";
import { setSession, useSession } from "./session.ts";
import { setSettings, useSettings } from "./settings.ts";
import { runName } from "./student/names.ts";
import { type StudentRun, useStudents } from "./student/store.ts";
import { VIEWS } from "./views.ts";

/** A run that is kept, in a menu of encoders: its student becomes one when it is chosen. */
export type RunChoice = `run:${string}`;

export const isRunChoice = (value: string): value is RunChoice => value.startsWith("run:");

/** A student that was taken in this visit. */
interface OwnStudent {
  /** In the noise in which it was first looked at. */
  readonly id: TrainedId;
  /** The run that it is of, and at which step; null: a file's. */
  readonly from: string | null;
}

export const useOwnStudents = create<{ readonly taken: readonly OwnStudent[] }>(() => ({ taken: [] }));

type Kept = Pick<StudentRun, "id" | "recipe" | "savedStep" | "diskBytes">;

const isKept = ({ savedStep, diskBytes }: Kept): boolean => savedStep !== null && diskBytes !== null;
const fromOf = ({ id, savedStep }: Kept): string => `${id} ${savedStep}`;

/** Runs with a checkpoint on the disk: what chooses each, and what the user reads, newest first. */
export const keptStudents = (runs: readonly Kept[]): readonly (readonly [id: string, name: string])[] =>
  runs
    .filter(isKept)
    .map((run) => [run.id, runName(run)] as const)
    .reverse();

/**
 * What a menu offers beside the encoders of the page: students that are here already, and kept runs whose student, as it is now, is
 * not. `current` stands for the same student in another noise.
 */
export function studentChoices(
  runs: readonly Kept[],
  taken: readonly OwnStudent[],
  current: StudentId,
): readonly (readonly [TrainedId | RunChoice, string])[] {
  const shown = isTrainedId(current) ? current : null;
  const hashOf = (id: TrainedId) => trainedSide(id).hash;
  const isShown = ({ id }: OwnStudent) => shown !== null && hashOf(id) === hashOf(shown);
  const here = taken.map((one) => (isShown(one) && shown ? shown : one.id));
  const left = runs.filter(
    (run) =>
      !taken.some(({ from }) => from === fromOf(run)) &&
      // A link's, of which nobody knows yet which run it is.
      !(shown && !taken.some(isShown) && trainedSide(shown).name === runName(run)),
  );
  return [
    ...here.map((id) => [id, trainedSide(id).name] as const),
    ...keptStudents(left).map(([id, name]) => [`run:${id}` as const, name] as const),
  ];
}

/** Takes the student of a kept run as it is now, and hands it on; where it cannot be had the failure panel says why. */
export async function takeRun(choice: RunChoice, pick: (id: TrainedId) => void): Promise<void> {
  const run = useStudents.getState().runs.find(({ id }) => `run:${id}` === choice);
  if (!run) return;
  try {
    const file = await checkpointFile(run);
    const id = await bring(file, runName(run), fromOf(run));
    if (id) pick(id);
  } catch (error) {
    setSession({ failure: failureOf(error), progress: null });
  }
}

/** @throws ComputeFailure "student-missing" where it is gone, SiteError where the page's own part did not come */
async function checkpointFile(run: StudentRun): Promise<File> {
  const { studentCheckpointFile } = await loadPart("the runs that are kept", () => import("./student/run_files.ts"));
  return studentCheckpointFile(run.id).catch((cause: unknown) => {
    const message = `the checkpoint of “${runName(run)}” is not in this browser any more: choose another, or drop its file here`;
    throw new ComputeFailure({ ...failureOf(cause), code: "student-missing", message });
  });
}

/** A student's file that is dropped on a view of a clip: the encoder that is looked at, in Compare the student. */
export async function takeStudentFile(file: File): Promise<void> {
  const id = await bring(file, file.name.replace(/\.safetensors$/i, ""), null);
  if (!id) return;
  const { view, encoder, studentEncoder } = useSettings.getState();
  const { hash } = trainedSide(id);
  const waiting = [encoder, studentEncoder].some((one) => isTrainedId(one) && trainedSide(one).hash === hash);
  const failed = useSession.getState().failure !== null;
  setSession({ failure: null });
  // A link that waits for this file says all of it.
  if (waiting && failed) return retry();
  if (VIEWS[view].drop === "judged") setSettings({ view: "explore" });
  if (view === "compare") chooseStudentEncoder(id);
  else chooseEncoder(id);
}

async function bring(file: File, name: string, from: OwnStudent["from"]): Promise<TrainedId | undefined> {
  const brought = await request({ type: "bring-student", file });
  if (!brought) return undefined;
  const id = firstLook(brought, name);
  const { hash } = brought;
  useOwnStudents.setState(({ taken }) => ({
    taken: [...taken.filter((one) => trainedSide(one.id).hash !== hash), { id, from }],
  }));
  return id;
}

/** After the aligned block, or two thirds through as the shipped student is, in the noise that Compare has for that one. */
function firstLook({ hash, depth, aligned }: BroughtStudent, name: string): TrainedId {
  const { noiseT: t, given, noiseSeed: seed } = useSettings.getState();
  const block = aligned ?? Math.ceil((2 * depth) / 3);
  return trainedId({ hash, depth, aligned, noising: { t, block, given, seed }, name });
}
