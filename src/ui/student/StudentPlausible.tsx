import { short } from "../../figure/scale.ts";
import {
  measurePlausibility,
  NOTICED,
  plausibleClips,
  stopPlausibility,
  threshold,
  usePlausibility,
  type ViolationRow,
  violationRows,
} from "../../state/student/plausible.ts";
import { type StudentRun, useStudents } from "../../state/student/store.ts";
import { Button } from "../controls/controls.tsx";
import train from "../train/Train.module.css";
import css from "./StudentMatch.module.css";

interface StudentPlausibleProps {
  readonly run: StudentRun;
  /** Of two arms, its name. */
  readonly name: string | null;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Whether a run's student minds broken gravity: PPE* on a few pairs, and from which violation on. Measured when it is asked for. */
export function StudentPlausible({ run, name }: StudentPlausibleProps) {
  const isLive = useStudents((students) => students.live.includes(run.run));
  const found = usePlausibility((of) => of[run.run]);
  if (!isLive) return null;
  const whose = name ? ` of ${name}` : "";
  const rows = violationRows(found?.pairs ?? []);
  const busy = found?.busy ?? false;
  const clips = plausibleClips(run);
  return (
    <section className={css.match} aria-label={`Broken laws${whose}`} data-testid="student-plausible" aria-busy={busy}>
      <div className={css.head}>
        <h2>{name ? `${name}: does` : "Does"} it mind a broken law?</h2>
        <Button onClick={() => (busy ? stopPlausibility(run.run) : void measurePlausibility(run))}>
          {busy ? "Stop measuring" : found ? "Measure again" : "Measure PPE*"}
        </Button>
        <output>
          {found &&
            (busy
              ? `${found.done} of ${clips} ${clips === 1 ? "clip" : "clips"}`
              : `done: ${found.done} ${found.done === 1 ? "clip" : "clips"}`)}
        </output>
      </div>
      {!found && (
        <p className={train.remark}>
          {clips === 1 ? "One clip" : `${clips} clips, each`} beside itself with more and with less gravity: in how many
          of the pairs does it take noise out of the true clip better? Training goes on between two clips.
        </p>
      )}
      {found?.steps && rows.length > 0 && <Table rows={rows} steps={found.steps} />}
      {found && !busy && rows.length === 0 && (
        <p className={train.remark}>Gravity shows in no clip of this task, so nothing can be said of it.</p>
      )}
    </section>
  );
}

interface TableProps {
  readonly rows: readonly ViolationRow[];
  readonly steps: readonly [first: number, last: number];
}

function Table({ rows, steps: [first, last] }: TableProps) {
  const found = threshold(rows);
  return (
    <>
      <section
        className={train.tableScroll}
        aria-label="PPE* by size of the violation"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: on a narrow screen it scrolls, by the keyboard too
        tabIndex={0}
      >
        <table className={`${train.runs} ${train.numbers}`}>
          <caption>PPE* at step {first === last ? first : `${first} to ${last}`}</caption>
          <thead>
            <tr>
              <th scope="col">gravity broken by</th>
              <th scope="col">more</th>
              <th scope="col">less</th>
              <th scope="col">both, 95 %</th>
              <th scope="col">says nothing</th>
              <th scope="col">pairs</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ by, pairs, caught, more, less, silent }) => (
              <tr key={by}>
                <th scope="row">{percent(by)}</th>
                <td>{percent(more)}</td>
                <td>{percent(less)}</td>
                <td>
                  {percent(caught.mean)} ({percent(caught.low)} to {percent(caught.high)})
                </td>
                <td>{percent(silent)}</td>
                <td>{pairs}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className={train.remark} data-testid="student-threshold">
        {found === null
          ? `No violation up to ${percent(rows[rows.length - 1].by)} is noticed in ${percent(NOTICED)} of the pairs.`
          : `Noticed in ${percent(NOTICED)} of the pairs: ${found.atMost ? "the smallest of these already" : `from about ${short(100 * found.by)} % on`}.`}{" "}
        PPE* is the share of pairs in which the broken clip has the higher denoising loss; chance is 50 %. “Says
        nothing” is a student whose output is zero, for which the loss is the clip's own energy. Ten noise levels, the
        same noise for both clips of a pair, from the sentence alone, by the averaged weights. The pairs are few, and
        those of one clip are not independent: the interval is rather too narrow.
      </p>
    </>
  );
}
