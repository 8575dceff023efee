import { recall, remember } from "../../state/preferences.ts";

/** The user's choice of light or dark; without one the system's counts. */
export type Theme = "light" | "dark";

const KEY = "tempered.theme";

export function savedTheme(): Theme | null {
  const saved = recall(KEY);
  return saved === "light" || saved === "dark" ? saved : null;
}

export function applyTheme(theme: Theme | null): void {
  if (theme) {
    document.documentElement.dataset.theme = theme;
    remember(KEY, theme);
  } else {
    delete document.documentElement.dataset.theme;
    remember(KEY, null);
  }
}

const systemsDark = () => matchMedia("(prefers-color-scheme: dark)");

/** What is on screen now, chosen or not. Another tab may have chosen since: that is not on this screen. */
export const shownTheme = (): Theme =>
  (document.documentElement.dataset.theme as Theme | undefined) ?? (systemsDark().matches ? "dark" : "light");

/** Calls back when the page or the system changes between light and dark. @returns what ends it */
export function followTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const media = systemsDark();
  media.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    media.removeEventListener("change", changed);
  };
}
