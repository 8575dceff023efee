/** Colours of the page that the block takes over, as CSS colours. */
export interface SceneTheme {
  readonly ground: string;
  readonly ink: string;
  readonly line: string;
  readonly accent: string;
}
