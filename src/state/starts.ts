/** What makes a view follow settings and worker. The code of a view comes when it is first opened or given a file: Explore waits for none of it. */
import { loadPart } from "../site/files.ts";
import { startExplore } from "./explore/explore.ts";
import { startPainting } from "./mask/mask.ts";
import { startModels } from "./models.ts";
import { startTruth } from "./truth/truth.ts";
import { startAsking } from "./unsaved.ts";
import { VIEWS, type View } from "./views.ts";

const STARTS: Readonly<Record<View, () => Promise<void>>> = {
  // The truth and the user's models are asked for when the clip is there, and a mask is painted on it.
  async explore() {
    startTruth();
    startModels();
    startPainting();
    startAsking();
    startExplore();
  },
  compare: async () => (await import("./compare/compare.ts")).startCompare(),
  async train() {
    const [{ startTrain }, { startStudents }] = await Promise.all([
      import("./train/train.ts"),
      import("./student/student.ts"),
    ]);
    startTrain();
    startStudents();
  },
  evaluate: async () => (await import("./evaluate/evaluate.ts")).startEvaluate(),
  bench: async () => (await import("./bench/bench.ts")).startBench(),
};

const started = new Map<View, Promise<void>>();

/** Starts a view, once however often it is called. @throws SiteError where its code does not come; the next call tries again */
export function startView(view: View): Promise<void> {
  const known = started.get(view);
  if (known) return known;
  const starting = loadPart(VIEWS[view].title, STARTS[view]);
  started.set(view, starting);
  starting.catch(() => started.delete(view));
  return starting;
}

/** What of a view's code does something for another; the view follows settings and worker by then. @throws SiteError where the code does not come */
export async function inView<T>(view: View, load: () => Promise<T>): Promise<T> {
  await startView(view);
  return loadPart(VIEWS[view].title, load);
}
