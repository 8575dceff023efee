import { useCallback, useState } from "react";
import type { Plot } from "../../figure/plot.ts";
import { chartsAcross, plotsDrawing } from "../../figure/plot_print.ts";
import type { PrintChoices } from "../../state/figure_choices.ts";
import { Composer, Picks, SideBySide } from "./Composer.tsx";

interface PlotComposerProps {
  readonly plots: readonly Plot[];
  readonly caption: string;
  readonly stem: string;
  readonly onClose: () => void;
}

/** Composes charts: which of them, how many side by side. */
export function PlotComposer({ plots, ...about }: PlotComposerProps) {
  const [chosen, setChosen] = useState<readonly number[]>(() => plots.map((_, i) => i));
  const [columns, setColumns] = useState(0);
  const compose = useCallback(
    (print: PrintChoices, caption: string) =>
      plotsDrawing(
        chosen.map((i) => plots[i]),
        caption,
        { ...print, columns: columns || chartsAcross(print.widthMm) },
      ),
    [plots, chosen, columns],
  );
  return (
    <Composer compose={compose} lettered={plots.length > 1} {...about}>
      <SideBySide what="Charts" most={Math.min(4, chosen.length)} value={columns} onChange={setColumns} />
      <Picks legend="Charts" all={plots.map(({ title }, i) => [i, title])} chosen={chosen} onChange={setChosen} />
    </Composer>
  );
}
