import { useSession } from "../../state/session.ts";
import { setSettings, usePicked } from "../../state/settings.ts";
import { CLIP_LIMITS } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import css from "../controls/Rail.module.css";
import { useCuts } from "./cuts.ts";
import { takeWhole } from "./window.ts";

/** What was chosen of a clip that was just given, and why; where the window holds cuts, that it does. */
export function WindowNote() {
  const chosen = useSession((session) => session.chosen);
  const { startS, lengthS, stride } = usePicked("startS", "lengthS", "stride");
  const stands = chosen && stride === 0 && startS === chosen.startS && lengthS === chosen.lengthS;
  return (
    <>
      {stands && <Chosen />}
      <CutNote />
    </>
  );
}

function Chosen() {
  const chosen = useSession((session) => session.chosen);
  const clip = useSession((session) => session.clip);
  if (!chosen || !clip) return null;
  const { startS, lengthS, shot, shots, moves, surveyedToS } = chosen;
  const whole = lengthS === 0;
  const where =
    shots > 1
      ? ` of shot ${shot} of ${shots}${surveyedToS === null ? "" : ` in its first ${surveyedToS.toFixed(0)} s`}`
      : surveyedToS === null
        ? ""
        : `, from the first ${surveyedToS.toFixed(0)} s`;
  const what = whole
    ? "All of the clip is looked at: it is one short shot."
    : `Chosen for you: ${startS.toFixed(2)} to ${(startS + lengthS).toFixed(2)} s${where}, ${moves ? "where most moves that is not the camera" : "since nothing was seen to move but the camera"}.`;
  const query = moves
    ? "The query sits on a token that moves by itself and looks like no other."
    : "The query sits on the token that looks least like the others.";
  return (
    <div data-testid="chosen-window">
      <h2>Where to begin</h2>
      <p>
        {what} {query}
      </p>
      {!whole && <Button onClick={takeWhole}>Take the whole clip</Button>}
    </div>
  );
}

/** That the window goes across a cut, and the way out. */
export function CutNote() {
  const frames = useSession((session) => session.encoded?.frames);
  const survey = useSession((session) => session.survey);
  const clip = useSession((session) => session.clip);
  const cuts = useCuts(frames);
  if (!frames || !survey || !clip || cuts.length === 0) return null;
  const shots = shotSpans(survey.cutsS, clip.durationS, frames[0].timeS, frames[frames.length - 1].timeS);
  const { startS, endS } = shots.reduce((a, b) => (b.endS - b.startS > a.endS - a.startS ? b : a));
  // As much of it as is looked at.
  const lengthS = Math.min(endS - startS, CLIP_LIMITS.maxWindowS);
  const keep = () => setSettings({ startS: Number(startS.toFixed(3)), lengthS: Number(lengthS.toFixed(3)), stride: 0 });
  return (
    <div data-testid="cut-note">
      <p className={css.hint}>
        This window holds {shots.length} shots. Nothing can be followed across a cut: tracks end at it.
      </p>
      <div className={css.row}>
        <Button onClick={keep}>
          Keep to {startS.toFixed(2)}–{(startS + lengthS).toFixed(2)} s
        </Button>
      </div>
    </div>
  );
}

/** The shots that have a part between two times, cut to that part's beginning and the shot's own end. */
function shotSpans(cutsS: readonly number[], durationS: number, fromS: number, toS: number) {
  const starts = [0, ...cutsS];
  return starts
    .map((startS, i) => ({ startS: Math.max(startS, fromS), endS: starts[i + 1] ?? durationS }))
    .filter(({ startS, endS }) => startS <= toS && endS > fromS + 1e-3);
}
