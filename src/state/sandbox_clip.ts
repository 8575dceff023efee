/** What a link says of a simulated clip: all of it, since a sentence and a seed make it. */
export interface SandboxClipId {
  readonly prompt: string;
  readonly seed: number;
}

const FORM = /^sandbox:(\d{1,10}):(.+)$/;
const MAX_SEED = 2 ** 32 - 1;

export const sandboxClipId = (prompt: string, seed: number): string => `sandbox:${seed}:${prompt}`;

/** null where the id is of another kind of clip. */
export function parseSandboxClipId(clip: string): SandboxClipId | null {
  const parts = FORM.exec(clip);
  const seed = Number(parts?.[1]);
  return parts && seed <= MAX_SEED ? { prompt: parts[2], seed } : null;
}
