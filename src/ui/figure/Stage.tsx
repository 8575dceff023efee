import { type KeyboardEvent, type ReactNode, useMemo } from "react";
import { type PaneFigure, paintHeat } from "../../figure/panes.ts";
import { handleFrameKey } from "../../state/focus.ts";
import { useSettings } from "../../state/settings.ts";
import type { TokenRef } from "../../worker/protocol.ts";
import { Focus } from "./Focus.tsx";
import { Panes } from "./Panes.tsx";
import type { Pick } from "./pointer.ts";
import css from "./Stage.module.css";

interface StageProps {
  readonly figure: PaneFigure;
  /** What a screen reader says of the figure and its keys. */
  readonly label: string;
  /** The row that the large frame shows until the user chooses another. */
  readonly main: string;
  /** A token was pressed, or the pointer was dragged to it. */
  readonly onPick: Pick;
  /** Whether a drag goes on picking. */
  readonly drags?: boolean;
  /** Whether a finger's drag is the brush's, whichever way it goes: two fingers move the page. */
  readonly paints?: boolean;
  /** A token was pressed with Shift. */
  readonly onAdd?: (token: TokenRef) => void;
  /** A key was pressed on the focused figure; true when it meant something. */
  readonly onKey: (key: string, shift: boolean) => boolean;
  /** What is known of the large frame, beside it. */
  readonly facts?: (frame: number) => ReactNode;
}

/** A live figure: one frame of it large, and all of it as a table of panes below; the user may put either away. */
export function Stage({ figure, label, main, onPick, drags = true, paints, onAdd, onKey, facts }: StageProps) {
  const form = useSettings((settings) => settings.stage);
  const { grid, rows, mask } = figure;
  const large = form !== "panes";
  const atlas = useMemo(() => paintHeat({ grid, rows, mask }, large), [grid, rows, mask, large]);
  const picking = { onPick, onAdd, drags };
  const pressKey = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // Of the bar below the frame the keys are its own.
    if ((event.target as HTMLElement).closest("input, select, button")) return;
    if (handleFrameKey(event.key, grid.F) || onKey(event.key, event.shiftKey)) event.preventDefault();
  };
  return (
    <div className={css.stage}>
      <div
        className={css.application}
        role="application"
        aria-roledescription="correspondence figure"
        aria-label={`${label} Comma and full stop step the large frame, F makes it larger.`}
        data-testid="figure-layers"
        data-paints={paints}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the figure is operated with the keyboard
        tabIndex={0}
        onKeyDown={pressKey}
      >
        {large && <Focus figure={figure} atlas={atlas} main={main} picking={picking} facts={facts} />}
        {form !== "frame" && <Panes figure={figure} atlas={atlas} picking={picking} />}
      </div>
    </div>
  );
}
