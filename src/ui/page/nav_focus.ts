import { type RefObject, useEffect, useRef } from "react";
import { useSettings } from "../../state/settings.ts";

/** Whether the keyboard was at work in the view that was left: its header goes with it, and the focus with that. */
let lost = false;

useSettings.subscribe(({ view }, before) => {
  if (view !== before.view) lost = document.activeElement?.matches(":focus-visible") ?? false;
});

/** Gives the focus back to the name of the view that is open now, unless it is somewhere by then. */
export function useNavFocus(): RefObject<HTMLElement | null> {
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    if (lost && document.activeElement === document.body) {
      nav.current?.querySelector<HTMLElement>("[aria-current=page]")?.focus();
    }
    lost = false;
  }, []);
  return nav;
}
