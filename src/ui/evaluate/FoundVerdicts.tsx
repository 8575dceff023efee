import type { FoundArm, FoundCategory, FoundMarks, FoundStudy } from "../../worker/protocol/study.ts";
import { MarksTable } from "./MarksTable.tsx";
import css from "./Published.module.css";

const CATEGORIES: readonly (readonly [FoundCategory, string])[] = [
  ["solid-solid", "solid–solid"],
  ["solid-fluid", "solid–fluid"],
  ["fluid-fluid", "fluid–fluid"],
];

interface Column {
  readonly name: string;
  readonly of: (arm: FoundArm) => FoundMarks | undefined;
}

/** What the law judge says of each arm's clips, in the shape of the paper's Table 1: all clips, then each category. */
export function FoundVerdicts({
  title,
  study: { arms, judge },
}: {
  readonly title: string;
  readonly study: FoundStudy;
}) {
  const each: readonly Column[] = CATEGORIES.filter(([category]) => arms[0].categories[category]).map(
    ([category, name]) => ({ name, of: ({ categories }) => categories[category] }),
  );
  const columns = each.length > 1 ? [{ name: "all", of: (arm: FoundArm) => arm }, ...each] : each;
  const rows = arms.map((arm) => ({
    name: arm.name,
    values: columns.map(({ of }) => {
      const marks = of(arm);
      return [marks?.sa.mean ?? null, marks?.pc.mean ?? null, marks?.joint.mean ?? null];
    }),
  }));
  return (
    <details className={css.verdicts}>
      <summary>Verdicts by category, as in the paper's Table 1</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard scrolls it, too, where it is wider than the page. */}
      <section className={css.scroll} tabIndex={0} aria-label={`Verdicts: ${title}`}>
        <MarksTable
          caption={`Percent of drawn clips, law judge of ${judge}; mean of an arm's runs`}
          corner="trained with"
          columns={columns.map(({ name }) => name)}
          marks={["SA*", "PC*", "Joint*"]}
          groups={[rows]}
          testId="found-verdicts"
        />
      </section>
      <p className={css.fine_print}>
        Bold: the largest of its column, by however little; intervals over runs are in docs/answer.md.
      </p>
    </details>
  );
}
