import type { TrainData } from "../../worker/protocol.ts";
import { ComputeFailure } from "../client.ts";
import { tryRequest } from "../compute.ts";
import { shownQueries } from "../explore/queries.ts";
import { type Session, useSession } from "../session.ts";
import { useSettings } from "../settings.ts";
import { recipeOf } from "./recipe.ts";
import { liveRun, setTraining, useTraining } from "./store.ts";

/** Whether the page shows exactly what a run was started on. */
export function shows({ clip, encoded }: Session, data: TrainData): boolean {
  if (!clip || !encoded) return false;
  const { startS, lengthS, frames } = encoded.window;
  const near = (a: number, b: number) => Math.abs(a - b) < 1e-6;
  return (
    clip.contentHash === data.contentHash &&
    encoded.encoder === data.encoder &&
    encoded.token === data.token &&
    frames === data.window.frames &&
    near(startS, data.window.startS) &&
    near(lengthS, data.window.lengthS)
  );
}

/** Asks the live run to follow the query on screen; elsewhere than in Train nobody looks, and it follows none. */
export function watch(): void {
  const run = liveRun(useTraining.getState());
  if (!run) return;
  const session = useSession.getState();
  const settings = useSettings.getState();
  const queries = shows(session, run.data) ? shownQueries(session, settings) : [];
  if (settings.view === "train" && queries.length === 0) return;
  const query = settings.view === "train" ? queries[Math.min(settings.active, queries.length - 1)] : null;
  // About sixty moments to scrub through, each for a fraction of a step.
  const every = Math.min(Math.max(Math.ceil(run.recipe.steps / 60), 1), 50);
  // A run that ended meanwhile has nothing to follow.
  tryRequest({ type: "train-watch", query, tau: settings.tau, every }).catch(() => {});
}

let timer: ReturnType<typeof setTimeout> | undefined;

/** What the settings would take, once they have come to rest. */
export function estimateSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void estimate(), 250);
}

async function estimate(): Promise<void> {
  const { encoded } = useSession.getState();
  const settings = useSettings.getState();
  const { live, busy } = useTraining.getState();
  const training = live !== null && liveRun(useTraining.getState())?.status === "running";
  if (!encoded || settings.view !== "train" || busy || training) return;
  try {
    const reply = await tryRequest({ type: "train-estimate", recipe: recipeOf(settings, encoded.grid.F) });
    if (reply) setTraining({ estimate: reply, refusal: null });
  } catch (error) {
    if (!(error instanceof ComputeFailure)) throw error;
    setTraining({ estimate: null, refusal: error.failure.message });
  }
}
