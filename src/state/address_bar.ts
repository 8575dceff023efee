import { tell } from "./page_notice.ts";
import { ignoredOf, parseSettings, printSettings, useSettings } from "./settings.ts";

/** Browsers drop or refuse address changes that come too fast, so a drag is written once it pauses. */
const PAUSE_MS = 200;

/** Ties the settings to the address bar. Replaces the entry rather than adding one: Back leaves the page, not a slider position. */
export function followAddressBar(): void {
  const read = () => {
    useSettings.setState(parseSettings(location.hash));
    const ignored = ignoredOf(location.hash);
    if (ignored.length > 0) tell(ignoredWords(ignored));
  };
  read();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    const fragment = printSettings(useSettings.getState());
    if (fragment === location.hash.slice(1)) return;
    history.replaceState(null, "", fragment ? `#${fragment}` : location.pathname + location.search);
  };
  useSettings.subscribe(() => {
    clearTimeout(timer);
    timer = setTimeout(write, PAUSE_MS);
  });
  // A reload right after a change shows what was on the screen.
  addEventListener("pagehide", () => timer !== undefined && write());
  addEventListener("hashchange", read);
}

function ignoredWords(ignored: readonly string[]): string {
  const what = ignored.length === 1 ? "a part" : `${ignored.length} parts`;
  return `This link has ${what} that this page does not know, and shows the usual there: ${ignored.join(", ")}.`;
}

/** The address of what is on the screen now, although the bar may be a moment behind. */
export const currentLink = (): string => {
  const fragment = printSettings(useSettings.getState());
  return location.href.replace(/#.*$/, "") + (fragment ? `#${fragment}` : "");
};
