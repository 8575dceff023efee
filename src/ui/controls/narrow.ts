import { useSyncExternalStore } from "react";

/** As in App.module.css: below it the rail comes after the stage. */
const NARROW = "(max-width: 720px)";

/** Whether the page is one column, so that what belongs beside the figure has to be moved to it. */
export const useNarrow = (): boolean =>
  useSyncExternalStore(
    (changed) => {
      const media = matchMedia(NARROW);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    () => matchMedia(NARROW).matches,
  );
