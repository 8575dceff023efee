import { readable } from "../../video/unreadable.ts";
import { BroughtError, type BroughtFileCode } from "../failures.ts";

/** Reads a file of the user's own: errors of its reader go under the file's name, as a failure of its own kind. */
export async function understood<T>(code: BroughtFileCode, file: File, reading: () => Promise<T>): Promise<T> {
  try {
    return await readable(file.name, file, reading());
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name === "VideoError") throw cause;
    throw new BroughtError(code, `${file.name}: ${cause.message}`, { cause });
  }
}
