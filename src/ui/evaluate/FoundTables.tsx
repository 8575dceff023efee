import { scaleLinear } from "d3-scale";
import { answerOf, FOUND, type Found, type FoundArm, type FoundStudy } from "../../worker/protocol/study.ts";
import { FoundSearch, FoundSweeps } from "./FoundSweeps.tsx";
import { FoundVerdicts } from "./FoundVerdicts.tsx";
import css from "./Published.module.css";

/** Noise levels at which features are compared: at the lower one a short training shows, at the higher one what alignment adds to a longer one. */
const LEVELS = ["500", "900"] as const;

/** Our own arms, trained in the sandbox: the answer of docs/answer.md as a table for each study. */
export function FoundTables() {
  return (
    <section className={css.published} aria-label="What we found">
      <h2>What we found</h2>
      {FOUND.map(({ title, study }) => (
        <StudyTable key={title} title={title} study={study} />
      ))}
      <p className={css.fine_print}>
        Brackets are 95 % intervals: over runs where there are several, else over the clips of one run, which say
        nothing of another training (hollow marks). A difference is over the seeds that both arms have, so arms of
        unequal runs are not to be compared by it with each other. Spots: of those that move, how many the aligned
        block's features find again at noise levels {LEVELS.join(" and ")}. PPE*: pairs of clips under two gravities
        that the loss tells apart; 50 is chance. The last column is what a training clip costs, in milliseconds of a
        core. How each number came about, and the command for each row: docs/answer.md.
      </p>
    </section>
  );
}

interface StudyTableProps {
  readonly title: string;
  readonly study: FoundStudy;
}

function StudyTable({ title, study }: StudyTableProps) {
  const { arms, why, clips, split, still, silent, question } = study;
  const [first] = arms;
  const lawful = Math.ceil(10 * Math.max(...arms.map(({ joint }) => joint.mean ?? 0))) / 10;
  return (
    <>
      <p className={css.question}>{question}</p>
      <p className={css.answer}>{answerOf(study)}</p>
      <FoundSweeps study={study} />
      <FoundSearch study={study} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard scrolls it, too, where it is wider than the page. */}
      <section className={css.scroll} tabIndex={0} aria-label={`Our arms: ${title}`}>
        <table className={`${css.paper} ${css.found}`} data-testid="found">
          <caption>
            {title}; {clips} {split} clips a run, first frames given
          </caption>
          <thead>
            <tr>
              <th scope="col">trained with</th>
              <th scope="col">runs</th>
              <th scope="col">centre error, px</th>
              <th scope="colgroup" colSpan={2}>
                against {first.name}, px
              </th>
              <th scope="col">SA*, %</th>
              <th scope="col">spots, %</th>
              <th scope="col">PPE*, %</th>
              <th scope="col">ms a clip</th>
            </tr>
          </thead>
          <tbody>
            {arms.map((arm) => (
              <tr key={arm.name}>
                <th scope="row">{arm.name}</th>
                <td>{arm.runs}</td>
                <Cell found={arm.error} digits={2} />
                <Cell found={arm.difference} digits={2} signed />
                <td>
                  <Reach arm={arm} arms={arms} />
                </td>
                <td>{arm.sa.mean?.toFixed(1) ?? "–"}</td>
                <td>{LEVELS.map((level) => arm.matched[level].mean.toFixed(0)).join(" / ")}</td>
                <td>{arm.toldApart.mean.toFixed(1)}</td>
                <td>{arm.core?.toFixed(0) ?? "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className={css.fine_print}>
        A clip that stands still after its first frames is {still.toFixed(2)} px off.{" "}
        {lawful === 0
          ? "No clip of any arm keeps every law (Joint*)."
          : `At most ${lawful.toFixed(1)} % of an arm's clips keep every law (Joint*).`}{" "}
        In PPE* a student that says nothing gets {silent.toFixed(1)}.
      </p>
      {!study.sweeps && !study.searches && <FoundVerdicts title={title} study={study} />}
      <dl className={css.arms}>
        {arms.flatMap(({ name }) => (why[name] ? [<Why key={name} name={name} is={why[name]} />] : []))}
      </dl>
    </>
  );
}

const Why = ({ name, is }: { readonly name: string; readonly is: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{is}</dd>
  </div>
);

interface CellProps {
  readonly found: Found | undefined;
  readonly digits: number;
  readonly signed?: boolean;
}

function Cell({ found, digits, signed = false }: CellProps) {
  if (!found) return <td>–</td>;
  const text = (value: number) => `${signed && value > 0 ? "+" : ""}${value.toFixed(digits)}`.replace("-", "−");
  return (
    <td>
      {text(found.mean)}
      {found.low !== null && found.high !== null && (
        <span className={css.interval}>
          {" "}
          [{text(found.low)}, {text(found.high)}]
        </span>
      )}
    </td>
  );
}

const WIDTH = 90;
const HEIGHT = 14;

interface ReachProps {
  readonly arm: FoundArm;
  readonly arms: FoundStudy["arms"];
}

/** A difference and its interval against zero, on one scale for all arms. */
function Reach({ arm: { name, difference }, arms: [first, ...others] }: ReachProps) {
  const ends = others.flatMap(({ difference: d }) => (d ? [d.mean, d.low ?? d.mean, d.high ?? d.mean] : []));
  if (!difference || ends.length === 0) return null;
  const widest = Math.max(...ends.map(Math.abs));
  const x = scaleLinear([-widest, widest], [4, WIDTH - 4]);
  const { mean, low, high, runs } = difference;
  return (
    <svg className={css.reach} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} role="img">
      <title>{`${name}: ${mean.toFixed(2)} px against ${first.name}`}</title>
      <line className={css.zero} x1={x(0)} x2={x(0)} y1={0} y2={HEIGHT} />
      {low !== null && high !== null && (
        <line className={css.span} x1={x(low)} x2={x(high)} y1={HEIGHT / 2} y2={HEIGHT / 2} />
      )}
      <circle className={runs > 1 ? css.mean : css.alone} cx={x(mean)} cy={HEIGHT / 2} r={3.5} />
    </svg>
  );
}
