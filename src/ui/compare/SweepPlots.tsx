import { QUERY_COLORS } from "../../figure/colors.ts";
import type { AxisSpec, Series } from "../../figure/plot.ts";
import { useComparison } from "../../state/compare/store.ts";
import { SWEEP_TAUS } from "../../state/compare/wanted.ts";
import { useSettings } from "../../state/settings.ts";
import { LOSSES, type LossValue, TEMPERED_LOSSES } from "../../worker/protocol.ts";
import { LinePlot } from "../controls/LinePlot.tsx";

const TAU: AxisSpec = { label: "τ", log: true, range: [SWEEP_TAUS[0], SWEEP_TAUS[SWEEP_TAUS.length - 1]] };

const STYLES = [{ color: QUERY_COLORS[1] }, { color: QUERY_COLORS[5], dash: "5 3" }];

/** Loss and gradient against temperature on this clip: why τ matters. */
export function SweepPlots() {
  const sweep = useComparison((comparison) => comparison.sweep);
  const tau = useSettings((settings) => settings.tau);
  const series = (of: (value: LossValue) => number): Series[] =>
    TEMPERED_LOSSES.map((kind, i) => ({
      name: LOSSES[kind].name,
      ...STYLES[i % STYLES.length],
      points: sweep.flatMap(({ tau: at, [kind]: value }) => (value ? [[at, of(value)] as const] : [])),
    }));
  return (
    <>
      <LinePlot
        dots
        title="Loss against τ"
        x={TAU}
        y={{ label: "loss", log: true }}
        at={tau}
        series={series((v) => v.loss)}
      />
      <LinePlot
        dots
        title="Gradient norm against τ"
        x={TAU}
        y={{ label: "norm", log: true }}
        at={tau}
        series={series((v) => v.gradNorm)}
      />
    </>
  );
}
