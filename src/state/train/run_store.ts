/** Runs that outlive the page, in the browser's private file system: a checkpoint and the curves up to it for each. */
import { readFile, removeStored, replaceFile, storedFolder } from "../stored/files.ts";
import { readStoredRun, type StoredRun } from "./stored_run.ts";

const folder = () => storedFolder("runs");

/**
 * Writes a run; a checkpoint is about 8 MB. Other runs are never touched: only the one who made them deletes them.
 * @throws DOMException QuotaExceededError when the disk is full, SecurityError where storage is blocked; what was saved before stays
 */
export async function saveRun(run: StoredRun, checkpoint: Uint8Array<ArrayBuffer>): Promise<void> {
  const runs = await folder();
  await replaceFile(runs, `${run.id}.safetensors`, checkpoint);
  await replaceFile(runs, `${run.id}.json`, JSON.stringify(run));
}

/** Oldest first. */
export async function listRuns(): Promise<StoredRun[]> {
  const runs = await folder();
  const found: StoredRun[] = [];
  for await (const [name, handle] of runs.entries()) {
    if (handle.kind !== "file" || !name.endsWith(".json")) continue;
    const run = await runIn(handle as FileSystemFileHandle);
    if (run) found.push(run);
  }
  return found.sort((a, b) => a.savedAt - b.savedAt);
}

/** One stored run, read anew. @throws DOMException where it is gone */
export const loadRun = async (id: string): Promise<StoredRun | undefined> =>
  runIn(await (await folder()).getFileHandle(`${id}.json`));

const runIn = async (file: FileSystemFileHandle): Promise<StoredRun | undefined> =>
  readStoredRun(await (await file.getFile()).text());

export const loadCheckpoint = async (id: string): Promise<Uint8Array<ArrayBuffer>> =>
  readFile(await folder(), `${id}.safetensors`);

/** @throws DOMException where the disk does not let go of it */
export async function removeRun(id: string): Promise<void> {
  const runs = await folder();
  for (const extension of ["json", "safetensors"]) await removeStored(runs, `${id}.${extension}`);
}
