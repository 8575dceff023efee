import { useRef } from "react";
import { restartTour } from "../../state/tour.ts";
import { Button } from "../controls/controls.tsx";
import css from "../controls/Popover.module.css";
import { PAPER_URL } from "./cite.ts";
import header from "./Header.module.css";

const KEYS: readonly (readonly [string, string])[] = [
  ["↑ ↓ ← →", "move the query by one token (figure focused)"],
  ["Shift + ← →", "the query in the frame before or after"],
  ["1 … 7", "make that query the active one"],
  ["A, Shift + click", "add a query"],
  ["Delete", "remove the active query"],
  [", and .", "the large frame one back, one on; Home and End to the first and last"],
  ["F", "the large frame alone, or with the table"],
  ["Space", "play and pause"],
  ["Ctrl + Z", "take the last change back; with Shift, do it again"],
  ["← → on a slider", "a useful step; with Shift a fine one; Page ↑ ↓ to the next marked value"],
];

export function HelpMenu() {
  const panel = useRef<HTMLDivElement>(null);
  return (
    <>
      <button type="button" className={`${header.tool} ${header.icon}`} aria-label="Help" popoverTarget="help-menu">
        ?
      </button>
      <div id="help-menu" ref={panel} popover="auto" className={css.panel} role="dialog" aria-label="Help">
        <h2>What this is</h2>
        <p>
          Tempered shows where a video encoder believes a patch went: its features are compared across space and time
          and sharpened by a temperature, as in{" "}
          <a href={PAPER_URL} target="_blank" rel="noreferrer">
            “Tempered Self-Similarity Alignment for Physically Plausible Video Generation”
          </a>
          . Everything is computed in this page; your video stays on this machine.
        </p>
        <h2 style={{ marginTop: 12 }}>Keys</h2>
        <dl className={css.keys}>
          {KEYS.map(([key, what]) => (
            <div key={key} style={{ display: "contents" }}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <div className={css.actions}>
          <Button
            onClick={() => {
              panel.current?.hidePopover();
              restartTour();
            }}
          >
            Show the first steps again
          </Button>
          <a href="./CREDITS.md" target="_blank" rel="noreferrer">
            Credits and licences
          </a>
        </div>
      </div>
    </>
  );
}
