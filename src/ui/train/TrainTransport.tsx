import { liveRun, secondsPerStep, type TrainRun, useTraining } from "../../state/train/store.ts";
import { cancelPlan, pauseRun, resetRun, resumeRun, startRun, stepRun } from "../../state/train/train.ts";
import { LOSSES } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import css from "./Train.module.css";
import { duration } from "./words.ts";

/** Start, pause, one step, reset; how far, how fast, how long still. */
export function TrainTransport() {
  const training = useTraining();
  const { busy, plan } = training;
  const live = liveRun(training);
  const status = live?.status ?? "idle";
  const waits = busy !== null;
  const [name, act] =
    status === "running"
      ? (["Pause", pauseRun] as const)
      : status === "paused"
        ? (["Resume", resumeRun] as const)
        : (["Start", startRun] as const);
  return (
    <section className={css.transport} aria-label="Training">
      <div className={css.buttons}>
        {/* The same buttons while they are at work, so that the keyboard's focus stays where it is. */}
        <Button primary={!waits} waits={waits} onClick={() => void act()}>
          {busy ? `${busy} …` : name}
        </Button>
        {status !== "running" && (
          <Button waits={waits} onClick={() => void stepRun()}>
            One step
          </Button>
        )}
        {live && !plan && (
          <Button waits={waits} onClick={() => void resetRun()}>
            Reset
          </Button>
        )}
      </div>
      {live && <LiveLine run={live} />}
      {plan && <PlanLine />}
    </section>
  );
}

const STATES = { idle: "ready", running: "training", paused: "paused", done: "done", failed: "failed" } as const;

function LiveLine({ run }: { readonly run: TrainRun }) {
  const { steps } = run.recipe;
  const pace = secondsPerStep(run);
  const left = pace !== undefined && run.status === "running" ? (steps - run.step) * pace : undefined;
  return (
    <div className={css.line}>
      <progress aria-label="Steps of this run" value={run.step} max={steps} />
      <span data-testid="train-status" data-status={run.status} data-step={run.step}>
        {LOSSES[run.recipe.loss].name} {STATES[run.status]}, step {run.step} of {steps}
        {pace !== undefined && `, ${duration(pace)} a step`}
        {left !== undefined && `, about ${duration(left)} left`}
        {run.savedStep !== null && ` · saved at step ${run.savedStep}`}
      </span>
    </div>
  );
}

function PlanLine() {
  const training = useTraining();
  const { plan, estimate } = training;
  const live = liveRun(training);
  if (!plan) return null;
  const at = plan.total - plan.left.length;
  // The first run is planned before it is live.
  const steps = (live?.recipe ?? plan.left[0])?.steps ?? 1;
  const done = Math.max(at - 1, 0) * steps + (live?.step ?? 0);
  const pace = (live && secondsPerStep(live)) ?? estimate?.secondsPerStep;
  const left = pace === undefined ? undefined : (plan.total * steps - done) * pace;
  return (
    <div className={css.line}>
      <progress aria-label={plan.name} value={done} max={plan.total * steps} />
      <span>
        {plan.name}: run {at} of {plan.total}
        {left !== undefined && `, about ${duration(left)} left`}
      </span>
      <Button onClick={() => void cancelPlan()}>Cancel the rest</Button>
    </div>
  );
}
