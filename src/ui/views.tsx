import { type ComponentType, lazy } from "react";
import { startBench } from "../state/bench/bench.ts";
import { startCompare } from "../state/compare/compare.ts";
import { startEvaluate } from "../state/evaluate/evaluate.ts";
import { startExplore } from "../state/explore/explore.ts";
import { startModels } from "../state/models.ts";
import { startStudents } from "../state/student/student.ts";
import { startTrain } from "../state/train/train.ts";
import { startTruth } from "../state/truth/truth.ts";
import type { View } from "../state/views.ts";
import { ExploreView } from "./explore/ExploreView.tsx";
import { MissingPage } from "./page/MissingPage.tsx";

interface ViewPage {
  /** Starts to follow settings and worker. Called once, when the page loads, from the last row to the first. */
  start(): void;
  readonly Page: ComponentType;
}

/** Its truth and the user's models are asked for when the clip is there. */
function startClip(): void {
  startTruth();
  startModels();
  startExplore();
}

/** A page that comes when its view is first opened: Explore, which most visits begin with, does not wait for the others. */
const later = (load: () => Promise<ComponentType>): ComponentType =>
  lazy(() =>
    load().then(
      (Page) => ({ default: Page }),
      (): { default: ComponentType } => ({ default: MissingPage }),
    ),
  );

/** The page of each row of VIEWS. */
export const VIEW_PAGES: Readonly<Record<View, ViewPage>> = {
  explore: { start: startClip, Page: ExploreView },
  compare: { start: startCompare, Page: later(async () => (await import("./compare/CompareView.tsx")).CompareView) },
  train: {
    start() {
      startTrain();
      startStudents();
    },
    Page: later(async () => (await import("./train/TrainView.tsx")).TrainView),
  },
  evaluate: {
    start: startEvaluate,
    Page: later(async () => (await import("./evaluate/EvaluateView.tsx")).EvaluateView),
  },
  bench: { start: startBench, Page: later(async () => (await import("./bench/BenchView.tsx")).BenchView) },
};
