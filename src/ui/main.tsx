import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { isolate } from "../site/isolation.ts";
import { startBench } from "../state/bench/bench.ts";
import { startCompare } from "../state/compare/compare.ts";
import { startEvaluate } from "../state/evaluate/evaluate.ts";
import { startExplore } from "../state/explore/explore.ts";
import { startTrain } from "../state/train/train.ts";
import { App } from "./App.tsx";
import { InsecurePage } from "./page/InsecurePage.tsx";
import { applyTheme, savedTheme } from "./page/theme.ts";
import "./tokens.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
const page = createRoot(root);

applyTheme(savedTheme());
// What a browser withholds from an insecure page looks like a missing GPU here and a missing decoder there.
if (!isSecureContext) page.render(<InsecurePage />);
else if (!(await isolate())) start();

function start(): void {
  // The worker boots and decodes while React mounts.
  startCompare();
  startTrain();
  startBench();
  void startExplore();
  startEvaluate();
  page.render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
