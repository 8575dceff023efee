import { short } from "../../figure/scale.ts";
import { selectedRun, snapshotAt, type TrainRun, useCrosshair, useTraining } from "../../state/train/store.ts";
import { Button } from "../controls/controls.tsx";
import css from "./Train.module.css";
import { share } from "./words.ts";

/** The step that the figure shows: the crosshair's, for hands on a keyboard; and the curves' values there. */
export function TrainScrub() {
  const run = useTraining(selectedRun);
  const { hover, pinned } = useCrosshair();
  if (!run) return null;
  const at = Math.min(hover ?? pinned ?? run.step, run.step);
  return (
    <div className={css.scrub}>
      <label htmlFor="scrub">Step on show</label>
      <input
        id="scrub"
        type="range"
        min={0}
        max={Math.max(run.step, 1)}
        value={at}
        aria-valuetext={readout(run, at)}
        onChange={(event) => useCrosshair.setState({ pinned: Number(event.target.value) })}
      />
      {/* With every step another: the slider says it where it is asked. */}
      <output htmlFor="scrub" aria-live="off">
        {readout(run, at)}
      </output>
      {pinned !== null && <Button onClick={() => useCrosshair.setState({ pinned: null })}>Latest</Button>}
    </div>
  );
}

function readout(run: TrainRun, step: number): string {
  const point = run.points.findLast((one) => one.step <= step);
  const agreement = run.agreement.findLast((one) => one.step <= step);
  const shown = snapshotAt(run, step);
  return [
    `step ${step}`,
    point && `loss ${short(point.loss)}, gradient ${short(point.gradNorm)}`,
    agreement && `agrees ${share(agreement.train.teacher)} seen, ${share(agreement.held?.teacher)} unseen`,
    shown && shown.step !== step && `heatmap of step ${shown.step}`,
  ]
    .filter(Boolean)
    .join(" · ");
}
