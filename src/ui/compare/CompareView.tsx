import type { CompareInput } from "../../figure/compare_figure.ts";
import { spaceSentence } from "../../scene/path_words.ts";
import { compareSpace } from "../../scene/space_input.ts";
import { useSettings } from "../../state/settings.ts";
import { ClipPage } from "../page/ClipPage.tsx";
import { compareSentence } from "../page/LiveRegion.tsx";
import { CompareNotes } from "./CompareNotes.tsx";
import { CompareRail } from "./CompareRail.tsx";
import { CompareStage } from "./CompareStage.tsx";
import { useCompareInput } from "./input.ts";

/** What a screen reader hears of the block instead of the panes: the whole path. */
const compareWords = (input: CompareInput) => spaceSentence(compareSpace(input, 0, "teacher"));

export function CompareView() {
  const input = useCompareInput();
  const words = useSettings((settings) => settings.stage) === "space-time" ? compareWords : compareSentence;
  return (
    <ClipPage
      title="Compare a student with a teacher on one clip"
      rail={<CompareRail input={input} />}
      stage={input && <CompareStage input={input} />}
      notes={<CompareNotes input={input} />}
      sentence={input ? words(input) : ""}
    />
  );
}
