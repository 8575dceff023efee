import { drawSeed } from "../../state/evaluate/sandbox.ts";
import { alphas, type Blocks, LAST_T, type Noising, RECIPE_RANGES } from "../../worker/protocol.ts";
import { Button, Check, Choice, NumberField, Slider } from "../controls/controls.tsx";
import css from "../controls/Rail.module.css";

/** Share of x_t's variance that is the clip's, by t. */
const SIGNAL = alphas();

interface NoiseControlsProps {
  /** Of the slider, where there may be two. */
  readonly id: string;
  readonly noising: Noising;
  readonly blocks: Blocks;
  readonly onChange: (change: Partial<Noising>) => void;
}

/** How much noise a diffusion student is shown the clip in, and after which of its blocks it is read. */
export function NoiseControls({ id, noising: { t, block, given, seed }, blocks, onChange }: NoiseControlsProps) {
  const clip = Math.round(100 * SIGNAL[t]);
  const layers = Array.from({ length: blocks.count }, (_, i) => [i + 1, blockName(i + 1, blocks)] as const);
  return (
    <>
      <Slider
        id={id}
        label={
          <>
            noise level <i>t</i>
          </>
        }
        value={t}
        low={0}
        high={LAST_T}
        ticks={[0, 250, 500, 750, LAST_T]}
        format={String}
        onChange={(value) => onChange({ t: Math.round(value) })}
      />
      <p className={css.hint}>
        What it is shown: {clip} % clip, {100 - clip} % noise (shares of the variance).
      </p>
      <Choice label="Layer" value={block} options={layers} onChange={(value) => onChange({ block: value })} />
      <Check label="First 4 frames without noise" checked={given} onChange={(on) => onChange({ given: on })} />
      <NumberField
        label="Noise seed"
        value={seed}
        min={RECIPE_RANGES.seed[0]}
        max={RECIPE_RANGES.seed[1]}
        step={1}
        onChange={(value) => onChange({ seed: Math.round(value) })}
      />
      <div className={css.row}>
        <Button onClick={() => onChange({ seed: drawSeed() })}>Other noise</Button>
      </div>
    </>
  );
}

export const blockName = (block: number, { aligned }: Blocks): string =>
  block === aligned ? `block ${block}, aligned` : `block ${block}`;
