/** Runs of the diffusion student that outlive the page: a folder each, with the newest checkpoint, curves, and every drawn clip. */
import { KEPT_STUDENTS } from "../../worker/protocol.ts";
import { readFile, removeStored, replaceFile, storedFolder } from "../stored/files.ts";
import type { StudentRun } from "./store.ts";
import {
  clipBytes,
  isHere,
  joinedClips,
  readStoredStudent,
  type StoredStudent,
  storedStudent,
  withFrames,
} from "./stored_run.ts";

const { folder: ROOT, checkpoint: CHECKPOINT } = KEPT_STUDENTS;
const RUN = "run.json";
const SIMULATED = "simulated.rgb";
const drawnAt = (step: number) => `drawn-${step}.rgb`;

const folderOf = async (id: string, create: boolean) => (await storedFolder(ROOT)).getDirectoryHandle(id, { create });

/**
 * Writes a run as it was at its checkpoint. Clips are written once, and before what names them.
 * @returns bytes on the disk
 * @throws DOMException QuotaExceededError when the disk is full, SecurityError where storage is blocked; what was saved before stays
 */
export async function saveStudentRun(run: StudentRun, checkpoint: Uint8Array<ArrayBuffer>): Promise<number> {
  const folder = await folderOf(run.id, true);
  const there = await sizesIn(folder);
  const clips = [
    { name: SIMULATED, clips: run.watched },
    ...run.looks.map(({ step, samples }) => ({ name: drawnAt(step), clips: samples })),
  ];
  for (const { name, clips: some } of clips) {
    const here = some.length > 0 && some.every(isHere);
    // One of another size is what a tab that was closed in the middle left.
    if (here && there.get(name) !== clipBytes(some)) await replaceFile(folder, name, joinedClips(some));
  }
  await replaceFile(folder, CHECKPOINT, checkpoint);
  await replaceFile(folder, RUN, JSON.stringify(storedStudent(run, Date.now())));
  return sum(await sizesIn(folder));
}

/** A run as it lies on the disk, with its bytes there. */
interface KeptStudent {
  readonly stored: StoredStudent;
  readonly bytes: number;
}

/** Oldest first. */
export async function listStudentRuns(): Promise<KeptStudent[]> {
  const root = await storedFolder(ROOT);
  const found: KeptStudent[] = [];
  for await (const [, handle] of root.entries()) {
    if (handle.kind !== "directory") continue;
    const kept = await keptIn(handle as FileSystemDirectoryHandle);
    if (kept) found.push(kept);
  }
  return found.sort((a, b) => a.stored.savedAt - b.stored.savedAt);
}

/** One stored run, read anew. @throws DOMException where it has no folder */
export const loadStudentRun = async (id: string): Promise<KeptStudent | undefined> => keptIn(await folderOf(id, false));

/** A run that was never saved whole is left out. */
async function keptIn(folder: FileSystemDirectoryHandle): Promise<KeptStudent | undefined> {
  const text = await readFile(folder, RUN).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => "",
  );
  const stored = readStoredStudent(text);
  return stored && { stored, bytes: sum(await sizesIn(folder)) };
}

export const loadStudentCheckpoint = async (id: string): Promise<Uint8Array<ArrayBuffer>> =>
  readFile(await folderOf(id, false), CHECKPOINT);

/** The same as a file, of which nothing is read yet. @throws DOMException where it is gone */
export const studentCheckpointFile = async (id: string): Promise<File> =>
  (await (await folderOf(id, false)).getFileHandle(CHECKPOINT)).getFile();

/**
 * The run with what those of its clips show that are not here. Clips of a file that is gone or cut short stay empty, as does a look
 * that is not saved yet. @throws DOMException where the run has no folder
 */
export async function loadClips(run: StudentRun): Promise<Pick<StudentRun, "watched" | "looks">> {
  const folder = await folderOf(run.id, false);
  const read = async <T extends { readonly frames: Uint8Array }>(name: string, clips: readonly T[]) =>
    clips.every(isHere)
      ? clips
      : readFile(folder, name)
          .then((all) => withFrames(clips, all))
          .catch(() => clips);
  const watched = await read(SIMULATED, run.watched);
  const looks = await Promise.all(
    run.looks.map(async (look) => ({ ...look, samples: await read(drawnAt(look.step), look.samples) })),
  );
  return { watched, looks };
}

/** @throws DOMException where the disk does not let go of it */
export async function removeStudentRun(id: string): Promise<void> {
  await removeStored(await storedFolder(ROOT), id);
}

async function sizesIn(folder: FileSystemDirectoryHandle): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind === "file") sizes.set(name, (await (handle as FileSystemFileHandle).getFile()).size);
  }
  return sizes;
}

const sum = (sizes: ReadonlyMap<string, number>): number => [...sizes.values()].reduce((a, b) => a + b, 0);
