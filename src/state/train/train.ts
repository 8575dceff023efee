/**
 * What Train does: starts, stops and queues runs in the worker, keeps what they report, and saves it. The worker holds one run;
 * the table holds all of them.
 */
import { LOSS_KINDS, type RecipeInput, reads, type TrainData } from "../../worker/protocol.ts";
import { onComputeEvent, tryRequest } from "../compute.ts";
import { failureOf } from "../failure.ts";
import { Reconciler } from "../reconcile.ts";
import { useSession } from "../session.ts";
import { useSettings } from "../settings.ts";
import { changesOf, trainDataOf } from "./data.ts";
import { collect, flush } from "./events.ts";
import { trainingLock, wakeLock } from "./guard.ts";
import { recipeOf } from "./recipe.ts";
import { addRun, copyClip, letOthersTrain, newRunId, newRunNumber, recallRuns, TWO_TABS } from "./resume.ts";
import { ask, mayReplaceLive, saveIsDue, saveLive, saveUnsaved } from "./save.ts";
import { isOver, liveRun, setTraining, type Training, useCrosshair, useTraining } from "./store.ts";
import { type Trained, wanted } from "./wanted.ts";

/** The temperatures of "Sweep τ": the paper's ablation, and colder ones. */
export const TRAIN_TAUS: readonly number[] = [1, 0.2, 0.1, 0.05, 0.02, 0.01];

const train = new Reconciler<Trained>(
  () => wanted(useSettings.getState(), useSession.getState(), useTraining.getState()),
  {
    // A run that ended meanwhile has nothing to follow.
    watch: ({ request }) => tryRequest(request).catch(() => null),
    estimate: async ({ request }) => {
      const estimate = await tryRequest(request);
      if (estimate) setTraining({ estimate, refusal: null });
      return estimate;
    },
  },
  (error) => setTraining({ estimate: null, refusal: failureOf(error).message }),
);

/** Starts to listen. Called once, when the page loads. */
export function startTrain(): void {
  onComputeEvent((event) => {
    if (event.type === "train-state" || event.type === "train-step") collect(event);
    else if (event.type === "train-agreement" || event.type === "train-query") collect(event);
  });
  wakeLock.followVisibility();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") void saveUnsaved();
  });
  const follow = () => train.run();
  useSettings.subscribe(follow);
  useSession.subscribe(follow);
  useTraining.subscribe((now, before) => {
    follow();
    onTraining(now, before);
  });
  void recallRuns();
}

/** What the live run makes necessary: the wake lock, saves, and what follows its end. */
function onTraining(now: Training, before: Training): void {
  const [run, old] = [liveRun(now), liveRun(before)];
  wakeLock.want("projector", run?.status === "running");
  if (planWaits && now.busy === null) void planGoesOn();
  if (!run) return;
  const wasOver = old?.run === run.run && isOver(old);
  if (isOver(run) && !wasOver) void finish();
  else if (saveIsDue(run)) void saveLive();
}

async function finish(): Promise<void> {
  await saveLive();
  const run = liveRun(useTraining.getState());
  if (run?.failure) setTraining({ notice: run.failure.message });
  if (useTraining.getState().plan) await nextOfPlan();
  // A start that waited for the save has the lock by now.
  else if (!useTraining.getState().busy) letOthersTrain();
}

/** Said between a plan's runs, where nobody is asked. */
const PLAN_GOES_ON = "the plan's next run takes its place, and its curves stay.";

/** A run that is to begin, and what it is of. */
interface Asked {
  readonly recipe: RecipeInput;
  readonly data: TrainData;
}

const dataNow = () => trainDataOf(useSettings.getState(), useSession.getState());

/** The run that the settings describe, of what is encoded now. */
function askedFor(): Asked | undefined {
  const data = dataNow();
  return data && { recipe: recipeOf(useSettings.getState(), data.grid.F), data };
}

