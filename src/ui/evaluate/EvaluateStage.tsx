import { applying, ruleTitle } from "../../figure/judge_figure.ts";
import { short } from "../../figure/scale.ts";
import type { Picture } from "../../figure/shapes.ts";
import type { Judged, RuleResult } from "../../worker/protocol.ts";
import { SceneViewer } from "../space_time/SceneViewer.tsx";
import css from "./EvaluateStage.module.css";
import { FoundTables } from "./FoundTables.tsx";
import { JudgeTables } from "./JudgeTables.tsx";
import { PublishedTables } from "./PublishedTables.tsx";
import { RuleChart } from "./RuleChart.tsx";
import { Bar, VerdictCard } from "./VerdictCard.tsx";

interface EvaluateStageProps {
  readonly judged: Judged;
  readonly pictures: readonly Picture[];
  /** The simulator's clip of the same sentence and seed, where our student made the other. */
  readonly beside: { readonly judged: Judged; readonly pictures: readonly Picture[] } | null;
  /** Another clip is on its way: what is on show is the one before. */
  readonly busy: boolean;
}

/** The clip with the parsed scene, the verdict, and every rule behind it. */
export function EvaluateStage({ judged, pictures, beside, busy }: EvaluateStageProps) {
  const { verdict } = judged;
  return (
    <div className={css.stage} aria-busy={busy} data-testid="verdict">
      <div className={beside ? css.both : css.top}>
        <SceneViewer
          clips={
            beside
              ? [shown(titleOf(judged), judged, pictures), shown("The simulator", beside.judged, beside.pictures)]
              : [shown(null, judged, pictures)]
          }
        />
        <VerdictCard judged={judged} beside={beside?.judged ?? null} />
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
      <FoundTables />
      <PublishedTables />
      <JudgeTables />
    </div>
  );
}

const shown = (name: string | null, judged: Judged, pictures: readonly Picture[]) => ({
  name,
  says: shortVerdict(judged.verdict),
  pictures,
  parsed: judged.verdict.parsed,
});

/** The shipped student is ours, one that the user trained is theirs. */
const titleOf = ({ source }: Judged): string =>
  source.kind === "student" && source.model.card === null ? "Your student" : "Our student";

/** "SA* 0.91 · PC* 0.12 · Joint* fails" */
const shortVerdict = ({ sa, pc, joint }: Judged["verdict"]) =>
  `SA* ${sa.toFixed(2)} · PC* ${pc.toFixed(2)} · Joint* ${joint ? "holds" : "fails"}`;

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
