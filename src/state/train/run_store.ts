/**
 * Runs that outlive the page, in the browser's private file system: a checkpoint and the curves up to it for each. A file is
 * replaced only once its new contents are complete, so a reload in the middle of a save leaves the one before.
 */
import { readStoredRun, type StoredRun } from "./stored_run.ts";

const folder = async () => (await navigator.storage.getDirectory()).getDirectoryHandle("runs", { create: true });

/**
 * Writes a run; a checkpoint is about 8 MB. Other runs are never touched: only the one who made them deletes them.
 * @throws DOMException QuotaExceededError when the disk is full, SecurityError where storage is blocked; what was saved before stays
 */
export async function saveRun(run: StoredRun, checkpoint: Uint8Array<ArrayBuffer>): Promise<void> {
  const runs = await folder();
  await write(runs, `${run.id}.safetensors`, checkpoint);
  await write(runs, `${run.id}.json`, JSON.stringify(run));
}

/**
 * Whether the browser has promised to keep what is stored here. Without the promise it may clear all of it when the disk runs low.
 * @param ask whether to ask for the promise; some browsers show a question then
 */
export async function runsAreKept(ask: boolean): Promise<boolean> {
  const { storage } = navigator;
  return (await storage.persisted()) || (ask && (await storage.persist()));
}

async function write(runs: FileSystemDirectoryHandle, name: string, contents: Uint8Array<ArrayBuffer> | string) {
  const stream = await (await runs.getFileHandle(name, { create: true })).createWritable();
  try {
    await stream.write(contents);
    await stream.close();
  } catch (error) {
    await stream.abort().catch(() => {});
    throw error;
  }
}

/** Oldest first. */
export async function listRuns(): Promise<StoredRun[]> {
  const runs = await folder();
  const found: StoredRun[] = [];
  for await (const [name, handle] of runs.entries()) {
    if (handle.kind !== "file" || !name.endsWith(".json")) continue;
    const stored = await (handle as FileSystemFileHandle).getFile().then((file) => file.text());
    const run = readStoredRun(stored);
    if (run) found.push(run);
  }
  return found.sort((a, b) => a.savedAt - b.savedAt);
}

export async function loadCheckpoint(id: string): Promise<Uint8Array<ArrayBuffer>> {
  const handle = await (await folder()).getFileHandle(`${id}.safetensors`);
  return new Uint8Array(await (await handle.getFile()).arrayBuffer());
}

export async function removeRun(id: string): Promise<void> {
  const runs = await folder();
  for (const extension of ["json", "safetensors"]) {
    // One of the two may never have been written.
    await runs.removeEntry(`${id}.${extension}`).catch(() => {});
  }
}
