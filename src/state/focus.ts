/** Which frame stands large: what the settings say, unless the clip plays or the pointer is on a pane of the table. */
import { create } from "zustand";
import type { TokenRef } from "../worker/protocol.ts";
import { setPlayback, usePlayback } from "./playback.ts";
import { useSession } from "./session.ts";
import { type Settings, setSettings, useSettings } from "./settings.ts";

interface Focus {
  /** The pane under the pointer. */
  readonly pointed: { readonly row: number; readonly frame: number } | null;
  /** Where the wipe stands, in shares of the frame's width from the left. */
  readonly wipeAt: number;
}

export const useFocus = create<Focus>(() => ({ pointed: null, wipeAt: 0.5 }));

export function pointAt(pointed: Focus["pointed"]): void {
  const before = useFocus.getState().pointed;
  if (before?.row !== pointed?.row || before?.frame !== pointed?.frame) useFocus.setState({ pointed });
}

/** Which row it shows: the chosen one, or where the figure lacks that its main one. */
export function rowOnShow(rows: readonly { readonly id: string }[], chosen: string, main: string): number {
  const at = (id: string) => rows.findIndex((row) => row.id === id);
  const own = at(chosen);
  return own >= 0 ? own : Math.max(at(main), 0);
}

export const showFrame = (frame: number): void => setSettings({ frame });

/** Shows the frame at a time: in the player, and of those that were encoded the nearest. */
export function seek(seekS: number): void {
  const frames = useSession.getState().encoded?.frames ?? [];
  const distance = (f: number) => Math.abs(frames[f].timeS - seekS);
  const frame = frames.reduce((a, _, f) => (distance(f) < distance(a) ? f : a), 0);
  setPlayback({ playing: false, seekS, frame });
  showFrame(frame);
}

/** A query that is moved into another frame takes the large frame with it; within its own, the user may be looking at any. */
export const followed = (from: TokenRef | undefined, to: TokenRef): Partial<Settings> =>
  from?.[0] === to[0] ? {} : { frame: to[0] };

/** The frame before or after the one on show, of F. */
export function stepFrame(by: number, F: number): void {
  const { playing, frame: played } = usePlayback.getState();
  if (playing) usePlayback.setState({ playing: false });
  const from = Math.min(playing ? played : useSettings.getState().frame, F - 1);
  showFrame(Math.min(Math.max(from + by, 0), F - 1));
}

/** Keys of the focused figure that are the frame's. Returns true when the key meant something. */
export function handleFrameKey(key: string, F: number): boolean {
  if (key === "," || key === ".") stepFrame(key === "." ? 1 : -1, F);
  else if (key === "Home" || key === "End") showFrame(key === "Home" ? 0 : F - 1);
  else if (key === "f") setSettings({ stage: useSettings.getState().stage === "frame" ? "both" : "frame" });
  else return false;
  return true;
}
