import { short } from "../../figure/scale.ts";
import { FIGURE_TAUS, RHO_RANGE, setSettings, TAU_RANGE, usePicked, useSettings } from "../../state/settings.ts";
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
export function TauSection() {
  const narrow = useNarrow();
  const form = useSettings((settings) => settings.stage);
  if (narrow && (form === "both" || form === "frame")) return null;
  return (
    <Section title="Temperature">
      <TauSlider />
    </Section>
  );
}

interface MaskSectionProps {
  /** A frame, once a clip is encoded. */
  readonly tokens: number | undefined;
  /** The mask, once it is there. */
  readonly mask: Uint8Array | undefined;
}

export function MaskSection({ tokens, mask }: MaskSectionProps) {
  const { rho, showMask } = usePicked("rho", "showMask");
  const kept = mask && tokens && keptWords(mask, mask.length / tokens);
  return (
    <Section title="Motion mask">
      <Slider
        id="rho"
        label={
          <>
            keep <i>ρ</i>
            {kept && ` (${kept} of ${tokens} tokens)`}
          </>
        }
        value={rho}
        {...RHO_RANGE}
        ticks={[0.2, 0.5, 1]}
        format={(value) => `${Math.round(value * 100)} %`}
        onChange={(value) => setSettings({ rho: value, showMask: true })}
      />
      <Check label="Show the mask" checked={showMask} onChange={(on) => setSettings({ showMask: on })} />
    </Section>
  );
}

/** Tokens that a frame keeps: one number where all keep as many. */
function keptWords(mask: Uint8Array, F: number): string {
  const S = mask.length / F;
  const kept = Array.from({ length: F }, (_, f) => mask.subarray(f * S, (f + 1) * S).reduce((a, b) => a + b, 0));
  const [least, most] = [Math.min(...kept), Math.max(...kept)];
  return least === most ? String(most) : `${least} to ${most}`;
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
