/**
 * What the page remembers of the user's choices between visits. Where the browser blocks storage (cookies off, a sandboxed frame)
 * the mere look at `localStorage` throws: then it is remembered until the tab closes.
 */
const here = new Map<string, string>();

function storage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

export function recall(key: string): string | null {
  return here.get(key) ?? storage()?.getItem(key) ?? null;
}

/** @param value null forgets it */
export function remember(key: string, value: string | null): void {
  if (value === null) here.delete(key);
  else here.set(key, value);
  try {
    if (value === null) storage()?.removeItem(key);
    else storage()?.setItem(key, value);
  } catch {
    // Full: the same as blocked.
  }
}
