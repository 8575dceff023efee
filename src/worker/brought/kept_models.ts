/**
 * Models of the user's own in the browser's private file system: a folder for each, named by its hash, in it its files and a line
 * about it, which is written last, so that a folder without one was cut short.
 */
import { isModelId, type ModelId, ownModel } from "../../encoders/own_model.ts";
import { VideoError } from "../../video/types.ts";
import { readable, reason } from "../../video/unreadable.ts";
import { BroughtError } from "../failures.ts";
import type { KeepModelRequest, KeptModel } from "../protocol.ts";

const ABOUT = "encoder.txt";

const root = async () => (await navigator.storage.getDirectory()).getDirectoryHandle("encoders", { create: true });

/** The files of a kept model; none where it is not kept, or storage is blocked. */
export async function keptModel(hash: string): Promise<File[]> {
  try {
    const folder = await (await root()).getDirectoryHandle(hash);
    await folder.getFileHandle(ABOUT);
    const files: File[] = [];
    for await (const handle of folder.values()) {
      if (handle.kind === "file" && handle.name !== ABOUT) files.push(await (handle as FileSystemFileHandle).getFile());
    }
    return files;
  } catch {
    return [];
  }
}

/** The models that are kept; none where storage is blocked. */
export async function keptModels(): Promise<KeptModel[]> {
  const found: KeptModel[] = [];
  try {
    for await (const [hash, handle] of (await root()).entries()) {
      if (handle.kind !== "directory") continue;
      const about = await (handle as FileSystemDirectoryHandle).getFileHandle(ABOUT).catch(() => null);
      const id = about && (await (await about.getFile()).text());
      if (!id || !isModelId(id)) continue;
      found.push({ id, bytes: (await keptModel(hash)).reduce((sum, { size }) => sum + size, 0) });
    }
  } catch {
    return [];
  }
  return found;
}

/**
 * Keeps a model, or deletes it. Where its files are kept already, as of the same model by another spec, they stay as they are.
 * @param filesOf its files
 * @returns those that are kept then
 * @throws BroughtError where the disk is full, storage blocked, or a model cannot be deleted; VideoError "file-changed" where its own files are gone
 */
export async function keepModel(
  { id, keep }: KeepModelRequest,
  filesOf: (id: ModelId) => Promise<readonly File[]>,
): Promise<KeptModel[]> {
  const { hash, name } = ownModel(id);
  const folder = await root().catch(blocked);
  const remove = () => folder.removeEntry(hash, { recursive: true });
  if (!keep) {
    await remove().catch((cause: unknown) => {
      if (cause instanceof DOMException && cause.name === "NotFoundError") return;
      throw new BroughtError(
        "model-file",
        `the model “${name}” could not be deleted (${reason(cause)}): close the other tab and try again`,
        { cause },
      );
    });
    return keptModels();
  }
  const there = (await keptModel(hash)).length > 0;
  const files = there ? [] : await filesOf(id);
  try {
    // What is left of a folder that was cut short goes first.
    if (!there) await remove().catch(() => {});
    await write(await folder.getDirectoryHandle(hash, { create: true }), files, id);
  } catch (cause) {
    if (!there) await remove().catch(() => {});
    if (cause instanceof VideoError) throw cause;
    throw new BroughtError(
      "model-file",
      `the model “${name}” could not be kept (${reason(cause)}): free some room on this disk, or go on without keeping it`,
      { cause },
    );
  }
  return keptModels();
}

function blocked(cause: unknown): never {
  throw new BroughtError(
    "model-file",
    "this browser blocks storage for this page, so nothing can be kept: allow it, or go on without keeping the model",
    { cause },
  );
}

async function write(folder: FileSystemDirectoryHandle, files: readonly File[], id: ModelId): Promise<void> {
  const put = async (name: string, content: Blob | string) => {
    const stream = await (await folder.getFileHandle(name, { create: true })).createWritable();
    await stream.write(content);
    await stream.close();
  };
  for (const file of files) await readable(file.name, file, put(file.name, file));
  await put(ABOUT, id);
}
