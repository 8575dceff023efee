import { useState } from "react";
import type { Plot } from "../../figure/plot.ts";
import { chartsAcross, plotsDrawing } from "../../figure/plot_print.ts";
import { drawingPng, drawingSvg } from "../../figure/print.ts";
import { short } from "../../figure/scale.ts";
import { type TrainInput, trainFigure } from "../../figure/train_figure.ts";
import { usePrintChoices } from "../../state/figure_choices.ts";
import { trainOrigin } from "../../state/provenance.ts";
import { useFullSize } from "../../state/train/full_size.ts";
import { checkpointOf } from "../../state/train/save.ts";
import { selectedRun, type TrainRun, useTraining } from "../../state/train/store.ts";
import { encoderTraits, LOSSES } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import { saveBlob, saveJson } from "../controls/download.ts";
import { ExportSection, FileGroup } from "../controls/ExportSection.tsx";
import { FigureButtons, FigureFiles } from "../figure/FigureButtons.tsx";
import { pickMetrics, pickSafetensors } from "../files/picker.ts";
import { later } from "../later.tsx";
import { runJson, runsCsv, runsJson, runsTableCsv, stemOf } from "./files.ts";
import { useTrainInput } from "./input.ts";
import { trainPlots } from "./plots.ts";
import { inputName, recipeWords, whatDiffers } from "./words.ts";

const PlotComposer = later(
  "the composer of figures",
  async () => (await import("../figure/PlotComposer.tsx")).PlotComposer,
);

/** The chosen run and the drawn ones, as files; and the way back in. */
export function TrainExports() {
  const run = useTraining(selectedRun);
  const runs = useTraining((training) => training.runs);
  const input = useTrainInput();
  const back = (
    <FileGroup title="Go on with" about="They can be dropped on the page, too.">
      <Button onClick={pickSafetensors}>Open a checkpoint …</Button>
      <Button onClick={pickMetrics}>Open a full-size run …</Button>
    </FileGroup>
  );
  if (!run) return <ExportSection files={back}>{null}</ExportSection>;
  const stem = `${run.data.clipName} ${LOSSES[run.recipe.loss].name} step ${run.step}`;
  // What the charts draw; of runs that were all put away, the chosen one.
  const drawn = runs.some(({ drawn: is }) => is) ? runs.filter(({ drawn: is }) => is) : [run];
  const several = stemOf(drawn);
  const csv = (text: string) => new Blob([text], { type: "text/csv" });
  const projector = async () => {
    const bytes = await checkpointOf(run);
    if (bytes) saveBlob(stem, "safetensors", new Blob([bytes], { type: "application/octet-stream" }));
  };
  const caption = ({ step, tau }: TrainInput) =>
    `${run.data.clipName}: step ${step}; ${recipeWords(run.recipe)}; teacher ${encoderTraits(run.data.encoder).name}; learns from ${inputName(run.data.input)}; heatmaps at τ = ${short(tau)}.`;
  const figure = input && { figure: () => trainFigure(input), caption: () => caption(input), stem };
  const charts = { runs: drawn, stem: `${several} charts` };
  return (
    <ExportSection
      files={
        <>
          <FileGroup title="All runs that are drawn">
            <Button onClick={() => saveBlob(`${several} table`, "csv", csv(runsTableCsv(drawn)))}>Table CSV</Button>
            <Button onClick={() => saveBlob(several, "csv", csv(runsCsv(drawn)))}>Curves CSV</Button>
            {drawn.length > 1 && (
              <Button onClick={() => saveJson(several, runsJson(drawn), trainOrigin(run))}>Drawn runs JSON</Button>
            )}
          </FileGroup>
          <ChartFiles {...charts} />
          <FileGroup title="The run on show">
            <Button onClick={() => saveJson(stem, runJson(run), trainOrigin(run))}>Run JSON</Button>
            <Button onClick={() => void projector()}>Projector</Button>
          </FileGroup>
          {figure && <FigureFiles {...figure} />}
          {back}
        </>
      }
    >
      <ChartComposing {...charts} />
      {figure && <FigureButtons {...figure} />}
    </ExportSection>
  );
}

interface ChartsProps {
  readonly runs: readonly TrainRun[];
  readonly stem: string;
}

const captionOf = (runs: readonly TrainRun[]): string =>
  runs.map((run) => `${whatDiffers(run, runs)}: ${recipeWords(run.recipe)}`).join("; ");

const plotsOf = (runs: readonly TrainRun[]): readonly Plot[] =>
  trainPlots(
    runs,
    useFullSize.getState().runs.filter(({ drawn }) => drawn),
  );

function ChartComposing({ runs, stem }: ChartsProps) {
  const [composed, setComposed] = useState<readonly Plot[] | null>(null);
  return (
    <>
      <Button onClick={() => setComposed(plotsOf(runs))}>Charts …</Button>
      {composed && (
        <PlotComposer plots={composed} caption={captionOf(runs)} stem={stem} onClose={() => setComposed(null)} />
      )}
    </>
  );
}

function ChartFiles({ runs, stem }: ChartsProps) {
  const { dpi, ...print } = usePrintChoices();
  const drawing = () =>
    plotsDrawing(plotsOf(runs), captionOf(runs), { ...print, columns: chartsAcross(print.widthMm) });
  const save = async (extension: string, made: Promise<Blob>) => saveBlob(stem, extension, await made);
  return (
    <FileGroup title="Charts">
      <Button onClick={() => void save("svg", drawingSvg(drawing()))}>Charts SVG</Button>
      <Button onClick={() => void save("png", drawingPng(drawing(), dpi))}>Charts PNG</Button>
    </FileGroup>
  );
}