/** Begins a run; the worker refuses one of other data than it has encoded by then. @returns whether it began */
async function begin(asked: Asked | undefined, status: "running" | "paused"): Promise<boolean> {
  if (!asked || useTraining.getState().busy) return false;
  if (!(await trainingLock.hold("projector"))) {
    setTraining({ notice: TWO_TABS });
    return false;
  }
  setTraining({ busy: "Preparing the run", notice: null, offer: null });
  try {
    const planned = useTraining.getState().plan !== null;
    if (!(await mayReplaceLive(planned ? PLAN_GOES_ON : undefined)) && !useTraining.getState().plan) return false;
    const old = liveRun(useTraining.getState());
    const clip = await copyClip();
    const run = newRunNumber();
    const { recipe, data } = asked;
    const { input = "patches", brought } = data;
    const started = await ask({ type: "train-start", run, recipe, input, ...(brought && { brought }), data, status });
    if (!started) return false;
    // A run that was reset before its first step has nothing to keep.
    useTraining.setState(({ runs }) => ({ runs: runs.filter((one) => one.run !== old?.run || one.step > 0) }));
    addRun(started, newRunId(), clip);
    setTraining({ live: run, selected: run });
    useCrosshair.setState({ hover: null, pinned: null });
    flush();
    return true;
  } finally {
    setTraining({ busy: null });
    letOthersTrain();
  }
}

export const startRun = () => begin(askedFor(), "running");

/** Back to step 0 with the current settings: the same seed gives the same run. */
export const resetRun = () => begin(askedFor(), "paused");

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
  if (live?.status !== "paused" && !(await begin(askedFor(), "paused"))) return;
  if (!(await ask({ type: "train-step" }))) return;
  flush();
  // The last step's own end saves it too.
  if (liveRun(useTraining.getState())?.status === "paused") await saveLive();
}

/** One run for each loss, everything else the same. */
export function compareLosses(): void {
  void runPlan("All losses", (base) => LOSS_KINDS.map((loss) => ({ ...base, loss })));
}

/** One run for each temperature, everything else the same. */
export function sweepTau(): void {
  void runPlan("Sweep over τ", (base) => {
    const loss = base.loss && reads(base.loss, "tau") ? base.loss : "tsa";
    return TRAIN_TAUS.map((tau) => ({ ...base, loss, tau }));
  });
}

async function runPlan(name: string, recipesOf: (base: RecipeInput) => readonly RecipeInput[]): Promise<void> {
  const asked = askedFor();
  const { busy, plan } = useTraining.getState();
  if (!asked || busy || plan) return;
  setTraining({ busy: "Preparing the run", notice: null });
  // The runs of a plan follow one another without anybody to ask: it is asked before the first.
  const may = await mayReplaceLive().finally(() => setTraining({ busy: null }));
  if (!may) return;
  const recipes = recipesOf(asked.recipe);
  // Hide earlier runs: their curves would look the same.
  useTraining.setState(({ runs }) => ({ runs: runs.map((run) => ({ ...run, drawn: false })) }));
  setTraining({ plan: { name, left: recipes, total: recipes.length, data: asked.data } });
  await nextOfPlan();
}

/** Whether a plan's next run waits for something that came between it and the one before. */
let planWaits = false;

async function planGoesOn(): Promise<void> {
  planWaits = false;
  // What was busy gave the training lock back first, so that this tab has to take it again.
  await null;
  const training = useTraining.getState();
  // What was begun meanwhile has its own end, after which the plan goes on.
  if (training.plan && isOver(liveRun(training))) await nextOfPlan();
}

async function nextOfPlan(): Promise<void> {
  const { plan, busy } = useTraining.getState();
  const [recipe, ...left] = plan?.left ?? [];
  if (!plan || !recipe) {
    setTraining({ plan: null });
    trainingLock.release("projector");
    return;
  }
  if (busy) {
    planWaits = true;
    return;
  }
  const { name, total, data } = plan;
  const changes = changesOf(data, dataNow());
  if (changes.length > 0) {
    const at = `${name} stopped before run ${total - left.length} of ${total}`;
    setTraining({ plan: null, notice: `${at}: ${changes.join(", ")}. Put that back and start it again.` });
    trainingLock.release("projector");
    return;
  }
  setTraining({ plan: { ...plan, left } });
  if (!(await begin({ recipe, data }, "running"))) setTraining({ plan: null });
  // Cancelled while it was prepared.
  else if (!useTraining.getState().plan) await pauseRun();
}

/** Gives up the runs that are still to come; the one under way is paused and kept. */
export async function cancelPlan(): Promise<void> {
  setTraining({ plan: null });
  await pauseRun();
}
