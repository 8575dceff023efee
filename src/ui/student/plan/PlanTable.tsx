import { useMemo } from "react";
import { short } from "../../../figure/scale.ts";
import { planOrigin } from "../../../state/provenance.ts";
import { planTitle, type StudentPlan } from "../../../state/student/plan/plan.ts";
import { setPlans, usePlans } from "../../../state/student/plan/plan_store.ts";
import {
  type ArmRow,
  MEASURE_NAMES,
  type Measure,
  type PlanResults,
  planResults,
} from "../../../state/student/plan/results.ts";
import { selectStudent } from "../../../state/student/recall.ts";
import { useStudents } from "../../../state/student/store.ts";
import { Button, Choice } from "../../controls/controls.tsx";
import { saveBlob, saveJson } from "../../controls/download.ts";
import { Yardsticks } from "../../controls/Yardsticks.tsx";
import train from "../../train/Train.module.css";
import css from "./Plan.module.css";
import { TEST_SENTENCE, tableCsv, tableJson, tableTex, unitSentence } from "./table_files.ts";

const TITLES: Readonly<Record<Measure, string>> = {
  centre: "centre error, px",
  sa: "SA*, %",
  pc: "PC*, %",
  joint: "Joint*, %",
};

/** What the arms that are over reached, with intervals and tests; nothing before the first. */
export function PlanTable({ plan }: { readonly plan: StudentPlan }) {
  const runs = useStudents((students) => students.runs);
  const against = usePlans((plans) => plans.against);
  const results = useMemo(() => planResults(plan, runs, against), [plan, runs, against]);
  if (!results) return null;
  const { rows } = results;
  return (
    <>
      <h3>What they reached</h3>
      <p className={css.unit}>
        {unitSentence(results)} {TEST_SENTENCE} A still clip is {short(results.still)} px off.
      </p>
      <div className={css.scroll}>
        <table className={css.results} data-testid="plan-results">
          <caption className="visually-hidden">What the arms reached</caption>
          <thead>
            <tr>
              <th scope="col">arm</th>
              {MEASURE_NAMES.map((name) => (
                <th key={name} scope="col">
                  {TITLES[name]}
                </th>
              ))}
              <th scope="col">clips</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.run.id}>
                <th scope="row">
                  <button type="button" className={train.pick} onClick={() => void selectStudent(row.run.run)}>
                    {row.name}
                  </button>
                </th>
                {MEASURE_NAMES.map((name) => (
                  <Cell key={name} row={row} name={name} />
                ))}
                <td>
                  {row.drawn}
                  {row.found !== null && row.found < row.drawn && <small>bodies found in {row.found}</small>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className={css.yardsticks}>
        <Yardsticks />
      </div>
      <div className={css.buttons}>
        {rows.length > 1 && (
          <Choice
            label="Compared with"
            value={results.against}
            options={rows.map(({ run, name }) => [run.id, name])}
            onChange={(id) => setPlans({ against: id })}
          />
        )}
        <Exports plan={plan} results={results} />
      </div>
    </>
  );
}

function Cell({ row: { reached, compared }, name }: { readonly row: ArmRow; readonly name: Measure }) {
  const scale = name === "centre" ? 1 : 100;
  const number = (value: number) => (name === "centre" ? short(value) : (scale * value).toFixed(0));
  const { mean, low, high } = reached[name];
  const beside = compared?.[name];
  const isKnown = beside !== undefined && Number.isFinite(beside.mean);
  const signed = (value: number) => `${value > 0 ? "+" : value < 0 ? "−" : "±"}${number(Math.abs(value))}`;
  return (
    <td>
      {number(mean)}
      {Number.isFinite(low) && (
        <small>
          {number(low)} to {number(high)}
        </small>
      )}
      {isKnown && (
        <small data-sure={beside.holm < 0.05}>
          {signed(beside.mean)}
          {Number.isFinite(beside.low) && ` (${signed(beside.low)} to ${signed(beside.high)})`}, p ={" "}
          {short(beside.holm)}
        </small>
      )}
    </td>
  );
}

interface ExportsProps {
  readonly plan: StudentPlan;
  readonly results: PlanResults;
}

function Exports({ plan, results }: ExportsProps) {
  const { task, seed } = results.rows[0].run.recipe;
  const stem = `student ${planTitle(plan)} ${task} seed ${seed}`;
  const text = (type: string, made: string) => new Blob([made], { type });
  return (
    <>
      <Button onClick={() => saveBlob(stem, "csv", text("text/csv", tableCsv(plan, results, planOrigin(plan))))}>
        Table CSV
      </Button>
      <Button onClick={() => saveJson(stem, tableJson(plan, results), planOrigin(plan))}>Table JSON</Button>
      <Button onClick={() => saveBlob(stem, "tex", text("text/x-tex", tableTex(plan, results, planOrigin(plan))))}>
        Table LaTeX
      </Button>
    </>
  );
}
