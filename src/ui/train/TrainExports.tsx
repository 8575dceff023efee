import { figurePng } from "../../figure/export.ts";
import { short } from "../../figure/scale.ts";
import { trainFigure } from "../../figure/train_figure.ts";
import { checkpointOf } from "../../state/train/save.ts";
import { selectedRun, useTraining } from "../../state/train/store.ts";
import { encoderTraits, LOSSES } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import { saveBlob, saveJson } from "../controls/download.ts";
import css from "../controls/Rail.module.css";
import { pickMetrics, pickSafetensors } from "../files/picker.ts";
import { chartsPng, chartsSvg, runJson, runsCsv } from "./files.ts";
import { useTrainInput } from "./input.ts";
import { inputName, recipeWords } from "./words.ts";

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
  const csv = () => new Blob([runsCsv(runs.filter(({ drawn }) => drawn))], { type: "text/csv" });
  const projector = async () => {
    const bytes = await checkpointOf(run);
    if (bytes) saveBlob(stem, "safetensors", new Blob([bytes], { type: "application/octet-stream" }));
  };
  const figure = async () => {
    if (!input) return;
    const caption = `${run.data.clipName}: step ${input.step}; ${recipeWords(run.recipe)}; teacher ${encoderTraits(run.data.encoder).name}; learns from ${inputName(run.data.input)}; heatmaps at τ = ${short(input.tau)}.`;
    saveBlob(stem, "png", await figurePng(trainFigure(input), caption));
  };
  return (
    <>
      <Button onClick={() => saveJson(stem, runJson(run))}>Run JSON</Button>
      <Button onClick={() => saveBlob(stem, "csv", csv())}>CSV</Button>
      <Button onClick={() => saveBlob(`${stem} charts`, "svg", chartsSvg())}>Charts SVG</Button>
      <Button onClick={() => void chartsPng().then((blob) => saveBlob(`${stem} charts`, "png", blob))}>
        Charts PNG
      </Button>
      <Button onClick={() => void figure()}>Figure PNG</Button>
      <Button onClick={() => void projector()}>Projector</Button>
    </>
  );
}
