import type { ReactNode } from "react";
import { short } from "../../figure/scale.ts";
import { FIGURE_TAUS, setSettings, TAU_RANGE, useSettings } from "../../state/settings.ts";
import { Check, Choice, Section, Slider } from "./controls.tsx";
import { useNarrow } from "./narrow.ts";

/** Blocks of the rail that views share: the settings behind them are the same. */

/** The temperature that is steered. */
export function TauSlider() {
  const tau = useSettings((settings) => settings.tau);
  return (
    <Slider
      id="tau"
      label={<i>τ</i>}
      value={tau}
      {...TAU_RANGE}
      log
      ticks={[...FIGURE_TAUS].reverse()}
      format={short}
      onChange={(value) => setSettings({ tau: value })}
    />
  );
}

/** On a narrow page the slider stands below the large frame instead, where both are seen together. */
export function useTauByFrame(): boolean {
  const narrow = useNarrow();
  const form = useSettings((settings) => settings.stage);
  return narrow && (form === "both" || form === "frame");
}

export function TauSection({ children }: { readonly children?: ReactNode }) {
  const elsewhere = useTauByFrame();
  if (elsewhere && !children) return null;
  return (
    <Section title="Temperature">
      {!elsewhere && <TauSlider />}
      {children}
    </Section>
  );
}

export function ScaleChoice() {
  const scale = useSettings((settings) => settings.scale);
  return (
    <Choice
      label="Scale"
      value={scale}
      options={[
        ["shared-log", "shared, log"],
        ["shared-linear", "shared, linear"],
        ["per-row", "per row"],
      ]}
      onChange={(value) => setSettings({ scale: value })}
    />
  );
}

export function TruthCheck({ hasTruth }: { readonly hasTruth: boolean }) {
  const showTruth = useSettings((settings) => settings.showTruth);
  return (
    <Check
      label={hasTruth ? "Truth" : "Truth (this clip has none)"}
      checked={showTruth && hasTruth}
      disabled={!hasTruth}
      onChange={(on) => setSettings({ showTruth: on })}
    />
  );
}
