import { useSession } from "../../state/session.ts";
import { useSettings } from "../../state/settings.ts";
import { ClipPage } from "../page/ClipPage.tsx";
import { StudentView } from "../student/StudentView.tsx";
import { useTrainSentence } from "./input.ts";
import { TrainNotes } from "./TrainNotes.tsx";
import { TrainRail } from "./TrainRail.tsx";
import { TrainStage } from "./TrainStage.tsx";

/** What learns has its own page: the projector on the open clip, or the diffusion student on a task. */
export function TrainView() {
  const learns = useSettings((settings) => settings.learns);
  return learns === "student" ? <StudentView /> : <ProjectorView />;
}

function ProjectorView() {
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
