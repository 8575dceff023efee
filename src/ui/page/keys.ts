import { useEffect } from "react";
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

/** Keys of the whole page: Ctrl+Z takes the last change of a setting or a query back, Ctrl+Shift+Z and Ctrl+Y do it again. */
export function usePageKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || isField(event.target)) return;
      const key = event.key.toLowerCase();
      const meant = key === "y" || (key === "z" && event.shiftKey) ? redo : key === "z" ? undo : null;
      if (meant?.()) event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}
