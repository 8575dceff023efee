import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startBench } from "../state/bench/bench.ts";
import { startCompare } from "../state/compare/compare.ts";
import { startEvaluate } from "../state/evaluate/evaluate.ts";
import { startExplore } from "../state/explore/explore.ts";
import { startTrain } from "../state/train/train.ts";
import { App } from "./App.tsx";
import { applyTheme, savedTheme } from "./page/theme.ts";
import "./tokens.css";

applyTheme(savedTheme());
// The worker boots and decodes while React mounts.
startCompare();
startTrain();
startBench();
void startExplore();
startEvaluate();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
