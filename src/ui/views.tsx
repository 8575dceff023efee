import type { ComponentType } from "react";
import { startBench } from "../state/bench/bench.ts";
import { startCompare } from "../state/compare/compare.ts";
import { startEvaluate } from "../state/evaluate/evaluate.ts";
import { startExplore } from "../state/explore/explore.ts";
import { startStudents } from "../state/student/student.ts";
import { startTrain } from "../state/train/train.ts";
import { startTruth } from "../state/truth/truth.ts";
import type { View } from "../state/views.ts";
import { BenchView } from "./bench/BenchView.tsx";
import { CompareView } from "./compare/CompareView.tsx";
import { EvaluateView } from "./evaluate/EvaluateView.tsx";
import { ExploreView } from "./explore/ExploreView.tsx";
import { TrainView } from "./train/TrainView.tsx";

interface ViewPage {
  /** Starts to follow settings and worker. Called once, when the page loads, from the last row to the first. */
  start(): void;
  readonly Page: ComponentType;
}

/** The truth of a clip is Explore's, and what it says is asked for when the clip is there. */
function startClip(): void {
  startTruth();
  startExplore();
}

/** The page of each row of VIEWS. */
export const VIEW_PAGES: Readonly<Record<View, ViewPage>> = {
  explore: { start: startClip, Page: ExploreView },
  compare: { start: startCompare, Page: CompareView },
  train: {
    start() {
      startTrain();
      startStudents();
    },
    Page: TrainView,
  },
  evaluate: { start: startEvaluate, Page: EvaluateView },
  bench: { start: startBench, Page: BenchView },
};
