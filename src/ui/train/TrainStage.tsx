import { useMemo } from "react";
import { type TrainInput, trainFigure } from "../../figure/train_figure.ts";
import { trainSpace } from "../../scene/space_input.ts";
import { useSession } from "../../state/session.ts";
import { usePicked } from "../../state/settings.ts";
import { continueRun, deleteRun } from "../../state/train/resume.ts";
import { selectedRun, setTraining, useTraining } from "../../state/train/store.ts";
import { shows } from "../../state/train/wanted.ts";
import { LOSSES, type TokenRef } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import { moveQuery, nudged } from "../figure/queries.ts";
import { Stage } from "../figure/Stage.tsx";
import { SpaceTime, SpaceTimeForms } from "../space_time/SpaceTimeForms.tsx";
import { FullSizeRuns } from "./FullSizeRuns.tsx";
import { activeQuery, useTrainInput } from "./input.ts";
import css from "./Train.module.css";
import { TrainCharts } from "./TrainCharts.tsx";
import { TrainRuns } from "./TrainRuns.tsx";
import { TrainScrub } from "./TrainScrub.tsx";
import { TrainTransport } from "./TrainTransport.tsx";

const LABEL =
  "Teacher above student for one query, one column for each frame. Arrow keys move the query, Shift with left and right its frame.";

/** The run under way from top to bottom: its buttons, its figure, its curves, and all runs beside it. */
export function TrainStage() {
  return (
    <div className={css.stage}>
      <TrainTransport />
      <Offer />
      <Notice />
      <TrainFigure />
      <TrainScrub />
      <TrainCharts />
      <TrainRuns />
      <FullSizeRuns />
    </div>
  );
}

/** Follows the crosshair: apart, so that nothing else is drawn again when it moves. */
function TrainFigure() {
  const input = useTrainInput();
  const run = useTraining(selectedRun);
  const elsewhere = useSession((session) => run !== undefined && !shows(session, run.data));
  const onKey = (key: string, shift: boolean) => {
    const query = activeQuery();
    const to = input && query && !elsewhere && nudged(query, input.grid, key, shift);
    if (to) moveQuery(to);
    return Boolean(to);
  };
  const onPick = (to: TokenRef) => {
    if (!elsewhere) moveQuery(to);
  };
  if (!input) return null;
  return (
    <>
      <SpaceTimeForms
        panes={() => <TrainPanes input={input} onPick={onPick} onKey={onKey} />}
        space={() => <TrainSpaceTime input={input} onPick={onPick} onKey={onKey} />}
      />
      {run && elsewhere && (
        <p className={css.remark}>
          This run is of {run.data.clipName} as it was sampled then; the page now shows something else, so its query
          stays where it is.
        </p>
      )}
    </>
  );
}

interface TrainFormProps {
  readonly input: TrainInput;
  readonly onPick: (token: TokenRef) => void;
  readonly onKey: (key: string, shift: boolean) => boolean;
}

function TrainSpaceTime({ input, onPick, onKey }: TrainFormProps) {
  const { active, heatOf } = usePicked("active", "heatOf");
  const name = useTraining((training) => selectedRun(training)?.data.clipName ?? "clip");
  const space = useMemo(() => trainSpace(input, active, heatOf), [input, active, heatOf]);
  return <SpaceTime input={space} name={`${name} training`} onPick={onPick} onKey={onKey} />;
}

function TrainPanes({ input, onPick, onKey }: TrainFormProps) {
  const figure = useMemo(() => trainFigure(input), [input]);
  const main = input.student ? "student" : "teacher";
  return <Stage figure={figure} label={LABEL} main={main} onPick={onPick} onKey={onKey} />;
}

function Offer() {
  const offer = useTraining(({ runs, offer: id }) => runs.find((run) => run.id === id));
  if (!offer) return null;
  return (
    <div className={css.banner} role="status" data-testid="offer">
      <p>
        A {LOSSES[offer.recipe.loss].name} run on {offer.data.clipName}, seed {offer.recipe.seed}, was cut short at step{" "}
        {offer.step} of {offer.recipe.steps}. Its last checkpoint is on this machine.
      </p>
      <div>
        <Button primary onClick={() => void continueRun(offer.id)}>
          Resume at step {offer.step}
        </Button>
        <Button onClick={() => void deleteRun(offer.id)}>Discard</Button>
        <Button onClick={() => setTraining({ offer: null })}>Later</Button>
      </div>
    </div>
  );
}

function Notice() {
  const notice = useTraining((training) => training.notice);
  if (!notice) return null;
  return (
    <div className={css.banner} role="alert" data-testid="train-notice">
      <p>{notice}</p>
      <div>
        <Button onClick={() => setTraining({ notice: null })}>Dismiss</Button>
      </div>
    </div>
  );
}
