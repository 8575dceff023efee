import { useMemo } from "react";
import { useFullSize } from "../../state/train/full_size.ts";
import { useCrosshair, useTraining } from "../../state/train/store.ts";
import { type Crosshair, LinePlot } from "../controls/LinePlot.tsx";
import { trainPlots } from "./plots.ts";
import css from "./Train.module.css";

const CROSSHAIR: Crosshair = {
  useAt: () => useCrosshair(({ hover, pinned }) => hover ?? pinned),
  onMove: (x) => useCrosshair.setState({ hover: x === null ? null : Math.round(x) }),
  onPin: (x) => useCrosshair.setState({ pinned: Math.round(x) }),
};

/** Curves of all drawn runs, over one another and under one crosshair. */
export function TrainCharts() {
  const runs = useTraining((training) => training.runs);
  const fullSize = useFullSize((open) => open.runs);
  const charts = useMemo(() => {
    const drawn = ({ drawn: is }: { readonly drawn: boolean }) => is;
    return trainPlots(runs.filter(drawn), fullSize.filter(drawn));
  }, [runs, fullSize]);
  if (charts.length === 0) return null;
  return (
    <div className={css.charts} data-testid="train-charts">
      {charts.map(({ title, y, series, x }) => (
        <LinePlot key={title} title={title} x={x} y={y} series={series} crosshair={CROSSHAIR} />
      ))}
    </div>
  );
}
