import { create } from "zustand";

/** Where the clip is playing; `frame` is the encoded frame on show. */
export interface Playback {
  readonly playing: boolean;
  /** Where the player was taken to, in seconds from the clip's first frame; null: to the window's start. */
  readonly seekS: number | null;
  readonly frame: number;
  /** Seconds of the clip in a second. */
  readonly speed: number;
}

export const SPEEDS: readonly number[] = [0.1, 0.25, 0.5, 1, 2];

export const usePlayback = create<Playback>(() => ({ playing: false, seekS: null, frame: 0, speed: 1 }));

/** Where playing begins in a window: where the player was taken to, or at its start. From then on the clip is where its clock is. */
export function playFrom({ startS, endS }: { readonly startS: number; readonly endS: number }): number {
  const { seekS } = usePlayback.getState();
  usePlayback.setState({ seekS: null });
  return seekS !== null && seekS >= startS && seekS < endS ? seekS : startS;
}

/** The clip stopped at a picture and stays there, unless what stopped it took the player elsewhere. */
export function stayAt(shownS: number): void {
  const { playing, seekS } = usePlayback.getState();
  if (!playing && seekS === null) usePlayback.setState({ seekS: shownS });
}

export const setPlayback = (change: Partial<Playback>) => usePlayback.setState(change);
