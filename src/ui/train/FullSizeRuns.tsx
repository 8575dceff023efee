import { short } from "../../figure/scale.ts";
import { closeFullSize, drawFullSize, type FullSizeRun, useFullSize } from "../../state/train/full_size.ts";
import { Button } from "../controls/controls.tsx";
import css from "./Train.module.css";
import { duration, fullSizeColor, fullSizeName } from "./words.ts";

/** Runs of scale/train.py that were opened: what each reached. */
export function FullSizeRuns() {
  const runs = useFullSize((open) => open.runs);
  if (runs.length === 0) return null;
  return (
    <div className={css.tableScroll}>
      <table className={css.runs} data-testid="full-size">
        <caption>Runs at full size, from files</caption>
        <thead>
          <tr>
            <th scope="col">draw</th>
            <th scope="col">run</th>
            <th scope="col">step</th>
            <th scope="col">loss</th>
            <th scope="col">diffusion</th>
            <th scope="col">alignment</th>
            <th scope="col">λ</th>
            <th scope="col">a step</th>
            <th scope="col">
              <span className="visually-hidden">close</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <Row key={run.number} run={run} />
          ))}
        </tbody>
      </table>
      <p className={css.remark}>
        Their loss is that of diffusion and λ times the alignment, on many clips; a run of this page has the alignment
        alone, on one. They stay until they are closed or the page is.
      </p>
    </div>
  );
}

function Row({ run }: { readonly run: FullSizeRun }) {
  const { number, fileName, points, drawn } = run;
  const last = points[points.length - 1];
  const recent = points.slice(-20);
  const seconds = recent.reduce((sum, { ms }) => sum + ms, 0) / recent.length / 1000;
  return (
    <tr>
      <td>
        <label className={css.draw}>
          <input
            type="checkbox"
            aria-label={`Draw ${fullSizeName(run)}`}
            checked={drawn}
            onChange={(event) => drawFullSize(number, event.target.checked)}
          />
          <svg width="14" height="14" aria-hidden="true">
            <rect width="14" height="14" rx="3" fill={fullSizeColor(run)} />
          </svg>
        </label>
      </td>
      <th scope="row">
        {fullSizeName(run)} <span className={css.from}>{fileName}</span>
      </th>
      <td>{last.step}</td>
      <td>{short(last.loss)}</td>
      <td>{short(last.diffusion)}</td>
      <td>{short(last.alignment)}</td>
      <td>{short(last.lambda)}</td>
      <td>{duration(seconds)}</td>
      <td className={css.actions}>
        <Button onClick={() => closeFullSize(number)}>Close</Button>
      </td>
    </tr>
  );
}
