/** Colours of the page that the block takes over, as CSS colours. */
export interface SceneTheme {
  readonly ground: string;
  readonly ink: string;
  readonly line: string;
  readonly accent: string;
}

/** Of pictures, models and videos: they go onto white paper and slides, whatever the page looks like. */
export const PAPER_THEME: SceneTheme = { ground: "#ffffff", ink: "#1b1c1e", line: "#8d8d88", accent: "#b23c0a" };
