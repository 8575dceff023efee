import { VideoError } from "./types.ts";

/**
 * What reading a file ends with. The browser reads a file only as it was when it was chosen, and gives none of it once it has changed,
 * moved or lost its permission.
 * @throws VideoError "file-changed" in place of any error where that is so, "file-too-large" where it had no room for what was read
 */
export async function readable<T>(name: string, blob: Blob, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    // What was refused by its size alone was not read, and is not now.
    const bySize = error instanceof VideoError && (error.code === "empty-file" || error.code === "file-too-large");
    if (bySize) throw error;
    if (await cannotBeRead(blob)) {
      throw new VideoError(
        "file-changed",
        `${name} has been changed, moved or closed to the browser since it was chosen: choose it again`,
        { cause: error },
      );
    }
    if (!isNamed(error, ["NotReadableError"])) throw error;
    throw new VideoError(
      "file-too-large",
      `${name} has ${blob.size} bytes, more than the browser has room for now: close other tabs, or choose a smaller file`,
      { cause: error },
    );
  }
}

/** An error, or what caused it. */
function isNamed(error: unknown, names: readonly string[]): boolean {
  return error instanceof Error && (names.includes(error.name) || isNamed(error.cause, names));
}

/**
 * Asks for a single byte: a stream breaks off with no more than "network error", which may become any other error on its way, and what
 * is too large for memory fails in the words of a file that is gone.
 */
const cannotBeRead = (blob: Blob): Promise<boolean> =>
  blob
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => false,
      (error: unknown) => isNamed(error, ["NotReadableError", "NotFoundError"]),
    );

/** What an error says, without the full stop of its sentence. */
export function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}

/** @param why goes on after the colon */
export const damaged = (name: string, why: string): VideoError =>
  new VideoError("not-a-video", `${name} is damaged: ${why}; get the file again`);
