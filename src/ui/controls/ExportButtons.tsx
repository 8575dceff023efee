import { type ExploreInput, exploreFigure } from "../../figure/explore_figure.ts";
import { csvFile, exploreCaption, featuresFile, jsonFile } from "../../figure/export.ts";
import { request } from "../../state/compute.ts";
import { exploreOrigin } from "../../state/provenance.ts";
import { useSession } from "../../state/session.ts";
import { FigureButtons } from "../figure/FigureButtons.tsx";
import { withoutEnding } from "../files/names.ts";
import { Button } from "./controls.tsx";
import { saveBlob } from "./download.ts";
import css from "./Rail.module.css";

/** Every figure and every number that is on screen, as a file. */
export function ExportButtons({ input }: { readonly input: ExploreInput }) {
  const name = withoutEnding(useSession((session) => session.clip?.name ?? "clip"));
  const save = async (extension: string, make: () => Promise<Blob | undefined>) => {
    const blob = await make();
    if (blob) saveBlob(`${name} ${input.encoded.encoder}`, extension, blob);
  };
  const origin = () => exploreOrigin(input.encoded);
  const features = async () => {
    const reply = await request({ type: "features" });
    return reply && featuresFile(input, reply, origin());
  };
  return (
    <div className={css.row}>
      <FigureButtons
        figure={() => exploreFigure(input)}
        caption={() => exploreCaption(input, name)}
        stem={`${name} ${input.encoded.encoder}`}
      />
      <Button onClick={() => void save("json", async () => jsonFile(input, origin()))}>JSON</Button>
      <Button onClick={() => void save("csv", async () => csvFile(input, origin()))}>CSV</Button>
      <Button onClick={() => void save("safetensors", features)}>Features</Button>
    </div>
  );
}
