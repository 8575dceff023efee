import { short } from "../../figure/scale.ts";
import { type TrainInput, trainFigure } from "../../figure/train_figure.ts";
import { trainOrigin } from "../../state/provenance.ts";
import { checkpointOf } from "../../state/train/save.ts";
import { selectedRun, useTraining } from "../../state/train/store.ts";
import { encoderTraits, LOSSES } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import { saveBlob, saveJson } from "../controls/download.ts";
import css from "../controls/Rail.module.css";
import { FigureButtons } from "../figure/FigureButtons.tsx";
import { pickMetrics, pickSafetensors } from "../files/picker.ts";
import { chartsPng, chartsSvg, runJson, runsCsv, runsJson, runsTableCsv, stemOf } from "./files.ts";
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
      <Button onClick={() => saveBlob(`${several} charts`, "svg", chartsSvg())}>Charts SVG</Button>
      <Button onClick={() => void chartsPng().then((blob) => saveBlob(`${several} charts`, "png", blob))}>
        Charts PNG
      </Button>
      {input && <FigureButtons figure={() => trainFigure(input)} caption={() => caption(input)} stem={stem} />}
      <Button onClick={() => void projector()}>Projector</Button>
    </>
  );
}
