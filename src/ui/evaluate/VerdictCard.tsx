import { applying, gradePlace, ratioOf, ruleTitle } from "../../figure/judge_figure.ts";
import { lawsWords, studentName } from "../../figure/judge_tables.ts";
import { useSandbox } from "../../state/evaluate/sandbox.ts";
import { useGeneration } from "../../state/evaluate/store.ts";
import { useTrained } from "../../state/evaluate/trained.ts";
import { useSettings } from "../../state/settings.ts";
import { GIVEN_FRAMES, type Judged, type RuleResult } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import { Yardsticks } from "../controls/Yardsticks.tsx";
import css from "./VerdictCard.module.css";

/** Of the rail, which on a narrow page is far below. */
export const CONTROLS_ID = "evaluate-controls";

interface VerdictCardProps {
  readonly judged: Judged;
  /** The simulator's clip of the same sentence and seed, where our student made the other. */
  readonly beside: Judged | null;
}

/** The verdict on a clip: where it comes from, its scores, what decided, and every rule at a glance. */
export function VerdictCard({ judged, beside }: VerdictCardProps) {
  const { verdict, source } = judged;
  const { prompt, discarded } = verdict;
  const [worst] = applying(verdict);
  const laws = lawsWords(judged);
  const broken = source.kind === "sandbox" && source.corruption !== null;
  const corruption = useSandbox(({ info }) =>
    info?.corruptions.find(({ name }) => broken && name === source.corruption),
  );
  return (
    <section className={css.card} aria-label="Verdict">
      <p className={css.prompt}>“{prompt}”</p>
      <p className={css.source}>
        {originOf(source)}
        {broken && `, broken on purpose: ${corruption?.title ?? source.corruption}`}
        {laws && `, ${laws}`}
      </p>
      <MadeLater source={source} />
      {beside ? <BothScores judged={judged} beside={beside} /> : <Scores verdict={verdict} />}
      <Yardsticks />
      {discarded ? (
        <p className={css.reason}>
          <b>Not judged.</b> {discarded}. It counts as failing both.
        </p>
      ) : (
        worst && (
          <p className={css.reason}>
            <b>
              {ratioOf(worst) > 1 ? "Decided by" : "Closest to its limit:"} “{ruleTitle(judged, worst)}”.
            </b>{" "}
            {worst.says}
          </p>
        )
      )}
      {corruption && <Noticed judged={judged} title={corruption.title} />}
      <Glance judged={judged} />
      <p className={css.source}>
        × is how many tolerances an error is. The largest decides: up to ¼ of one is grade 5, up to 1, 2, 4 grades 4 to
        2, beyond 1; the score is 1 less half of it. Bars have a zone for each grade, so they are not to scale.
      </p>
      <div className={css.other}>
        <Button onClick={() => document.getElementById(CONTROLS_ID)?.scrollIntoView()}>
          Choose or break another clip
        </Button>
      </div>
    </section>
  );
}

/** What the user broke, and which rules saw it. */
function Noticed({ judged, title }: { readonly judged: Judged; readonly title: string }) {
  const saw = applying(judged.verdict).filter((rule) => ratioOf(rule) > 1);
  const names = saw.map((rule) => `“${ruleTitle(judged, rule)}” (${times(ratioOf(rule))})`);
  return (
    <p className={css.reason} data-testid="noticed">
      You broke: {title}. {names.length > 0 ? `Noticed by ${names.join(", ")}.` : "No rule noticed it."}
    </p>
  );
}

/** All rules at once: which are near their limit, which beyond. */
function Glance({ judged }: { readonly judged: Judged }) {
  const rules = applying(judged.verdict);
  if (rules.length === 0) return null;
  return (
    <ul className={css.glance} aria-label="Errors against tolerances">
      {rules.map((rule) => (
        <li key={rule.rule} data-holds={rule.error <= rule.tolerance}>
          <span>
            {rule.side}* {ruleTitle(judged, rule)}
          </span>
          <Bar rule={rule} />
          <span>{times(ratioOf(rule))}</span>
        </li>
      ))}
    </ul>
  );
}

/** "0.33 ×": how many tolerances an error is. */
const times = (ratio: number) =>
  Number.isFinite(ratio) ? `${ratio < 10 ? ratio.toFixed(2) : Math.round(ratio)} ×` : "∞";

