import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { isolate } from "../site/isolation.ts";
import { followAddressBar } from "../state/address_bar.ts";
import { bootCompute } from "../state/compute.ts";
import { startTour } from "../state/tour.ts";
import { startHistory } from "../state/undo.ts";
import { App } from "./App.tsx";
import { InsecurePage } from "./page/InsecurePage.tsx";
import { applyTheme, savedTheme } from "./page/theme.ts";
import { VIEW_PAGES } from "./views.tsx";
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
  // Explore, which the others build on, comes last: what the view on screen needs is asked for before it.
  for (const { start: startView } of Object.values(VIEW_PAGES).reverse()) startView();
  page.render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
