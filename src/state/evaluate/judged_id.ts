/** What a link says of the clip before the judge: a simulated one, or a file, which only the user can give. */
import { parseSandboxClipId } from "../sandbox_clip.ts";

/** `file:`, the first 16 hex digits of the pictures' hash, and the name to ask for. */
const FILE = /^file:([0-9a-f]{16}):(.+)$/;

export const fileId = (contentHash: string, name: string): string =>
  `file:${contentHash.slice(0, 16)}:${name.slice(0, 120)}`;

/** Name of the file; null where the id is of none. */
export const fileNameOf = (judged: string): string | null => FILE.exec(judged)?.[2] ?? null;

export const isJudgedId = (judged: string): boolean =>
  parseSandboxClipId(judged) !== null || fileNameOf(judged) !== null;
