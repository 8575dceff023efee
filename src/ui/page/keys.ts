import { useEffect } from "react";
import { useSettings } from "../../state/settings.ts";
import { useTruth } from "../../state/truth/store.ts";
import { redoMark, undoMark } from "../../state/truth/truth.ts";
import { redo, undo } from "../../state/undo.ts";
import { isField } from "../files/incoming.ts";

/**
 * Whether a key of the window is Space, and the page's own, to play and pause: nothing took it before, no control has it, and no dialog lies
 * over what would play.
 */
export const isPageSpace = (event: KeyboardEvent): boolean =>
  event.key === " " &&
  !event.defaultPrevented &&
  !(event.target as HTMLElement).closest("input, textarea, select, button, a, summary, [popover]") &&
  document.querySelector("dialog:modal") === null;

/**
 * Keys of the whole page: Ctrl+Z takes the last change back, Ctrl+Shift+Z and Ctrl+Y do it again. While points are marked it is the last
 * point that goes; settings wait until that is done.
 */
export function usePageKeys(): void {
  useEffect(() => {
    addEventListener("keydown", pressPageKey);
    return () => removeEventListener("keydown", pressPageKey);
  }, []);
}

export function pressPageKey(event: KeyboardEvent): void {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || isField(event.target)) return;
  const key = event.key.toLowerCase();
  const marking = useTruth.getState().marking && useSettings.getState().view === "explore";
  const [back, again] = marking ? [undoMark, redoMark] : [undo, redo];
  const meant = key === "y" || (key === "z" && event.shiftKey) ? again : key === "z" ? back : null;
  if (meant?.()) event.preventDefault();
}
