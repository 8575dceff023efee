import { useSession } from "../../state/session.ts";
import { ClipPage } from "../page/ClipPage.tsx";
import { useTrainSentence } from "./input.ts";
import { TrainNotes } from "./TrainNotes.tsx";
import { TrainRail } from "./TrainRail.tsx";
import { TrainStage } from "./TrainStage.tsx";

export function TrainView() {
  const ready = useSession((session) => session.encoded !== null);
  const sentence = useTrainSentence();
  return (
    <ClipPage
      title="Train a student on the correspondences of a clip"
      rail={<TrainRail />}
      stage={ready && <TrainStage />}
      notes={<TrainNotes />}
      sentence={sentence}
    />
  );
}
