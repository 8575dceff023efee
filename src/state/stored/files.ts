/** Files in the browser's private file system, which outlive the page. */

/** A folder of it, made where there is none. @throws DOMException SecurityError where storage is blocked */
export const storedFolder = async (name: string): Promise<FileSystemDirectoryHandle> =>
  (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });

/**
 * Writes a file. It is replaced only once its new contents are complete, so a reload in the middle leaves the one before.
 * @throws DOMException QuotaExceededError when the disk is full
 */
export async function replaceFile(
  folder: FileSystemDirectoryHandle,
  name: string,
  contents: Uint8Array<ArrayBuffer> | string,
): Promise<void> {
  const file = await folder.getFileHandle(name, { create: true });
  try {
    await write(file, contents);
  } catch (error) {
    await removeEmpty(folder, file).catch(() => {});
    throw error;
  }
}

async function write(file: FileSystemFileHandle, contents: Uint8Array<ArrayBuffer> | string): Promise<void> {
  const stream = await file.createWritable();
  try {
    await stream.write(contents);
    await stream.close();
  } catch (error) {
    await stream.abort().catch(() => {});
    throw error;
  }
}

/** A new file is there, empty, before its contents are: one that was never written is no file. */
async function removeEmpty(folder: FileSystemDirectoryHandle, file: FileSystemFileHandle): Promise<void> {
  if ((await file.getFile()).size === 0) await folder.removeEntry(file.name);
}

/** @throws DOMException NotFoundError */
export async function readFile(folder: FileSystemDirectoryHandle, name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await (await folder.getFileHandle(name)).getFile()).arrayBuffer());
}

/** Removes a file, or a folder with all that is in it, where there is one. @throws DOMException where another tab uses it */
export async function removeStored(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  try {
    await folder.removeEntry(name, { recursive: true });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "NotFoundError")) throw error;
  }
}

/**
 * Whether the browser has promised to keep what is stored here. Without the promise it may clear all of it when the disk runs low.
 * @param ask whether to ask for the promise; some browsers show a question then
 */
export async function storageIsKept(ask: boolean): Promise<boolean> {
  const { storage } = navigator;
  return (await storage.persisted()) || (ask && (await storage.persist()));
}
