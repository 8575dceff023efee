import { short } from "../../figure/scale.ts";
import type { Compared, CompareLosses, LossName } from "../../worker/protocol.ts";
import css from "./Compare.module.css";

const LOSSES: readonly (readonly [LossName, name: string, sees: string])[] = [
  ["tsa", "TSA", "where each patch is believed to have gone, frame by frame, sharpened by τ"],
  ["mtsa", "M-TSA", "the same, asked only of the patches that move (ρ)"],
  ["trd", "TRD", "every pair's cosine alike, near or far, beyond the margin"],
  ["repa", "REPA", "each patch's own feature; nothing of how patches relate"],
];

interface LossTableProps {
  readonly losses: CompareLosses | null;
  readonly channels: Compared["channels"];
}

/** The four losses on this pair, live, and what each of them looks at. */
export function LossTable({ losses, channels }: LossTableProps) {
  return (
    <table className={css.losses} aria-busy={!losses}>
      <caption>The four losses of student against teacher</caption>
      <thead>
        <tr>
          <th scope="col">loss, and what it sees</th>
          <th scope="col">value</th>
          <th scope="col">gradient norm</th>
        </tr>
      </thead>
      <tbody>
        {LOSSES.map(([kind, name, sees]) => {
          const value = losses?.losses[kind];
          return (
            <tr key={kind}>
              <th scope="row">
                {name}
                <span className={css.sees}>
                  {value === null && kind === "repa"
                    ? `needs as many channels on both sides: ${channels.teacher} and ${channels.student}`
                    : sees}
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
