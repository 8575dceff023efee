import { useEffect } from "react";
import { redo, undo } from "../../state/undo.ts";
import { isField } from "../files/incoming.ts";

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
