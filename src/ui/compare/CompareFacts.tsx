import type { CompareInput } from "../../figure/compare_figure.ts";
import { short } from "../../figure/scale.ts";
import css from "../explore/FrameFacts.module.css";

/** How far teacher and student are apart about the query in the frame on show. */
export function CompareFacts({ input, frame }: { readonly input: CompareInput; readonly frame: number }) {
  const { teacher, student, kl, tau, query } = input.query;
  if (frame === query[0]) {
    return (
      <div className={css.facts}>
        <p>
          <strong>Frame {frame}: the query’s own.</strong> Press or drag here to move it; step on to see where teacher
          and student believe it went.
        </p>
      </div>
    );
  }
  const [of, other] = [teacher.matches[frame], student.matches[frame]];
  const apart = Math.max(Math.abs(of.row - other.row), Math.abs(of.col - other.col));
  return (
    <div className={css.facts}>
      <p className={css.level} data-level={apart <= 1 ? "sure" : "lost"}>
        <strong>{apart <= 1 ? "Both find the same place" : `Their matches are ${apart} tokens apart`}</strong>
      </p>
      <dl>
        <dt>teacher</dt>
        <dd>
          row {of.row}, column {of.col}, p {short(of.probability ?? 0)}
        </dd>
        <dt>student</dt>
        <dd>
          row {other.row}, column {other.col}, p {short(other.probability ?? 0)}
        </dd>
        <dt>KL, teacher to student</dt>
        <dd>
          {short(kl[frame])} nats at τ = {short(tau)}
        </dd>
      </dl>
      <p className={css.legend}>
        Corners: the query, yellow the best match; diamond: the expected place. Wipe to the teacher to see both.
      </p>
    </div>
  );
}
