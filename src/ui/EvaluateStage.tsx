import { applying, gradePlace, ratioOf, ruleTitle } from "../figure/judge_figure.ts";
import { short } from "../figure/scale.ts";
import type { Picture } from "../figure/shapes.ts";
import { useSandbox } from "../state/sandbox.ts";
import type { Judged, RuleResult } from "../worker/protocol.ts";
import { Button } from "./controls.tsx";
import css from "./Evaluate.module.css";
import { PublishedTables } from "./PublishedTables.tsx";
import { RuleChart } from "./RuleChart.tsx";
import { SceneViewer } from "./SceneViewer.tsx";

/** Of the rail, which on a narrow page is far below. */
export const CONTROLS_ID = "evaluate-controls";

interface EvaluateStageProps {
  readonly judged: Judged;
  readonly pictures: readonly Picture[];
  /** Another clip is on its way: what is on show is the one before. */
  readonly busy: boolean;
}

/** The clip with the parsed scene, the verdict, and every rule behind it. */
export function EvaluateStage({ judged, pictures, busy }: EvaluateStageProps) {
  const { verdict } = judged;
  return (
    <div className={css.stage} aria-busy={busy} data-testid="verdict">
      <div className={css.top}>
        <SceneViewer pictures={pictures} parsed={verdict.parsed} />
        <VerdictCard judged={judged} />
      </div>
      <Rules
        title="Is it what the sentence says? SA*"
        judged={judged}
        rules={verdict.rules.filter(({ side }) => side === "SA")}
      />
      <Rules
        title="Does it obey the laws? PC*"
        judged={judged}
        rules={verdict.rules.filter(({ side }) => side === "PC")}
      />
      <PublishedTables />
    </div>
  );
}

function VerdictCard({ judged }: { readonly judged: Judged }) {
  const { verdict, source } = judged;
  const { prompt, sa, pc, joint, saGrade, pcGrade, discarded } = verdict;
  const [worst] = applying(verdict);
  const broken = source.kind === "sandbox" && source.corruption !== null;
  const corruption = useSandbox(({ info }) =>
    info?.corruptions.find(({ name }) => broken && name === source.corruption),
  );
  return (
    <section className={css.card} aria-label="Verdict">
      <p className={css.prompt}>“{prompt}”</p>
      <p className={css.source}>
        {source.kind === "file" ? source.file.name : `seed ${source.seed}`}
        {broken && `, broken on purpose: ${corruption?.title ?? source.corruption}`}
      </p>
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
      {discarded ? (
        <p className={css.reason}>
          <b>Not judged.</b> {discarded}. It counts as failing both.
        </p>
      ) : (
        worst && (
          <p className={css.reason}>
            <b>
              {worst.error > worst.tolerance ? "Decided by" : "Closest to its limit:"} “{ruleTitle(judged, worst)}”.
            </b>{" "}
            {worst.says}
          </p>
        )
      )}
      <Glance judged={judged} />
      <div className={css.other}>
        <Button onClick={() => document.getElementById(CONTROLS_ID)?.scrollIntoView()}>
          Choose or break another clip
        </Button>
      </div>
    </section>
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
const Bar = ({ rule }: { readonly rule: RuleResult }) => (
  <div className={css.bar} title="Five zones: grades 5 to 1. The line is the tolerance.">
    <span style={{ width: `${100 * gradePlace(ratioOf(rule))}%` }} />
  </div>
);

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

interface RulesProps {
  readonly title: string;
  readonly judged: Judged;
  readonly rules: readonly RuleResult[];
}

function Rules({ title, judged, rules }: RulesProps) {
  const apply = applying({ rules });
  const idle = rules.filter(({ applies }) => !applies);
  if (rules.length === 0) return null;
  return (
    <section className={css.rules} aria-label={title}>
      <h2>{title}</h2>
      <ul>
        {apply.map((rule) => (
          <RuleRow key={rule.rule} rule={rule} judged={judged} />
        ))}
      </ul>
      {idle.length > 0 && (
        <details>
          <summary>
            {idle.length} {idle.length === 1 ? "rule does" : "rules do"} not apply to this clip
          </summary>
          <dl className={css.idle}>
            {idle.map((rule) => (
              <div key={rule.rule}>
                <dt>{ruleTitle(judged, rule)}</dt>
                <dd>{rule.says}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </section>
  );
}

function RuleRow({ rule, judged }: { readonly rule: RuleResult; readonly judged: Judged }) {
  const { error, tolerance, says } = rule;
  const holds = error <= tolerance;
  return (
    <li className={css.rule} data-holds={holds} data-rule={rule.rule}>
      <div className={css.name}>
        <span className={css.mark} aria-hidden="true">
          {holds ? "✓" : "✗"}
        </span>
        {ruleTitle(judged, rule)}
        <span className="visually-hidden">{holds ? " holds" : " is broken"}</span>
      </div>
      <div className={css.measure}>
        <Bar rule={rule} />
        {Number.isFinite(error) ? short(error) : "∞"} of {short(tolerance)}
      </div>
      <p className={css.says}>
        <span className={css.law}>{judged.words[rule.rule]?.law}</span> {says}
      </p>
      <RuleChart rule={rule} title={ruleTitle(judged, rule)} />
    </li>
  );
}
