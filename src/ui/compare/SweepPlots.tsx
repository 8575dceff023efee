import { QUERY_COLORS } from "../../figure/colors.ts";
import { SWEEP_TAUS, useComparison } from "../../state/compare/compare.ts";
import { useSettings } from "../../state/settings.ts";
import type { LossValue } from "../../worker/protocol.ts";
import { type AxisSpec, LinePlot, type Series } from "../controls/LinePlot.tsx";

const TAU: AxisSpec = { label: "τ", log: true, range: [SWEEP_TAUS[0], SWEEP_TAUS[SWEEP_TAUS.length - 1]] };

/** Loss and gradient against temperature on this clip: why τ matters. */
export function SweepPlots() {
  const sweep = useComparison((comparison) => comparison.sweep);
  const tau = useSettings((settings) => settings.tau);
  const series = (of: (value: LossValue) => number): Series[] => [
    { name: "TSA", color: QUERY_COLORS[1], points: sweep.map((point) => [point.tau, of(point.tsa)]) },
    { name: "M-TSA", color: QUERY_COLORS[5], dash: "5 3", points: sweep.map((point) => [point.tau, of(point.mtsa)]) },
  ];
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
