import { short } from "../../figure/scale.ts";
import { failsAgain } from "../../state/stored/fails_again.ts";
import { continueRun, deleteRun } from "../../state/train/resume.ts";
import { changeRun, secondsPerStep, setTraining, type TrainRun, useTraining } from "../../state/train/store.ts";
import { Button } from "../controls/controls.tsx";
import css from "./Train.module.css";
import { duration, judged, recipeWords, runColor, share, whatDiffers } from "./words.ts";

/** Every run: what differed, what it reached. */
export function TrainRuns() {
  const runs = useTraining((training) => training.runs);
  const kept = useTraining((training) => training.kept);
  if (runs.length === 0) return null;
  const truth = runs.some((run) => judged(run.agreement[0])?.truth != null);
  const moving = runs.some((run) => judged(run.agreement[0])?.moving != null);
  return (
    <div className={css.tableScroll}>
      <table className={css.runs} data-testid="runs">
        <caption>Runs: what differed, what they reached</caption>
        <thead>
          <tr>
            <th scope="col">draw</th>
            <th scope="col">run</th>
            <th scope="col">step</th>
            {moving && <th scope="col">right where it moves</th>}
            {truth && <th scope="col">right by truth</th>}
            <th scope="col">agrees, unseen</th>
            <th scope="col">agrees, seen</th>
            <th scope="col">loss</th>
            <th scope="col">a step</th>
            <th scope="col">&nbsp;</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <RunRow key={run.id} run={run} runs={runs} truth={truth} moving={moving} />
          ))}
        </tbody>
      </table>
      {!moving && (
        <p className={css.remark}>Right by truth, and where it moves: unknown, since no truth of this clip is known.</p>
      )}
      {kept !== null && (
        <p className={css.remark} data-testid="kept">
          {kept
            ? "Runs are kept in this browser until you delete them."
            : "Runs are kept in this browser, which may clear all of them when the disk runs low: export what you want to keep."}
        </p>
      )}
    </div>
  );
}

interface RunRowProps {
  readonly run: TrainRun;
  readonly runs: readonly TrainRun[];
  /** Which columns there are. */
  readonly truth: boolean;
  readonly moving: boolean;
}

function RunRow({ run, runs, truth, moving }: RunRowProps) {
  const selected = useTraining((training) => training.selected === run.run);
  const live = useTraining((training) => training.live === run.run);
  const idle = useTraining((training) => training.busy === null && training.plan === null);
  const { id, step, recipe, status, failure } = run;
  const name = whatDiffers(run, runs);
  const last = run.agreement.at(-1);
  const pace = secondsPerStep(run);
  const isAtRest = !live || status === "done" || status === "failed";
  const goesOn = idle && isAtRest && run.savedStep !== null && !failsAgain(failure);
  return (
    <tr data-selected={selected} data-status={status}>
      <td>
        <label className={css.draw}>
          <input
            type="checkbox"
            aria-label={`Draw ${name}`}
            checked={run.drawn}
            onChange={(event) => changeRun(run.run, (old) => ({ ...old, drawn: event.target.checked }))}
          />
          <svg width="14" height="14" aria-hidden="true">
            <rect width="14" height="14" rx="3" fill={runColor(run)} />
          </svg>
        </label>
      </td>
      <th scope="row">
        <button
          type="button"
          className={css.pick}
          aria-pressed={selected}
          title={recipeWords(recipe)}
          onClick={() => setTraining({ selected: run.run })}
        >
          {name}
        </button>
        {failure && <span className={css.failed}>{failure.message}</span>}
      </th>
      <td>
        {step} of {recipe.steps}
      </td>
      {moving && <td data-testid="moving">{share(judged(last)?.moving)}</td>}
      {truth && <td>{share(judged(last)?.truth)}</td>}
      <td data-testid="unseen">{share(last?.held?.teacher)}</td>
      <td>{share(last?.train.teacher)}</td>
      <td>{run.points.length > 0 ? short(run.points[run.points.length - 1].loss) : "–"}</td>
      <td>{pace === undefined ? "–" : duration(pace)}</td>
      <td className={css.actions}>
        {goesOn && <Button onClick={() => void continueRun(id)}>{step < recipe.steps ? "Resume" : "Train on"}</Button>}
        {idle && status !== "running" && <Button onClick={() => void deleteRun(id)}>Delete</Button>}
      </td>
    </tr>
  );
}
