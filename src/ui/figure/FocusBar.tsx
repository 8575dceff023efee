import { memo } from "react";
import type { PaneFigure } from "../../figure/panes.ts";
import { showFrame, stepFrame, useFocus } from "../../state/focus.ts";
import { SPEEDS, setPlayback, usePlayback } from "../../state/playback.ts";
import { setSettings } from "../../state/settings.ts";
import { TauSlider, useTauByFrame } from "../controls/shared_sections.tsx";
import css from "./Focus.module.css";

interface FocusBarProps {
  readonly timesS: PaneFigure["timesS"];
  readonly rows: readonly Pick<PaneFigure["rows"][number], "id" | "label" | "remark">[];
  /** The frame on show. */
  readonly frame: number;
  /** Rows of the figure: on show, and beyond the wipe (-1: none). */
  readonly row: number;
  readonly wipe: number;
}

/** What moves the large frame in time, and what it shows. A move of the query, which makes the rows anew, leaves it alone. */
export const FocusBar = memo(Bar, (before, now) => {
  const { frame, row, wipe, timesS, rows } = now;
  return (
    before.frame === frame &&
    before.row === row &&
    before.wipe === wipe &&
    before.timesS.join() === timesS.join() &&
    before.rows.length === rows.length &&
    before.rows.every(
      ({ id, label, remark }, r) => rows[r].id === id && rows[r].label === label && rows[r].remark === remark,
    )
  );
});

function Bar({ timesS, rows, frame, row, wipe }: FocusBarProps) {
  const { playing, speed } = usePlayback();
  const wipeAt = useFocus((focus) => focus.wipeAt);
  const withTau = useTauByFrame();
  const F = timesS.length;
  const when = `frame ${frame} of ${F - 1}, ${timesS[frame].toFixed(2)} seconds`;
  return (
    <div className={css.bar}>
      {withTau && <TauSlider />}
      <div className={css.time}>
        <button type="button" aria-label="Frame before" title="Frame before (,)" onClick={() => stepFrame(-1, F)}>
          ‹
        </button>
        <button
          type="button"
          aria-label={playing ? "Pause the frame" : "Play the frame"}
          title="Play and pause (Space)"
          onClick={() => setPlayback({ playing: !playing })}
        >
          {playing ? "❚❚" : "▶"}
        </button>
        <button type="button" aria-label="Frame after" title="Frame after (.)" onClick={() => stepFrame(1, F)}>
          ›
        </button>
        <input
          type="range"
          aria-label="Frame on show"
          min={0}
          max={F - 1}
          step={1}
          value={frame}
          aria-valuetext={when}
          onChange={(event) => {
            setPlayback({ playing: false });
            showFrame(Number(event.target.value));
          }}
        />
        <output>
          {frame} · {timesS[frame].toFixed(2)} s
        </output>
      </div>
      <div className={css.choices}>
        <label>
          shows{" "}
          <select value={rows[row].id} onChange={(event) => setSettings({ focusRow: event.target.value })}>
            {rows.map(({ id, label, remark }) => (
              <option key={id} value={id}>
                {remark === "your τ" ? `${label}, yours` : label}
              </option>
            ))}
          </select>
        </label>
        <label>
          wipe to{" "}
          <select value={rows[wipe]?.id ?? ""} onChange={(event) => setSettings({ wipeRow: event.target.value })}>
            <option value="">nothing</option>
            {rows.map(({ id, label }, r) =>
              r === row ? null : (
                <option key={id} value={id}>
                  {label}
                </option>
              ),
            )}
          </select>
        </label>
        {wipe >= 0 && wipe !== row && (
          <input
            type="range"
            aria-label="Place of the wipe"
            min={0}
            max={100}
            value={Math.round(100 * wipeAt)}
            onChange={(event) => useFocus.setState({ wipeAt: Number(event.target.value) / 100 })}
          />
        )}
        <label>
          speed{" "}
          <select value={speed} onChange={(event) => setPlayback({ speed: Number(event.target.value) })}>
            {SPEEDS.map((one) => (
              <option key={one} value={one}>
                {one}×
              </option>
            ))}
          </select>
        </label>
      </div>
    </div>
  );
}
