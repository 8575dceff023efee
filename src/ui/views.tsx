import { type ComponentType, lazy } from "react";
import { startView } from "../state/starts.ts";
import type { View } from "../state/views.ts";
import { ExploreView } from "./explore/ExploreView.tsx";
import { MissingPage } from "./page/MissingPage.tsx";

/** A page that comes, and starts, when its view is first opened: Explore, which most visits begin with, does not wait for the others. */
const later = (view: View, load: () => Promise<ComponentType>): ComponentType =>
  lazy(() =>
    Promise.all([load(), startView(view)]).then(
      ([Page]) => ({ default: Page }),
      (): { default: ComponentType } => ({ default: MissingPage }),
    ),
  );

/** The page of each row of VIEWS. */
export const VIEW_PAGES: Readonly<Record<View, ComponentType>> = {
  explore: ExploreView,
  compare: later("compare", async () => (await import("./compare/CompareView.tsx")).CompareView),
  train: later("train", async () => (await import("./train/TrainView.tsx")).TrainView),
  evaluate: later("evaluate", async () => (await import("./evaluate/EvaluateView.tsx")).EvaluateView),
  bench: later("bench", async () => (await import("./bench/BenchView.tsx")).BenchView),
};
