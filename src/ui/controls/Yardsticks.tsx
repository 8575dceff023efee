import { YARDSTICKS } from "../../worker/protocol.ts";
import css from "./Yardsticks.module.css";

/** A picture that never changes breaks few laws: what a PC* is worth shows beside clips whose worth is known. */
export function Yardsticks() {
  return (
    <table className={css.yardsticks} aria-label="Of clips whose worth is known">
      <thead>
        <tr>
          <th scope="col">of clips that are</th>
          <th scope="col">SA*</th>
          <th scope="col">PC*</th>
          <th scope="col">Joint*</th>
        </tr>
      </thead>
      <tbody>
        {YARDSTICKS.map(({ clips, sa, pc, joint }) => (
          <tr key={clips}>
            <th scope="row">{clips}</th>
            {[sa, pc, joint].map((share, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: three columns that stay where they are
              <td key={i}>{Math.round(100 * share)} %</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
