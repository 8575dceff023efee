import type { ReactNode } from "react";
import { short } from "../../figure/scale.ts";
import { MARGIN_RANGE, RHO_RANGE, TAU_RANGE } from "../../state/settings.ts";
import { type LossKind, reads } from "../../worker/protocol.ts";
import { Slider } from "../controls/controls.tsx";

interface Numbers {
  readonly tau: number;
  readonly rho: number;
  readonly margin: number;
}

interface LossNumbersProps {
  readonly loss: LossKind;
  readonly values: Numbers;
  /** The sliders' ids, which the letters of the notes lead to. */
  readonly ids: Readonly<Record<keyof Numbers, string>>;
  readonly tauLabel: ReactNode;
  /** In the place of ρ, where it decides nothing. */
  readonly insteadOfRho?: ReactNode;
  readonly onChange: (changed: Partial<Numbers>) => void;
}

/** Sliders of what a loss reads. */
export function LossNumbers({ loss, values, ids, tauLabel, insteadOfRho, onChange }: LossNumbersProps) {
  return (
    <>
      {reads(loss, "tau") && (
        <Slider
          id={ids.tau}
          label={tauLabel}
          value={values.tau}
          {...TAU_RANGE}
          log
          ticks={[0.01, 0.1, 1]}
          format={short}
          onChange={(tau) => onChange({ tau })}
        />
      )}
      {reads(loss, "rho") &&
        (insteadOfRho || (
          <Slider
            id={ids.rho}
            label={
              <>
                queries kept, <i>ρ</i>
              </>
            }
            value={values.rho}
            {...RHO_RANGE}
            ticks={[0.2, 0.5, 1]}
            format={(value) => `${Math.round(value * 100)} %`}
            onChange={(rho) => onChange({ rho })}
          />
        ))}
      {reads(loss, "margin") && (
        <Slider
          id={ids.margin}
          label="margin"
          value={values.margin}
          {...MARGIN_RANGE}
          ticks={[0, 0.1, 0.5]}
          format={short}
          onChange={(margin) => onChange({ margin })}
        />
      )}
    </>
  );
}
