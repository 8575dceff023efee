import { exploreCaption } from "../../figure/captions.ts";
import { type ExploreInput, exploreFigure } from "../../figure/explore_figure.ts";
import { featuresOf } from "../../state/explore/explore.ts";
import { exploreOrigin } from "../../state/provenance.ts";
import { useSession } from "../../state/session.ts";
import { FigureButtons, FigureFiles } from "../figure/FigureButtons.tsx";
import { withKept } from "../figure/writer.ts";
import { withoutEnding } from "../files/names.ts";
import { Button } from "./controls.tsx";
import { saveBlob } from "./download.ts";
import { ExportSection, FileGroup } from "./ExportSection.tsx";

/** Every figure and every number that is on screen, as a file. */
export function ExportButtons({ input }: { readonly input: ExploreInput }) {
  const name = withoutEnding(useSession((session) => session.clip?.name ?? "clip"));
  const stem = `${name} ${input.encoded.encoder}`;
  const origin = () => exploreOrigin(input.encoded);
  const json = () => withKept(origin, async ({ jsonFile }, from) => saveBlob(stem, "json", jsonFile(input, from)));
  const csv = () => withKept(origin, async ({ csvFile }, from) => saveBlob(stem, "csv", csvFile(input, from)));
  const features = () =>
    withKept(
      () => ({ from: origin(), encodedFor: useSession.getState().encodedFor }),
      async ({ featuresFile }, { from, encodedFor }) => {
        const found = await featuresOf(encodedFor);
        if (found) saveBlob(stem, "safetensors", featuresFile(input, found, from));
      },
    );
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
