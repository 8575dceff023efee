import { useEffect, useRef } from "react";
import { JUDGES, type JudgeName } from "../../formats/judge_table.ts";
import {
  type CheckpointRow,
  type Count,
  closeJudgeTables,
  interval,
  rowsOf,
  useJudgeTables,
} from "../../state/evaluate/judges.ts";
import { Button } from "../controls/controls.tsx";
import { pickTables } from "../files/picker.ts";
import css from "./Published.module.css";

const NAMES = Object.keys(JUDGES) as readonly JudgeName[];
const SIDES = ["joint", "sa", "pc"] as const;

/** What VideoPhy's judges say of videos that the user drew with checkpoints of their own, in the columns of the paper's tables. */
export function JudgeTables() {
  const { tables, problem } = useJudgeTables();
  const section = useRef<HTMLElement>(null);
  const opened = tables.length > 0 || problem !== null;
  // A file that was dropped anywhere on the page is answered here.
  useEffect(() => {
    if (tables.length > 0 || problem) section.current?.scrollIntoView({ block: "nearest" });
  }, [tables, problem]);
  return (
    <section className={css.published} aria-label="Your own checkpoints" ref={section} data-testid="judge-tables">
      <h2>Your own checkpoints, by the paper's judges</h2>
      <p className={css.fine_print}>
        Fine-tune CogVideoX with <code>scale/train.py</code>, draw the benchmark's prompts with{" "}
        <code>scale/evaluate.py</code>, give its table to the judge of VideoPhy or VideoPhy2, and drop the CSV files
        that the judge writes, for SA and for PC.
      </p>
      {problem && (
        <p className={css.problem} role="alert">
          {problem}
        </p>
      )}
      {NAMES.map((judge) => (
        <Table key={judge} judge={judge} rows={rowsOf(tables, judge)} />
      ))}
      <div className={css.actions}>
        <Button onClick={pickTables}>Open judges' tables …</Button>
        {opened && <Button onClick={closeJudgeTables}>Close them</Button>}
      </div>
    </section>
  );
}

function Table({ judge, rows }: { readonly judge: JudgeName; readonly rows: readonly CheckpointRow[] }) {
  if (rows.length === 0) return null;
  const { title, good } = JUDGES[judge];
  return (
    <div className={css.scroll}>
      <table className={css.paper} data-judge={judge}>
        <caption>
          {title}: percent of videos scored {good} or more (95 % interval over prompts)
        </caption>
        <thead>
          <tr>
            <th scope="col">checkpoint</th>
            <th scope="col">Joint</th>
            <th scope="col">SA</th>
            <th scope="col">PC</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.checkpoint}>
              <th scope="row">{row.checkpoint === "" ? "(no folder)" : row.checkpoint}</th>
              {SIDES.map((side) => (
                <td key={side} data-side={side}>
                  <Share count={row[side]} absent={side === "joint" ? "needs SA and PC" : "not opened"} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface ShareProps {
  readonly count: Count | null;
  /** What stands there without a count. */
  readonly absent: string;
}

/** "64.5 (59.4–69.3) of 344" */
function Share({ count, absent }: ShareProps) {
  if (!count) return <span className={css.interval}>{absent}</span>;
  const [low, high] = interval(count);
  const percent = (share: number) => (100 * share).toFixed(1);
  return (
    <>
      {percent(count.good / count.of)}{" "}
      <span className={css.interval}>
        ({percent(low)}–{percent(high)}) of {count.of}
      </span>
    </>
  );
}
