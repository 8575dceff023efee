import type { ReactNode } from "react";
import { type StageForm, setSettings, useSettings } from "../../state/settings.ts";
import { later, type MissingProps } from "../later.tsx";
import css from "./SpaceTime.module.css";
import { SpaceTimePanel } from "./SpaceTimePanel.tsx";

/** The block, whose code comes when it is first shown. */
export const SpaceTime = later(
  "the space-time view",
  async () => (await import("./SpaceTime.tsx")).SpaceTime,
  ({ message, onRetry }: MissingProps) => <SpaceTimePanel state={{ kind: "missing", message }} onRetry={onRetry} />,
);

const FORMS: readonly (readonly [StageForm, string])[] = [
  ["both", "Frame + panes"],
  ["frame", "Frame"],
  ["panes", "Panes"],
  ["space-time", "Space-time"],
];

interface SpaceTimeFormsProps {
  /** Those that the figure has, where it has not all of them; what is chosen elsewhere and not among them is the first. */
  readonly forms?: typeof FORMS;
  /** The figure as a large frame, as panes, or as both; of this and the block only what is on show is made. */
  readonly panes: () => ReactNode;
  /** The same as a block. */
  readonly space: () => ReactNode;
}

/** The figure of a view in either form, with the switch between them. */
export function SpaceTimeForms({ forms = FORMS, panes, space }: SpaceTimeFormsProps) {
  const chosen = useSettings((settings) => settings.stage);
  const stage = forms.some(([form]) => form === chosen) ? chosen : forms[0][0];
  return (
    <div className={css.forms}>
      <fieldset className={css.switch}>
        <legend className="visually-hidden">Form of the figure</legend>
        {forms.map(([form, name]) => (
          <button key={form} type="button" aria-pressed={form === stage} onClick={() => setSettings({ stage: form })}>
            {name}
          </button>
        ))}
      </fieldset>
      {stage === "space-time" ? space() : panes()}
    </div>
  );
}
