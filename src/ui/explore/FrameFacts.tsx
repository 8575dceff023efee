import { type DoubtLevel, RIVAL_LEAD } from "../../figure/doubt.ts";
import { doubtsOf, type ExploreInput, matchesOf } from "../../figure/explore_figure.ts";
import { short } from "../../figure/scale.ts";
import css from "./FrameFacts.module.css";

const TITLES: Readonly<Record<DoubtLevel, string>> = {
  sure: "The match holds",
  unsure: "Not sure: a second place looks as good",
  lost: "Lost: the match does not lead back",
};

/** What is known of the active query in the frame on show: where, how good, how far to be trusted. */
export function FrameFacts({ input, frame }: { readonly input: ExploreInput; readonly frame: number }) {
  const { correspondence, active, encoded, show } = input;
  const { queries, taus, truth } = correspondence;
  const match = matchesOf(input, active, taus.length)[frame];
  const doubts = doubtsOf(input, active);
  const doubt = doubts[frame];
  const [queryFrame, row, col] = queries[active];
  const own = frame === queryFrame;
  const { F } = encoded.grid;
  const truePlace = truth?.subarray(2 * (active * F + frame), 2 * (active * F + frame) + 2);
  const others = doubts.filter((_, f) => f !== queryFrame);
  const count = (level: DoubtLevel) => others.filter((one) => one.level === level).length;
  if (own) {
    return (
      <div className={css.facts}>
        <p>
          <strong>Frame {frame}: the query’s own.</strong> Press or drag here to move it (row {row}, column {col}); step
          on to see where it goes.
        </p>
        <Legend truth={show.truth && truth !== null} />
        {others.length > 0 && <Overall sure={count("sure")} unsure={count("unsure")} lost={count("lost")} />}
      </div>
    );
  }
  return (
    <div className={css.facts} data-testid="facts">
      <p className={css.level} data-level={doubt?.level}>
        <strong>{doubt ? TITLES[doubt.level] : "…"}</strong>
      </p>
      <dl>
        <dt>best match</dt>
        <dd>
          row {match.row}, column {match.col}
        </dd>
        <dt>cosine</dt>
        <dd>{match.similarity.toFixed(2)}</dd>
        <dt title="How far the match is ahead of the best place more than a token away, in standard deviations of the frame's cosines">
          lead
        </dt>
        <dd>{doubt ? `${short(doubt.lead)} sd${doubt.lead < RIVAL_LEAD ? ", a rival" : ""}` : "…"}</dd>
        <dt title="The match is asked in its turn: its best match in the query's own frame is this far from the query">
          there and back
        </dt>
        <dd>{doubt ? returnWords(doubt.away) : "…"}</dd>
        <dt>probability at your τ</dt>
        <dd>{short(match.probability ?? 0)}</dd>
        {show.truth && truePlace && (
          <>
            <dt>truth</dt>
            <dd>{truthWords(truePlace, match)}</dd>
          </>
        )}
      </dl>
      <Legend truth={show.truth && truth !== null} />
      {others.length > 0 && <Overall sure={count("sure")} unsure={count("unsure")} lost={count("lost")} />}
    </div>
  );
}

const returnWords = (away: number) =>
  away === 0 ? "to the query itself" : away === 1 ? "one token off" : `${away} tokens off`;

function truthWords([row, col]: Float32Array, match: { readonly row: number; readonly col: number }): string {
  if (Number.isNaN(row)) return "hidden or outside here";
  const off = Math.max(Math.abs(match.row - row), Math.abs(match.col - col));
  return off <= 1 ? "right, within a token" : `wrong by ${short(off)} tokens`;
}

function Legend({ truth }: { readonly truth: boolean }) {
  return (
    <p className={css.legend}>
      Corners: the query, yellow the best match. Diamond: the expected place at your τ.{truth && " Ring: the truth."}{" "}
      Dashed and faint: lost.
    </p>
  );
}

function Overall({ sure, unsure, lost }: Readonly<Record<DoubtLevel, number>>) {
  return (
    <p className={css.legend} data-testid="doubt-overall">
      Of the other {sure + unsure + lost} frames it holds in {sure}, is not sure in {unsure}, is lost in {lost}. No
      truth is asked for that: a lost match is wrong more often, not always.
    </p>
  );
}
