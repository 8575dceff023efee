import { scaleLinear } from "d3-scale";
import { answerOf, type Found, type FoundArm, FROM_SCRATCH } from "../../worker/protocol.ts";
import css from "./Published.module.css";

const { arms, why, clips, still, silent } = FROM_SCRATCH;
const [first, ...others] = arms;
/** Noise level whose features tell arms apart best: below it all find moving spots, far above it nobody does. */
const LEVEL = "500";

/** Our own arms, trained from random weights in the sandbox: the answer of docs/answer.md as one table. */
export function FoundTables() {
  return (
    <section className={css.published} aria-label="What we found">
      <h2>What we found</h2>
      <p className={css.question}>{FROM_SCRATCH.question}</p>
      <p className={css.answer}>{answerOf(FROM_SCRATCH)}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard scrolls it, too, where it is wider than the page. */}
      <section className={css.scroll} tabIndex={0} aria-label="Our arms">
        <table className={`${css.paper} ${css.found}`} data-testid="found">
          <caption>
            Small students from random weights, equal steps; {clips} held-out clips a run, first frames given
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
                  <Reach arm={arm} />
                </td>
                <td>{arm.sa.mean.toFixed(1)}</td>
                <td>{arm.matched[LEVEL].mean.toFixed(1)}</td>
                <td>{arm.toldApart.mean.toFixed(1)}</td>
                <td>{arm.core.toFixed(0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className={css.fine_print}>
        Brackets are 95 % intervals: over runs where there are several, else over the clips of one run, which say
        nothing of another training (hollow marks). A clip that stands still after its first frames is{" "}
        {still.toFixed(2)} px off. Spots: of those that move, how many the aligned block's features find again at noise
        level {LEVEL}. PPE*: pairs of clips under two gravities that the loss tells apart; 50 is chance, and a student
        that says nothing gets {silent.toFixed(1)}. The last column is what a training clip costs, in milliseconds of a
        core. No run of this length makes clips that keep every law (PC* is {extreme("pc")} % or less). How each number
        came about, and the command for each row: docs/answer.md.
      </p>
      <dl className={css.arms}>
        {arms.flatMap(({ name }) => (why[name] ? [<Why key={name} name={name} is={why[name]} />] : []))}
      </dl>
    </section>
  );
}

const Why = ({ name, is }: { readonly name: string; readonly is: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{is}</dd>
  </div>
);

/** The largest mean of all arms, rounded up to a tenth. */
const extreme = (of: "pc" | "joint") => (Math.ceil(10 * Math.max(...arms.map((arm) => arm[of].mean))) / 10).toFixed(1);

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

/** A difference and its interval against zero, on one scale for all arms. */
function Reach({ arm: { name, difference } }: { readonly arm: FoundArm }) {
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
