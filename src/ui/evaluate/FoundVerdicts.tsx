import type { Found, FoundArm, FoundCategory, FoundStudy } from "../../worker/protocol/study.ts";
import css from "./Published.module.css";

const CATEGORIES: readonly (readonly [FoundCategory, string])[] = [
  ["solid-solid", "solid–solid"],
  ["solid-fluid", "solid–fluid"],
  ["fluid-fluid", "fluid–fluid"],
];

/** What is told of a percentage; less is printed as nothing. */
const SEEN = 0.05;

const MARKS = ["sa", "pc", "joint"] as const;
type Mark = (typeof MARKS)[number];
const NAMES: Readonly<Record<Mark, string>> = { sa: "SA*", pc: "PC*", joint: "Joint*" };

interface Column {
  readonly name: string;
  readonly of: (arm: FoundArm, mark: Mark) => Found | { readonly mean: null } | undefined;
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
    ([category, name]) => ({ name, of: (arm, mark) => arm.categories[category]?.[mark] }),
  );
  const columns = each.length > 1 ? [{ name: "all", of: (arm: FoundArm, mark: Mark) => arm[mark] }, ...each] : each;
  const best = new Map(
    columns.flatMap(({ of }, at) =>
      MARKS.map((mark) => [`${at} ${mark}`, Math.max(...arms.map((arm) => of(arm, mark)?.mean ?? 0))]),
    ),
  );
  return (
    <details className={css.verdicts}>
      <summary>Verdicts by category, as in the paper's Table 1</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard scrolls it, too, where it is wider than the page. */}
      <section className={css.scroll} tabIndex={0} aria-label={`Verdicts: ${title}`}>
        <table className={css.paper} data-testid="found-verdicts">
          <caption>Percent of drawn clips, law judge of {judge}; mean of an arm's runs</caption>
          <thead>
            <tr>
              <th scope="col" rowSpan={2}>
                trained with
              </th>
              {columns.map(({ name }) => (
                <th key={name} scope="colgroup" colSpan={MARKS.length}>
                  {name}
                </th>
              ))}
            </tr>
            <tr>
              {columns.flatMap(({ name }) =>
                MARKS.map((mark) => (
                  <th key={`${name} ${mark}`} scope="col">
                    {NAMES[mark]}
                  </th>
                )),
              )}
            </tr>
          </thead>
          <tbody>
            {arms.map((arm) => (
              <tr key={arm.name}>
                <th scope="row">{arm.name}</th>
                {columns.flatMap(({ name, of }, at) =>
                  MARKS.map((mark) => {
                    const mean = of(arm, mark)?.mean ?? null;
                    return (
                      <td
                        key={`${name} ${mark}`}
                        data-best={mean !== null && mean >= SEEN && mean === best.get(`${at} ${mark}`)}
                      >
                        {mean?.toFixed(1) ?? "–"}
                      </td>
                    );
                  }),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className={css.fine_print}>
        Bold: the largest of its column, by however little; intervals over runs are in docs/answer.md.
      </p>
    </details>
  );
}
