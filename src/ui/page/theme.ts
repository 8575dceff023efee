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

/** What is on screen now, chosen or not. */
export const shownTheme = (): Theme =>
  savedTheme() ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
