import { readable } from "../../video/unreadable.ts";
import { BroughtError, type BroughtFileCode } from "../failures.ts";

/** Reads a file of the user's own: errors of its reader go under the file's name, as a failure of its own kind. */
export const understood = <T>(code: BroughtFileCode, file: File, reading: () => Promise<T>): Promise<T> =>
  named(code, file.name, () => readable(file.name, file, reading()));

/** The same for a file whose bytes are read already: only its name is needed. */
export async function named<T>(code: BroughtFileCode, name: string, reading: () => T | Promise<T>): Promise<T> {
  try {
    return await reading();
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name === "VideoError") throw cause;
    throw new BroughtError(code, `${name}: ${cause.message}`, { cause });
  }
}