/** Five zones for the grades 5 to 1; the line is the tolerance. */
export const Bar = ({ rule }: { readonly rule: RuleResult }) => (
  <div className={css.bar} title="Five zones: grades 5 to 1. The line is the tolerance.">
    <span style={{ width: `${100 * gradePlace(ratioOf(rule))}%` }} />
  </div>
);

/** Where a clip comes from. */
function originOf(source: Judged["source"]): string {
  if (source.kind === "file") return source.file.name;
  if (source.kind === "sandbox") return `seed ${source.seed}`;
  const { seed, steps, guidance, given, model } = source;
  const start = given ? `, the simulator's first ${GIVEN_FRAMES} frames given` : "";
  return `${studentName(model)}, seed ${seed}, ${steps} ${steps === 1 ? "step" : "steps"}, guidance ${guidance}${start}`;
}

/** The student was chosen, and what is on show is still the simulator's clip. */
function MadeLater({ source }: Pick<Judged, "source">) {
  const maker = useSettings((settings) => settings.maker);
  const working = useGeneration(({ progress }) => progress !== null);
  const whose = useTrained(({ chosen }) => (chosen === null ? "Our" : "Your"));
  if (maker !== "student" || source.kind !== "sandbox") return null;
  return (
    <p className={css.reason}>
      This clip is the simulator's. {whose} student{" "}
      {working ? "is at work on its own." : "makes its own when you press Generate."}
    </p>
  );
}

function Scores({ verdict }: Pick<Judged, "verdict">) {
  const { sa, pc, joint, saGrade, pcGrade } = verdict;
  return (
    <table className={css.scores}>
      <thead>
        <tr>
          <th scope="col">law judge</th>
          <th scope="col">score</th>
          <th scope="col">grade</th>
          <th scope="col">≥ 0.5</th>
        </tr>
      </thead>
      <tbody>
        <ScoreRow name="SA*" title="the sentence" score={sa} grade={saGrade} />
        <ScoreRow name="PC*" title="the laws" score={pc} grade={pcGrade} />
        <tr className={css.joint}>
          <th scope="row">
            Joint* <small>both</small>
          </th>
          <td />
          <td />
          <td data-holds={joint}>{joint ? "holds" : "fails"}</td>
        </tr>
      </tbody>
    </table>
  );
}

interface ScoreRowProps {
  readonly name: string;
  readonly title: string;
  readonly score: number;
  readonly grade: number;
}

const ScoreRow = ({ name, title, score, grade }: ScoreRowProps) => (
  <tr>
    <th scope="row">
      {name} <small>{title}</small>
    </th>
    <td>{score.toFixed(2)}</td>
    <td>{grade} of 5</td>
    <td data-holds={score >= 0.5}>{score >= 0.5 ? "holds" : "fails"}</td>
  </tr>
);

/** Our student's verdict beside the simulator's. */
function BothScores({ judged, beside }: { readonly judged: Judged; readonly beside: Judged }) {
  const verdicts = [judged.verdict, beside.verdict];
  const row = (name: string, title: string, cells: readonly { holds: boolean; detail: string }[]) => (
    <tr>
      <th scope="row">
        {name} <small>{title}</small>
      </th>
      {cells.map(({ holds, detail }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two columns that stay where they are
        <td key={i}>
          <b data-holds={holds}>{holds ? "holds" : "fails"}</b> {detail}
        </td>
      ))}
    </tr>
  );
  const score = (value: number, grade: number) => ({
    holds: value >= 0.5,
    detail: `${value.toFixed(2)}, grade ${grade}`,
  });
  return (
    <table className={`${css.scores} ${css.two}`}>
      <thead>
        <tr>
          <th scope="col">law judge</th>
          <th scope="col">the student</th>
          <th scope="col">the simulator</th>
        </tr>
      </thead>
      <tbody>
        {row(
          "SA*",
          "the sentence",
          verdicts.map(({ sa, saGrade }) => score(sa, saGrade)),
        )}
        {row(
          "PC*",
          "the laws",
          verdicts.map(({ pc, pcGrade }) => score(pc, pcGrade)),
        )}
        {row(
          "Joint*",
          "both",
          verdicts.map(({ joint }) => ({ holds: joint, detail: "" })),
        )}
      </tbody>
    </table>
  );
}
