import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { isolate } from "../site/isolation.ts";
import { followAddressBar } from "../state/address_bar.ts";
import { bootCompute } from "../state/compute.ts";
import { startView } from "../state/starts.ts";
import { startTour } from "../state/tour.ts";
import { startHistory } from "../state/undo.ts";
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
  followAddressBar();
  startHistory();
  startTour();
  void bootCompute();
  // All views build on Explore; theirs starts as their page comes.
  void startView("explore");
  page.render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
