import type { TrainData, TrainEstimateRequest, TrainWatchRequest } from "../../worker/protocol.ts";
import { shownQueries } from "../explore/queries.ts";
import { broughtMask } from "../mask/brought.ts";
import type { Wants } from "../reconcile.ts";
import type { Session } from "../session.ts";
import type { Settings } from "../settings.ts";
import { recipeOf } from "./recipe.ts";
import { liveRun, type Training } from "./store.ts";

/** The parts of Train that follow the settings. Runs do not: the user starts them. */
export interface Trained {
  /** The query that the live run follows. */
  readonly watch: TrainWatchRequest;
  /** What the settings would take. */
  readonly estimate: TrainEstimateRequest;
}

/** What Train wants to be there, by what the settings say, what is on screen, and what runs. */
export function wanted(settings: Settings, session: Session, training: Training): Wants<Trained> {
  return { watch: wantedWatch(settings, session, training), estimate: wantedEstimate(settings, session, training) };
}

/** Whether the page shows exactly what a run was started on. */
export function shows({ clip, encoded }: Session, data: TrainData): boolean {
  if (!clip || !encoded) return false;
  const { startS, lengthS, frames, stride = 0 } = encoded.window;
  const near = (a: number, b: number) => Math.abs(a - b) < 1e-6;
  return (
    clip.contentHash === data.contentHash &&
    encoded.encoder === data.encoder &&
    encoded.token === data.token &&
    frames === data.window.frames &&
    // Frames that are counted off are others than those spread over the same window.
    stride === (data.window.stride ?? 0) &&
    near(startS, data.window.startS) &&
    near(lengthS, data.window.lengthS)
  );
}

/** The query on screen; none elsewhere than in Train, where nobody looks. */
function wantedWatch(settings: Settings, session: Session, training: Training): Wants<Trained>["watch"] {
  const run = liveRun(training);
  if (!run) return undefined;
  const queries = settings.view === "train" && shows(session, run.data) ? shownQueries(session, settings) : [];
  if (settings.view === "train" && queries.length === 0) return undefined;
  const query = queries[Math.min(settings.active, queries.length - 1)] ?? null;
  // About sixty moments to scrub through, each for a fraction of a step.
  const every = Math.min(Math.max(Math.ceil(run.recipe.steps / 60), 1), 50);
  // A run that is begun again follows nothing yet, and has its data anew.
  return { request: { type: "train-watch", query, tau: settings.tau, every }, of: run.data, turn: "watch" };
}

function wantedEstimate(settings: Settings, { encoded }: Session, training: Training): Wants<Trained>["estimate"] {
  const idle = !training.busy && liveRun(training)?.status !== "running";
  if (settings.view !== "train" || !encoded || !idle) return undefined;
  const recipe = recipeOf(settings, encoded.grid.F);
  const learns = { input: settings.trainInput, ...broughtMask(settings) };
  return { request: { type: "train-estimate", recipe, ...learns }, of: encoded, restMs: 250 };
}
