import { type ExploreInput, exploreFigure } from "../../figure/explore_figure.ts";
import { csvFile, exploreCaption, featuresFile, figurePng, figureSvg, jsonFile } from "../../figure/export.ts";
import { request } from "../../state/compute.ts";
import { useSession } from "../../state/session.ts";
import { Button } from "./controls.tsx";
import { saveBlob } from "./download.ts";
import css from "./Rail.module.css";

/** Every figure and every number that is on screen, as a file. */
export function ExportButtons({ input }: { readonly input: ExploreInput }) {
  const name = useSession((session) => session.clip?.name ?? "clip").replace(/\.[^.]*$/, "");
  const save = async (extension: string, make: () => Promise<Blob | undefined>) => {
    const blob = await make();
    if (blob) saveBlob(`${name} ${input.encoded.encoder}`, extension, blob);
  };
  const features = async () => {
    const reply = await request({ type: "features" });
    return reply && featuresFile(input, reply);
  };
  return (
    <div className={css.row}>
      <Button onClick={() => void save("png", () => figurePng(exploreFigure(input), exploreCaption(input, name)))}>
        PNG
      </Button>
      <Button onClick={() => void save("svg", () => figureSvg(exploreFigure(input), exploreCaption(input, name)))}>
        SVG
      </Button>
      <Button onClick={() => void save("json", async () => jsonFile(input))}>JSON</Button>
      <Button onClick={() => void save("csv", async () => csvFile(input))}>CSV</Button>
      <Button onClick={() => void save("safetensors", features)}>Features</Button>
    </div>
  );
}
