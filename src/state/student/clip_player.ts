/** Which frame of the drawn clips is on show: all play in step. */
import { create } from "zustand";
import { SANDBOX_CLIP } from "../../worker/protocol.ts";

interface ClipPlayer {
  readonly frame: number;
  /** As the user last said; null: nothing yet. */
  readonly asked: "play" | "pause" | null;
  /** Frames that are left of a pass that nobody asked for. */
  readonly left: number;
}

export const useClipPlayer = create<ClipPlayer>(() => ({ frame: 0, asked: null, left: 0 }));

const LAST = SANDBOX_CLIP.frames - 1;

/**
 * Whether the next frame is due. What nobody asked for plays without end where drawing is cheap; where the processor that trains
 * draws the page as well, one pass for each new look, which then rests on its last frame.
 */
export const plays = ({ asked, left }: Pick<ClipPlayer, "asked" | "left">, sparing: boolean): boolean =>
  asked === null ? !sparing || left > 0 : asked === "play";

export function nextFrame(sparing: boolean): void {
  const player = useClipPlayer.getState();
  if (!plays(player, sparing)) return;
  const frame = player.frame === LAST ? 0 : player.frame + 1;
  useClipPlayer.setState({ frame, left: Math.max(0, player.left - 1) });
}

/** A new look is there to be seen: where clips rest otherwise, once through from its first frame. */
export function playOnce(sparing: boolean): void {
  if (sparing && useClipPlayer.getState().asked === null) useClipPlayer.setState({ frame: 0, left: LAST });
}

/** Who wants no motion presses Play. */
export function restAtFirst(): void {
  if (useClipPlayer.getState().asked === null) askClips("pause");
}

export const askClips = (asked: "play" | "pause"): void => useClipPlayer.setState({ asked });

export const showFrame = (frame: number): void => useClipPlayer.setState({ frame, asked: "pause" });
