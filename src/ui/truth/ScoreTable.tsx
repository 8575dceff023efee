import { scoreWords } from "../../figure/captions.ts";
import { QUERY_COLORS } from "../../figure/colors.ts";
import type { Series } from "../../figure/plot.ts";
import { short } from "../../figure/scale.ts";
import { scoreNear, scoresCsv, scoresJson } from "../../figure/score_tables.ts";
import { scoreOrigin } from "../../state/provenance.ts";
import { useSession } from "../../state/session.ts";
import { useSettings } from "../../state/settings.ts";
import { comparable, useTruth } from "../../state/truth/store.ts";
import { SCORE_TAUS } from "../../state/truth/truth.ts";
import type { Scored, TrackScore } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import { saveBlob } from "../controls/download.ts";
import { LaterPlot } from "../controls/later_plot.ts";
import rail from "../controls/Rail.module.css";
import { withoutEnding } from "../files/names.ts";
import css from "../notes/Notes.module.css";

const PIXELS = [1, 2, 4, 8, 16];
const TAU = { label: "τ", log: true, range: [SCORE_TAUS[0], SCORE_TAUS[SCORE_TAUS.length - 1]] } as const;
const SHARE = { label: "share", log: false, range: [0, 1] } as const;

/** How the encoders that were looked at follow the points: TAP-Vid's measures and ours, by τ. */
export function ScoreTable() {
  const all = useTruth((truth) => truth.scores);
  const clip = withoutEnding(useSession((session) => session.clip?.name ?? "clip"));
  const tau = useSettings((settings) => settings.tau);
  const scores = comparable(all);
  const newest = scores.at(-1);
  if (!newest) return null;
  const save = (extension: "csv" | "json", text: string) =>
    saveBlob(
      `${clip} track scores`,
      extension,
      new Blob([text], { type: extension === "csv" ? "text/csv" : "application/json" }),
    );
  return (
    <>
      <h2>Followed points</h2>
      <p>
        {newest.tracks} points, each asked in the first of the {newest.grid.F} frames that shows it; {newest.counted}{" "}
        places in the others count. Columns: percent of them found within so many pixels of a frame resized to 256×256,
        and the mean of these, as TAP-Vid has it (occlusion, which features do not tell, is left out); last our own,
        within one token.
      </p>
      {newest.counted === 0 ? (
        <p>No point is seen in two of these frames: take more frames, or mark the points in frames that are shown.</p>
      ) : (
        <>
          <p>{scoreWords(newest)}:</p>
          <Rows scored={newest} tau={tau} />
          {scores.length > 1 && <Encoders scores={scores} tau={tau} />}
          <LaterPlot
            dots
            title="Mean δ against τ"
            x={TAU}
            y={SHARE}
            at={tau}
            series={scores.map(
              (scored, i): Series => ({
                name: scoreWords(scored),
                color: QUERY_COLORS[(i + 1) % QUERY_COLORS.length],
                points: scored.scores.flatMap(({ by, mean }) => (typeof by === "number" ? [[by, mean] as const] : [])),
              }),
            )}
          />
          <div className={rail.row}>
            <Button onClick={() => save("csv", scoresCsv(scores, scoreOrigin))}>Scores, CSV</Button>
            <Button onClick={() => save("json", scoresJson(scores, scoreOrigin))}>JSON</Button>
          </div>
        </>
      )}
    </>
  );
}

const percent = (value: number): string => (100 * value).toFixed(0);

/** One encoder at every τ. */
function Rows({ scored, tau }: { readonly scored: Scored; readonly tau: number }) {
  return (
    <table className={css.table} data-testid="track-scores">
      <Head first="τ" />
      <tbody>
        {scored.scores.map((score) => (
          <Row key={score.by} name={labelOf(score)} score={score} strong={score.by === tau} />
        ))}
      </tbody>
    </table>
  );
}

/** Every encoder at the slider's τ, or at the nearest of its own, which its row then names. */
function Encoders({ scores, tau }: { readonly scores: readonly Scored[]; readonly tau: number }) {
  return (
    <table className={css.table}>
      <Head first={`τ = ${short(tau)}`} />
      <tbody>
        {scores.flatMap((scored) => {
          const score = scoreNear(scored, tau);
          if (!score) return [];
          const { encoder, grid } = scored;
          const name = score.by === tau ? scoreWords(scored) : `${scoreWords(scored)}, τ = ${short(score.by)}`;
          return <Row key={`${encoder} ${grid.H}×${grid.W}`} name={name} score={score} strong={false} />;
        })}
      </tbody>
    </table>
  );
}

function Head({ first }: { readonly first: string }) {
  return (
    <thead>
      <tr>
        <th scope="col">{first}</th>
        {PIXELS.map((px) => (
          <th key={px} scope="col">
            {px}
          </th>
        ))}
        <th scope="col">mean</th>
        <th scope="col">token</th>
      </tr>
    </thead>
  );
}

function Row({ name, score, strong }: { readonly name: string; readonly score: TrackScore; readonly strong: boolean }) {
  const cell = (value: number) => (strong ? <strong>{percent(value)}</strong> : percent(value));
  return (
    <tr>
      <th scope="row">{name}</th>
      {score.within.map((value, i) => (
        <td key={PIXELS[i]}>{cell(value)}</td>
      ))}
      <td>{cell(score.mean)}</td>
      <td>{cell(score.token)}</td>
    </tr>
  );
}

const labelOf = ({ by }: TrackScore): string => (by === "still" ? "stays" : by === "best" ? "best" : short(by));
