import { useState } from "react";
import type { Plot } from "../../figure/plot.ts";
import { short } from "../../figure/scale.ts";
import { type TrainInput, trainFigure } from "../../figure/train_figure.ts";
import { trainOrigin } from "../../state/provenance.ts";
import { checkpointOf } from "../../state/train/save.ts";
import { selectedRun, useTraining } from "../../state/train/store.ts";
import { encoderTraits, LOSSES } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import { saveBlob, saveJson } from "../controls/download.ts";
import { ExportSection, FileGroup } from "../controls/ExportSection.tsx";
import { FigureButtons, FigureFiles } from "../figure/FigureButtons.tsx";
import { pickMetrics, pickSafetensors } from "../files/picker.ts";
import { later } from "../later.tsx";
import { type Charts, chartsCaption, chartsOf, saveCharts } from "./chart_files.ts";
import { runJson, runsCsv, runsJson, runsTableCsv, stemOf } from "./files.ts";
import { useTrainInput } from "./input.ts";
import { inputName, recipeWords } from "./words.ts";

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
  const stemAt = (step: number) => `${run.data.clipName} ${LOSSES[run.recipe.loss].name} step ${step}`;
  const stem = stemAt(run.step);
  // What the charts draw; of runs that were all put away, the chosen one.
  const drawn = runs.some(({ drawn: is }) => is) ? runs.filter(({ drawn: is }) => is) : [run];
  const several = stemOf(drawn);
  const csv = (text: string) => new Blob([text], { type: "text/csv" });
  const projector = async () => {
    const found = await checkpointOf(run);
    if (!found) return;
    saveBlob(stemAt(found.step), "safetensors", new Blob([found.bytes], { type: "application/octet-stream" }));
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

function ChartComposing({ runs, stem }: Charts) {
  const [composed, setComposed] = useState<readonly Plot[] | null>(null);
  return (
    <>
      <Button onClick={() => setComposed(chartsOf(runs))}>Charts …</Button>
      {composed && (
        <PlotComposer plots={composed} caption={chartsCaption(runs)} stem={stem} onClose={() => setComposed(null)} />
      )}
    </>
  );
}

function ChartFiles(charts: Charts) {
  return (
    <FileGroup title="Charts">
      <Button onClick={() => void saveCharts("svg", charts)}>Charts SVG</Button>
      <Button onClick={() => void saveCharts("png", charts)}>Charts PNG</Button>
    </FileGroup>
  );
}
