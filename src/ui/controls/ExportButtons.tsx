import { exploreCaption } from "../../figure/captions.ts";
import { type ExploreInput, exploreFigure } from "../../figure/explore_figure.ts";
import { request } from "../../state/compute.ts";
import { exploreOrigin } from "../../state/provenance.ts";
import { useSession } from "../../state/session.ts";
import { FigureButtons, FigureFiles } from "../figure/FigureButtons.tsx";
import { withWriter } from "../figure/writer.ts";
import { withoutEnding } from "../files/names.ts";
import { Button } from "./controls.tsx";
import { saveBlob } from "./download.ts";
import { ExportSection, FileGroup } from "./ExportSection.tsx";

/** Every figure and every number that is on screen, as a file. */
export function ExportButtons({ input }: { readonly input: ExploreInput }) {
  const name = withoutEnding(useSession((session) => session.clip?.name ?? "clip"));
  const stem = `${name} ${input.encoded.encoder}`;
  const origin = () => exploreOrigin(input.encoded);
  const json = () => withWriter(async ({ jsonFile }) => saveBlob(stem, "json", jsonFile(input, origin())));
  const csv = () => withWriter(async ({ csvFile }) => saveBlob(stem, "csv", csvFile(input, origin())));
  const features = () =>
    withWriter(async ({ featuresFile }) => {
      const reply = await request({ type: "features" });
      if (reply) saveBlob(stem, "safetensors", await featuresFile(input, reply, origin()));
    });
  const figure = { figure: () => exploreFigure(input), caption: () => exploreCaption(input, name), stem };
  return (
    <ExportSection
      files={
        <>
          <FigureFiles {...figure} />
          <FileGroup
            title="Numbers"
            about="Matches of every query in every frame, in tokens, pixels and frames of the file."
          >
            <Button onClick={() => void json()}>JSON</Button>
            <Button onClick={() => void csv()}>CSV</Button>
          </FileGroup>
          <FileGroup
            title="Features"
            about="The encoder's, of every token, as safetensors. Dropped here they come back as an encoder."
          >
            <Button onClick={() => void features()}>Features</Button>
          </FileGroup>
        </>
      }
    >
      <FigureButtons {...figure} />
    </ExportSection>
  );
}
