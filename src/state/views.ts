/** What the rest of the page asks about a view. */
interface ViewTraits {
  /** In the navigation and the window's title. */
  readonly title: string;
  /** What a file that is dropped becomes, and so whether the header offers a menu of clips: the clip on show, or a clip to judge. */
  readonly drop: "clip" | "judged";
}

/** The views, in the order of the navigation: the one table. Their pages are src/ui/views.tsx. */
export const VIEWS = {
  explore: { title: "Explore", drop: "clip" },
  compare: { title: "Compare", drop: "clip" },
  train: { title: "Train", drop: "clip" },
  evaluate: { title: "Evaluate", drop: "judged" },
  bench: { title: "Bench", drop: "clip" },
} as const satisfies Record<string, ViewTraits>;

export type View = keyof typeof VIEWS;
export const VIEW_IDS = Object.keys(VIEWS) as readonly View[];
