/** What a simulated clip is called in files and on screen: a sentence and a seed, which make it again. */
export const sandboxName = (prompt: string, seed: number): string => `${prompt}, seed ${seed}`;

/** null where the name is no simulated clip's. */
export function parseSandboxName(name: string): { readonly prompt: string; readonly seed: number } | null {
  const parts = /^(.+), seed (\d{1,10})$/.exec(name);
  return parts && { prompt: parts[1], seed: Number(parts[2]) };
}
