import { sideWords } from "../../figure/captions.ts";
import { short } from "../../figure/scale.ts";
import { measureChance } from "../../state/compare/compare.ts";
import { chanceBeside, useComparison } from "../../state/compare/store.ts";
import { useSession } from "../../state/session.ts";
import { type Compared, type CompareLosses, LOSS_KINDS, NOTHING_MOVES, traitsOf } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import { LOSS_TEXTS } from "../notes/losses.tsx";
import css from "./Compare.module.css";

interface LossTableProps {
  readonly losses: CompareLosses | null;
  readonly compared: Compared;
}

/** The losses on this pair, live: what each of them looks at, in what it counts, what chance would give, and what it was before. */
export function LossTable({ losses, compared }: LossTableProps) {
  const { channels } = compared;
  const chance = useComparison(chanceBeside);
  const pinned = useComparison((comparison) => comparison.pinned);
  const clip = useSession((session) => session.clip?.name);
  const title = losses ? `${sideWords(compared.student)}, τ = ${short(losses.tau)}, ${clip ?? "clip"}` : "";
  return (
    <div className={css.memory}>
      <div className={css.scroll}>
        <table className={css.losses} aria-busy={!losses}>
          <caption>The losses of student against teacher</caption>
          <thead>
            <tr>
              <th scope="col">loss, and what it sees</th>
              <th scope="col">value</th>
              <th scope="col">knows nothing</th>
              {pinned && <th scope="col">pinned</th>}
              {pinned && <th scope="col">change</th>}
              <th scope="col">gradient norm</th>
            </tr>
          </thead>
          <tbody>
            {LOSS_KINDS.map((kind) => {
              const value = losses?.losses[kind];
              const before = pinned?.losses[kind];
              const { name, channels: needs } = traitsOf(kind);
              return (
                <tr key={kind}>
                  <th scope="row">
                    {name} <small>{LOSS_TEXTS[kind].unit}</small>
                    <span className={css.sees}>
                      {value !== null
                        ? LOSS_TEXTS[kind].sees
                        : needs === "equal"
                          ? `needs as many channels on both sides: ${channels.teacher} and ${channels.student}`
                          : NOTHING_MOVES}
                    </span>
                  </th>
                  <td data-loss={kind}>{value ? short(value.loss) : losses ? "–" : "…"}</td>
                  <td data-chance={kind}>{number(chance?.losses[kind])}</td>
                  {pinned && <td>{number(before?.loss)}</td>}
                  {pinned && <td data-change={kind}>{change(before?.loss, value?.loss)}</td>}
                  <td>{value ? short(value.gradNorm) : losses ? "–" : "…"}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p className={css.sees}>
        Losses of different units are not to be held against each other, only each against itself: at 0 student and
        teacher agree (REPA at −1); “knows nothing” is a student whose features are drawn at random, where an untrained
        one starts. The gradient is with respect to the student's features, all tokens together.
        {pinned && ` Pinned: ${pinned.title}.`}
      </p>
      <div className={css.actions}>
        {losses && !chance && <Button onClick={() => void measureChance()}>What would chance give?</Button>}
        {losses && (
          <Button onClick={() => useComparison.setState({ pinned: { title, losses: losses.losses } })}>
            {pinned ? "Pin this instead" : "Pin this comparison"}
          </Button>
        )}
        {pinned && <Button onClick={() => useComparison.setState({ pinned: null })}>Unpin</Button>}
      </div>
    </div>
  );
}

const number = (value: number | null | undefined) => (value == null ? "" : short(value));

function change(before: number | undefined, now: number | undefined): string {
  if (before === undefined || now === undefined) return "";
  return `${now > before ? "+" : now < before ? "−" : ""}${short(Math.abs(now - before))}`;
}
