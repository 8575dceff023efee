import { VideoError } from "./types.ts";

/**
 * Whether an error, or what caused it, is that a file's bytes can no longer be had: the browser reads a file only as it was when it
 * was chosen, and gives none of it once it has changed, moved or lost its permission.
 */
function isUnreadable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "NotReadableError" || error.name === "NotFoundError" || isUnreadable(error.cause);
}

/** What reading a file ends with. @throws VideoError "file-changed" in place of any error that comes from unreadable bytes */
export async function readable<T>(name: string, blob: Blob, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    // What was refused by its size alone was not read, and is not now.
    const bySize = error instanceof VideoError && (error.code === "empty-file" || error.code === "file-too-large");
    if (bySize || !(isUnreadable(error) || (await cannotBeRead(blob)))) throw error;
    throw new VideoError(
      "file-changed",
      `${name} has been changed, moved or closed to the browser since it was chosen: choose it again`,
      { cause: error },
    );
  }
}

/** A stream of such a file breaks off with no more than "network error", which may become any other error on its way: ask once more. */
const cannotBeRead = (blob: Blob): Promise<boolean> =>
  blob
    .slice(0, 1)
    .arrayBuffer()
    .then(() => false, isUnreadable);

/** What an error says, without the full stop of its sentence. */
export function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}

/** @param why goes on after the colon */
export const damaged = (name: string, why: string): VideoError =>
  new VideoError("not-a-video", `${name} is damaged: ${why}; get the file again`);
