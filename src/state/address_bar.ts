import { tell } from "./page_notice.ts";
import { ignoredOf, parseSettings, printSettings, useSettings } from "./settings.ts";

/** Browsers drop or refuse address changes that come too fast, so a drag is written once it pauses. */
const PAUSE_MS = 200;

const listeners = new Set<() => void>();

/** Tells a view that a link was opened in this tab, once the settings are the link's. */
export const onLink = (listener: () => void): void => void listeners.add(listener);

/** Ties the settings to the address bar. Replaces the entry rather than adding one: Back leaves the page, not a slider position. */
export function followAddressBar(): void {
  const read = () => {
    const ignored = ignoredOf(location.hash);
    // First: what was said of the link before is not true of this one, and a view may have more to say of it.
    tell(ignored.length > 0 ? ignoredWords(ignored) : null);
    useSettings.setState(parseSettings(location.hash));
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
  addEventListener("hashchange", () => {
    read();
    for (const listener of listeners) listener();
  });
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
