import type { SamplingWindow } from "../worker/protocol.ts";

/** What the shell says of the window. */
interface Asked extends Omit<SamplingWindow, "lengthS" | "stride"> {
  /** null: up to the clip's end, or the limit. */
  readonly lengthS: number | null;
}

/** The window that the shell asks for of a clip. Where it would start at the clip's end or later, the worker says so. */
export function askedWindow({ startS, lengthS, frames }: Asked, durationS: number): SamplingWindow {
  const left = durationS - startS;
  return { startS, lengthS: lengthS ?? (left > 0 ? left : durationS), frames };
}
