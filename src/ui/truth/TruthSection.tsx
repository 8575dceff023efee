import { tracksCsv } from "../../formats/tracks_csv.ts";
import { useSession } from "../../state/session.ts";
import { pointCount } from "../../state/truth/points.ts";
import { useTruth } from "../../state/truth/store.ts";
import {
  activateTrack,
  hasUndoMark,
  keepSaved,
  newTrack,
  putTruthAway,
  removeTrack,
  scoreOwnTruth,
  setMarking,
  undoMark,
} from "../../state/truth/truth.ts";
import controls from "../controls/controls.module.css";
import { Button, Section } from "../controls/controls.tsx";
import { saveBlob } from "../controls/download.ts";
import css from "../controls/Rail.module.css";
import { withoutEnding } from "../files/names.ts";
import { pickTruth } from "../files/picker.ts";

/** The user's own truth of the clip: dropped, marked by hand, saved, put away. */
export function TruthSection() {
  const { tracks, name, marking, asked } = useTruth();
  const hasTruth = useSession((session) => session.encoded?.hasTruth ?? false);
  const count = tracks?.names.length ?? 0;
  const own = name !== "" || count > 0;
  return (
    <Section title="Point tracks">
      {own && (
        <p className={css.hint}>
          {name === "" ? "Marked here" : `“${name}”`}
          {tracks ? `: ${many(count, "track")}, ${many(pointCount(tracks), "point")}.` : ": the truth of every pixel."}
        </p>
      )}
      {marking && tracks && <Marking />}
      <div className={css.row}>
        <Button onClick={() => void setMarking(!marking)}>{marking ? "Done marking" : "Mark points"}</Button>
        {!own && <Button onClick={pickTruth}>Open tracks …</Button>}
        {tracks && count > 0 && <SaveTracks />}
        {own && <Button onClick={() => void putTruthAway()}>Put away</Button>}
        {!own && hasTruth && !asked && <Button onClick={scoreOwnTruth}>Score the clip's own</Button>}
      </div>
    </Section>
  );
}

const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

function Marking() {
  const { tracks, active } = useTruth();
  if (!tracks) return null;
  const N = tracks.names.length;
  return (
    <>
      <p className={css.hint}>
        Press where a thing is in one frame, then where it is in others. By keys, on the figure: arrows move the query,
        Enter marks its middle, Delete takes the point of its frame away, N begins the next track, Ctrl+Z takes the last
        point back (settings wait until you are done), Escape ends.
      </p>
      <div className={controls.field}>
        <label htmlFor="marked-track">Track</label>
        <select id="marked-track" value={active} onChange={(event) => activateTrack(Number(event.target.value))}>
          {tracks.names.map((track, n) => (
            <option key={track} value={n}>
              {track}
            </option>
          ))}
          {active >= N && <option value={active}>a new one</option>}
        </select>
      </div>
      <div className={css.row} style={{ marginBlock: 6 }}>
        <Button waits={!hasUndoMark()} onClick={undoMark}>
          Take back
        </Button>
        {active < N && <Button onClick={newTrack}>New track</Button>}
        {active < N && <Button onClick={() => removeTrack(active)}>Remove it</Button>}
      </div>
    </>
  );
}

function SaveTracks() {
  const clip = withoutEnding(useSession((session) => session.clip?.name ?? "clip"));
  const save = () => {
    const { tracks } = useTruth.getState();
    if (!tracks) return;
    saveBlob(`${clip} tracks`, "csv", new Blob([tracksCsv(tracks)], { type: "text/csv" }));
    keepSaved();
  };
  return <Button onClick={save}>Save points</Button>;
}
