import { parseSettings, printSettings, useSettings } from "./settings.ts";

/** Browsers drop or refuse address changes that come too fast, so a drag is written once it pauses. */
const PAUSE_MS = 200;

/** Ties the settings to the address bar. Replaces the entry rather than adding one: Back leaves the page, not a slider position. */
export function followAddressBar(): void {
  useSettings.setState(parseSettings(location.hash));
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
  addEventListener("hashchange", () => useSettings.setState(parseSettings(location.hash)));
}
