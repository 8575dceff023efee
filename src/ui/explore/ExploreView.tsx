import type { ExploreInput } from "../../figure/explore_figure.ts";
import { spaceSentence } from "../../scene/path_words.ts";
import { exploreSpace } from "../../scene/space_input.ts";
import { useSettings } from "../../state/settings.ts";
import { ExploreNotes } from "../notes/Notes.tsx";
import { ClipPage } from "../page/ClipPage.tsx";
import { exploreSentence } from "../page/LiveRegion.tsx";
import { ExploreRail } from "./ExploreRail.tsx";
import { ExploreStage } from "./ExploreStage.tsx";
import { useExploreInput } from "./input.ts";

/** What a screen reader hears of the block instead of the panes: the whole path. */
const exploreWords = (input: ExploreInput) => spaceSentence(exploreSpace(input));

export function ExploreView() {
  const input = useExploreInput();
  const words = useSettings((settings) => settings.stage) === "space-time" ? exploreWords : exploreSentence;
  return (
    <ClipPage
      title="Explore the correspondences of a clip"
      rail={<ExploreRail input={input} />}
      stage={input && <ExploreStage input={input} />}
      notes={<ExploreNotes input={input} />}
      sentence={input ? words(input) : ""}
    />
  );
}
