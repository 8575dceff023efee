/**
 * What Train does: starts, stops and queues runs in the worker, keeps what they report, and saves it. The worker holds one run;
 * the table holds all of them.
 */
import { LOSS_KINDS, type RecipeInput, reads } from "../../worker/protocol.ts";
import { onComputeEvent } from "../compute.ts";
import { useSession } from "../session.ts";
import { type Settings, useSettings } from "../settings.ts";
import { collect, flush, followFlushes } from "./events.ts";
import { followVisibility, holdTraining, keepAwake, releaseTraining } from "./guard.ts";
import { recipeOf } from "./recipe.ts";
import { addRun, copyClip, newRunId, newRunNumber, recallRuns, TWO_TABS } from "./resume.ts";
import { ask, mayReplaceLive, saveIsDue, saveLive, saveUnsaved } from "./save.ts";
import { liveRun, setTraining, useCrosshair, useTraining } from "./store.ts";
import { estimateSoon, watch } from "./watch.ts";

/** The temperatures of "Sweep τ": the paper's ablation, and colder ones. */
export const TRAIN_TAUS: readonly number[] = [1, 0.2, 0.1, 0.05, 0.02, 0.01];

/** The run whose end has been dealt with. */
let ended: number | null = null;

/** Starts to listen. Called once, when the page loads. */
export function startTrain(): void {
  onComputeEvent((event) => {
    if (event.type === "train-state" || event.type === "train-step") collect(event);
    else if (event.type === "train-agreement" || event.type === "train-query") collect(event);
  });
  followFlushes(afterFlush);
  followVisibility();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") void saveUnsaved();
  });
  useSettings.subscribe(onSettings);
  useSession.subscribe((now, before) => {
    if (now.encoded === before.encoded || !now.encoded) return;
    watch();
    estimateSoon();
  });
  void recallRuns();
}

function onSettings(now: Settings, before: Settings): void {
  const changed = (...names: (keyof Settings)[]) => names.some((name) => now[name] !== before[name]);
  if (changed("view", "tau", "queries", "active")) watch();
  if (now.view === "train") estimateSoon();
}

/** After each batch of events: wake lock, saves, and what follows a run that has ended. */
function afterFlush(): void {
  const run = liveRun(useTraining.getState());
  keepAwake(run?.status === "running");
  if (!run) return;
  const over = run.status === "done" || run.status === "failed";
  if (!over) ended = null;
  if (over && ended !== run.run) {
    ended = run.run;
    void finish();
  } else if (saveIsDue(run)) void saveLive();
}

async function finish(): Promise<void> {
  await saveLive();
  const run = liveRun(useTraining.getState());
  if (run?.failure) setTraining({ notice: run.failure.message });
  if (useTraining.getState().plan) await nextOfPlan();
  else releaseTraining();
}

const settingsRecipe = (): RecipeInput | undefined => {
  const { encoded } = useSession.getState();
  return encoded ? recipeOf(useSettings.getState(), encoded.grid.F) : undefined;
};

/** Begins a run on the clip that is encoded now. @returns whether it began */
async function begin(recipe: RecipeInput | undefined, status: "running" | "paused"): Promise<boolean> {
  if (!recipe || useTraining.getState().busy) return false;
  if (!(await holdTraining())) {
    setTraining({ notice: TWO_TABS });
    return false;
  }
  setTraining({ busy: "Preparing the run", notice: null, offer: null });
  try {
    // The runs of a plan follow one another without anybody to ask.
    if (!(await mayReplaceLive()) && !useTraining.getState().plan) return false;
    const old = liveRun(useTraining.getState());
    const clip = await copyClip();
    const run = newRunNumber();
    const started = await ask({ type: "train-start", run, recipe, status });
    if (!started) {
      if (!liveRun(useTraining.getState())) releaseTraining();
      return false;
    }
    // A run that was reset before its first step has nothing to keep.
    useTraining.setState(({ runs }) => ({ runs: runs.filter((one) => one.run !== old?.run || one.step > 0) }));
    addRun(started, newRunId(), clip);
    setTraining({ live: run, selected: run });
    useCrosshair.setState({ hover: null, pinned: null });
    flush();
    watch();
    return true;
  } finally {
    setTraining({ busy: null });
  }
}

export const startRun = () => begin(settingsRecipe(), "running");

/** Back to step 0 with the current settings: the same seed gives the same run. */
export const resetRun = () => begin(settingsRecipe(), "paused");

export async function pauseRun(): Promise<void> {
  if (!(await ask({ type: "train-pause" }))) return;
  flush();
  await saveLive();
}

export async function resumeRun(): Promise<void> {
  setTraining({ notice: null });
  await ask({ type: "train-resume" });
  flush();
}

export async function stepRun(): Promise<void> {
  const live = liveRun(useTraining.getState());
  if (live?.status !== "paused" && !(await begin(settingsRecipe(), "paused"))) return;
  if (!(await ask({ type: "train-step" }))) return;
  flush();
  // The last step's own end saves it too.
  if (liveRun(useTraining.getState())?.status === "paused") await saveLive();
}

/** One run for each loss, everything else the same. */
export function compareLosses(): void {
  const base = settingsRecipe();
  if (base)
    void runPlan(
      "All losses",
      LOSS_KINDS.map((loss) => ({ ...base, loss })),
    );
}

/** One run for each temperature, everything else the same. */
export function sweepTau(): void {
  const base = settingsRecipe();
  const loss = base?.loss && reads(base.loss, "tau") ? base.loss : "tsa";
  if (base)
    void runPlan(
      "Sweep over τ",
      TRAIN_TAUS.map((tau) => ({ ...base, loss, tau })),
    );
}

async function runPlan(name: string, recipes: readonly RecipeInput[]): Promise<void> {
  if (useTraining.getState().plan) return;
  // Hide earlier runs: their curves would look the same.
  useTraining.setState(({ runs }) => ({ runs: runs.map((run) => ({ ...run, drawn: false })) }));
  setTraining({ plan: { name, left: recipes, total: recipes.length } });
  await nextOfPlan();
}

async function nextOfPlan(): Promise<void> {
  const { plan } = useTraining.getState();
  const [recipe, ...left] = plan?.left ?? [];
  if (!plan || !recipe) {
    setTraining({ plan: null });
    releaseTraining();
    return;
  }
  setTraining({ plan: { ...plan, left } });
  if (!(await begin(recipe, "running"))) setTraining({ plan: null });
  // Cancelled while it was prepared.
  else if (!useTraining.getState().plan) await pauseRun();
}

/** Gives up the runs that are still to come; the one under way is paused and kept. */
export async function cancelPlan(): Promise<void> {
  setTraining({ plan: null });
  await pauseRun();
}
