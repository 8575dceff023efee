import { useState } from "react";
import type { Plot } from "../../figure/plot.ts";
import { plotsDrawing } from "../../figure/plot_print.ts";
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
import css from "../controls/Rail.module.css";
import { FigureButtons } from "../figure/FigureButtons.tsx";
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
  return (
    <div className={css.row}>
      {run && <RunExports />}
      <Button onClick={pickSafetensors}>Open a checkpoint …</Button>
      <Button onClick={pickMetrics}>Open a full-size run …</Button>
    </div>
  );
}

function RunExports() {
  const run = useTraining(selectedRun);
  const runs = useTraining((training) => training.runs);
  const input = useTrainInput();
  if (!run) return null;
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
  return (
    <>
      <Button onClick={() => saveJson(stem, runJson(run), trainOrigin(run))}>Run JSON</Button>
      {drawn.length > 1 && (
        <Button onClick={() => saveJson(several, runsJson(drawn), trainOrigin(run))}>Drawn runs JSON</Button>
      )}
      <Button onClick={() => saveBlob(several, "csv", csv(runsCsv(drawn)))}>CSV</Button>
      <Button onClick={() => saveBlob(`${several} table`, "csv", csv(runsTableCsv(drawn)))}>Table CSV</Button>
      <ChartExports runs={drawn} stem={`${several} charts`} />
      {input && <FigureButtons figure={() => trainFigure(input)} caption={() => caption(input)} stem={stem} />}
      <Button onClick={() => void projector()}>Projector</Button>
    </>
  );
}

/** Charts side by side in a file that was not composed first. */
const COLUMNS = 2;

function ChartExports({ runs, stem }: { readonly runs: readonly TrainRun[]; readonly stem: string }) {
  const [composed, setComposed] = useState<readonly Plot[] | null>(null);
  const { dpi, ...print } = usePrintChoices();
  const caption = runs.map((run) => `${whatDiffers(run, runs)}: ${recipeWords(run.recipe)}`).join("; ");
  const plots = () =>
    trainPlots(
      runs,
      useFullSize.getState().runs.filter(({ drawn }) => drawn),
    );
  const drawing = () => plotsDrawing(plots(), caption, { ...print, columns: COLUMNS });
  const save = async (extension: string, made: Promise<Blob>) => saveBlob(stem, extension, await made);
  return (
    <>
      <Button onClick={() => setComposed(plots())}>Charts …</Button>
      <Button onClick={() => void save("svg", drawingSvg(drawing()))}>Charts SVG</Button>
      <Button onClick={() => void save("png", drawingPng(drawing(), dpi))}>Charts PNG</Button>
      {composed && <PlotComposer plots={composed} caption={caption} stem={stem} onClose={() => setComposed(null)} />}
    </>
  );
}
