/** The charts of Train's runs for a paper. */
import type { Plot } from "../../figure/plot.ts";
import { chartsAcross, plotsDrawing } from "../../figure/plot_print.ts";
import { usePrintChoices } from "../../state/figure_choices.ts";
import { useFullSize } from "../../state/train/full_size.ts";
import type { TrainRun } from "../../state/train/store.ts";
import { saveBlob } from "../controls/download.ts";
import { withKept } from "../figure/writer.ts";
import { trainPlots } from "./plots.ts";
import { recipeWords, whatDiffers } from "./words.ts";

export interface Charts {
  readonly runs: readonly TrainRun[];
  /** What the files are called. */
  readonly stem: string;
}

export const chartsCaption = (runs: readonly TrainRun[]): string =>
  runs.map((run) => `${whatDiffers(run, runs)}: ${recipeWords(run.recipe)}`).join("; ");

export const chartsOf = (runs: readonly TrainRun[]): readonly Plot[] =>
  trainPlots(
    runs,
    useFullSize.getState().runs.filter(({ drawn }) => drawn),
  );

/** All charts as one file, as figures were made last. */
export const saveCharts = (extension: "svg" | "png", { runs, stem }: Charts): Promise<void> => {
  const { dpi, ...print } = usePrintChoices.getState();
  const drawing = () =>
    plotsDrawing(chartsOf(runs), chartsCaption(runs), { ...print, columns: chartsAcross(print.widthMm) });
  return withKept(drawing, async ({ drawingPng, drawingSvg }, made) =>
    saveBlob(stem, extension, await (extension === "png" ? drawingPng(made, dpi) : drawingSvg(made))),
  );
};
