import { short } from "../../figure/scale.ts";
import { type Compared, type CompareLosses, LOSS_KINDS, NOTHING_MOVES, traitsOf } from "../../worker/protocol.ts";
import { LOSS_TEXTS } from "../notes/losses.tsx";
import css from "./Compare.module.css";

interface LossTableProps {
  readonly losses: CompareLosses | null;
  readonly channels: Compared["channels"];
}

/** The losses on this pair, live, and what each of them looks at. */
export function LossTable({ losses, channels }: LossTableProps) {
  return (
    <table className={css.losses} aria-busy={!losses}>
      <caption>The losses of student against teacher</caption>
      <thead>
        <tr>
          <th scope="col">loss, and what it sees</th>
          <th scope="col">value</th>
          <th scope="col">gradient norm</th>
        </tr>
      </thead>
      <tbody>
        {LOSS_KINDS.map((kind) => {
          const value = losses?.losses[kind];
          const { name, channels: needs } = traitsOf(kind);
          return (
            <tr key={kind}>
              <th scope="row">
                {name}
                <span className={css.sees}>
                  {value !== null
                    ? LOSS_TEXTS[kind].sees
                    : needs === "equal"
                      ? `needs as many channels on both sides: ${channels.teacher} and ${channels.student}`
                      : NOTHING_MOVES}
                </span>
              </th>
              <td data-loss={kind}>{value ? short(value.loss) : losses ? "–" : "…"}</td>
              <td>{value ? short(value.gradNorm) : losses ? "–" : "…"}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
