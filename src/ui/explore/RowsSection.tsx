import { useState } from "react";
import { short } from "../../figure/scale.ts";
import { FIGURE_TAUS, MAX_ROW_TAUS, setSettings, TAU_RANGE, usePicked } from "../../state/settings.ts";
import { Button, Check, Section } from "../controls/controls.tsx";
import hints from "../controls/Rail.module.css";
import css from "./RowsSection.module.css";

/** Which temperatures are rows of the table, beside the slider's own. */
export function RowsSection() {
  const { rowTaus, tau, showRaw, showFlow } = usePicked("rowTaus", "tau", "showRaw", "showFlow");
  const change = (taus: readonly number[]) => setSettings({ rowTaus: [...new Set(taus)].sort((a, b) => b - a) });
  const full = rowTaus.length >= MAX_ROW_TAUS;
  const asPaper = rowTaus.join() === FIGURE_TAUS.join();
  return (
    <Section title="Rows">
      <ul className={css.taus} aria-label="Temperatures that have a row">
        {rowTaus.map((row) => (
          <li key={row}>
            <button
              type="button"
              title={`Steer τ to ${short(row)}`}
              aria-pressed={row === tau}
              onClick={() => setSettings({ tau: row })}
            >
              {short(row)}
            </button>
            <button
              type="button"
              aria-label={`Remove the row τ = ${short(row)}`}
              onClick={() => change(rowTaus.filter((other) => other !== row))}
            >
              ×
            </button>
          </li>
        ))}
        {!full && <AddTau onAdd={(added) => change([...rowTaus, added])} />}
      </ul>
      <div className={css.actions}>
        {!full && !rowTaus.includes(tau) && (
          <Button onClick={() => change([...rowTaus, tau])}>Keep τ = {short(tau)}</Button>
        )}
        {!asPaper && <Button onClick={() => change(FIGURE_TAUS)}>As in Fig. 3</Button>}
      </div>
      <Check label="Raw similarity" checked={showRaw} onChange={(on) => setSettings({ showRaw: on })} />
      {showRaw && <p className={hints.hint}>Raw: the cosines themselves, before any τ makes them a distribution.</p>}
      <Check label="Optical flow" checked={showFlow} onChange={(on) => setSettings({ showFlow: on })} />
      {showFlow && (
        <p className={hints.hint}>
          Optical flow: where each token goes in the next frame, by brightness alone. The colour says which way, its
          strength how far.
        </p>
      )}
    </Section>
  );
}

function AddTau({ onAdd }: { readonly onAdd: (tau: number) => void }) {
  const [typed, setTyped] = useState("");
  const tau = Number(Number(typed).toPrecision(3));
  const valid = typed !== "" && tau >= TAU_RANGE.low && tau <= TAU_RANGE.high;
  return (
    <li>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!valid) return;
          onAdd(tau);
          setTyped("");
        }}
      >
        <input
          aria-label={`Add a row: τ from ${TAU_RANGE.low} to ${TAU_RANGE.high}`}
          aria-invalid={typed !== "" && !valid}
          inputMode="decimal"
          placeholder="+ τ"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </form>
    </li>
  );
}
