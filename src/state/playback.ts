import { create } from "zustand";

/** Where the clip is playing; `frame` is the encoded frame on show. */
export interface Playback {
  readonly playing: boolean;
  readonly frame: number;
}

export const usePlayback = create<Playback>(() => ({ playing: false, frame: 0 }));

export const setPlayback = (change: Partial<Playback>) => usePlayback.setState(change);
