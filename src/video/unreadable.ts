import { VideoError } from "./types.ts";

/**
 * Whether an error, or what caused it, is that a file's bytes can no longer be had: the browser reads a file only as it was when it
 * was chosen, and gives none of it once it has changed, moved or lost its permission.
 */
export function isUnreadable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "NotReadableError" || error.name === "NotFoundError" || isUnreadable(error.cause);
}

/** What reading a file ends with. @throws VideoError "file-changed" in place of any error that comes from unreadable bytes */
export async function readable<T>(name: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    throw new VideoError(
      "file-changed",
      `${name} has been changed, moved or closed to the browser since it was chosen: choose it again`,
      { cause: error },
    );
  }
}
