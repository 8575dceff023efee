import { dismissFailure, retry, shrinkSettings } from "../../state/explore/explore.ts";
import { leaveBrought } from "../../state/features.ts";
import { leaveOwn } from "../../state/leave.ts";
import { putMaskAway } from "../../state/mask/mask.ts";
import { useSession } from "../../state/session.ts";
import { DEFAULTS } from "../../state/settings.ts";
import { encoderTraits, type Failure, type FailureCode, isModelId, isTrainedId } from "../../worker/protocol.ts";
import { openClipMenu } from "../clip/ClipMenu.tsx";
import { Button } from "../controls/controls.tsx";
import { pickFile, pickMask, pickModel, pickSafetensors, pickTruth } from "../files/picker.ts";
import { FailureBlock } from "./FailureBlock.tsx";

type Action =
  | "retry"
  | "again"
  | "features"
  | "own-encoder"
  | "truth"
  | "mask"
  | "own-mask"
  | "model"
  | "no-model"
  | "student"
  | "no-student"
  | "other-clip"
  | "menu"
  | "smaller"
  | "reload";

/** Title and next action of each failure, the first action being the advised one. */
const PANELS: Readonly<Record<FailureCode, readonly [title: string, ...actions: Action[]]>> = {
  "no-webgpu": ["This browser has no WebGPU", "reload"],
  "no-adapter": ["WebGPU found no graphics adapter", "reload"],
  limits: ["Too large for this GPU", "smaller", "other-clip"],
  "out-of-memory": ["The GPU ran out of memory", "smaller", "retry"],
  "device-lost": ["The GPU was lost", "retry", "reload"],
  "codec-unsupported": ["This browser cannot decode that video", "other-clip"],
  "container-unsupported": ["No browser reads that kind of file", "other-clip"],
  "no-video-track": ["There is no video in that file", "other-clip"],
  "not-a-video": ["That file is not a video", "other-clip"],
  "empty-file": ["That file is empty", "other-clip"],
  truncated: ["The file ends too early", "other-clip", "retry"],
  "too-few-frames": ["Too few frames", "other-clip"],
  "clip-too-small": ["The picture is too small", "other-clip"],
  "file-too-large": ["The file is too large", "other-clip"],
  "file-changed": ["The file is no longer what it was", "again"],
  "model-hash": ["The model's file is not the one that was shipped", "retry"],
  "model-download": ["The model could not be loaded", "retry"],
  "file-missing": ["A file of this page is not on its server", "reload", "retry"],
  "file-download": ["A file of this page could not be loaded", "retry", "reload"],
  "sandbox-prompt": ["The sandbox cannot make that clip", "menu"],
  "clip-file": ["That file holds no clip of the sandbox", "menu"],
  "features-file": ["Those features cannot be used", "features", "own-encoder"],
  "features-missing": ["These features are somebody's own", "features", "own-encoder"],
  "truth-file": ["Those tracks cannot be used", "truth"],
  "mask-file": ["That mask cannot be used", "mask"],
  "mask-missing": ["This mask is not here", "mask", "own-mask"],
  "model-file": ["That model cannot be used", "model", "no-model"],
  "model-missing": ["This model is somebody's own", "model", "no-model"],
  "student-file": ["That student cannot be used", "student", "no-student"],
  "student-missing": ["This student is not here", "student", "no-student"],
  "nothing-to-break": ["That clip has nothing of the kind to break", "menu"],
  "bad-request": ["That setting cannot be used", "smaller", "retry"],
  internal: ["Something went wrong", "retry", "reload"],
};

const NAMES: Readonly<Record<Action, string>> = {
  retry: "Try again",
  again: "Choose it again …",
  features: "Open the features …",
  truth: "Open other tracks …",
  model: "Open the model …",
  "no-model": `Use ${encoderTraits(DEFAULTS.encoder).name}`,
  student: "Open its checkpoint …",
  "no-student": `Use ${encoderTraits(DEFAULTS.encoder).name}`,
  mask: "Open the mask …",
  "own-mask": "Use the motion's",
  "own-encoder": `Use ${encoderTraits(DEFAULTS.encoder).name}`,
  "other-clip": "Choose another video …",
  menu: "Choose another clip …",
  smaller: "Use smaller settings",
  reload: "Reload the page",
};

const ACTIONS: Readonly<Record<Action, () => void>> = {
  retry,
  again: () => pickFile(),
  features: pickSafetensors,
  truth: pickTruth,
  model: pickModel,
  "no-model": () => leaveOwn(isModelId),
  student: pickSafetensors,
  "no-student": () => leaveOwn(isTrainedId),
  mask: pickMask,
  "own-mask": putMaskAway,
  "own-encoder": leaveBrought,
  "other-clip": () => pickFile(),
  menu: openClipMenu,
  smaller: shrinkSettings,
  reload: () => location.reload(),
};

/** A few words for what went wrong. */
export const failureTitle = (code: FailureCode): string => PANELS[code][0];

/** Every failure has a sentence, a next action and a report to copy. */
export function FailurePanel({ failure }: { readonly failure: Failure }) {
  const lastGood = useSession((session) => session.lastGood?.name);
  const [title, ...actions] = PANELS[failure.code];
  return (
    <FailureBlock failure={failure} title={title}>
      {actions.map((action, i) => (
        <Button key={action} primary={i === 0} onClick={ACTIONS[action]}>
          {NAMES[action]}
        </Button>
      ))}
      <Button onClick={dismissFailure}>{lastGood ? `Back to “${lastGood}”` : "Use a built-in clip"}</Button>
    </FailureBlock>
  );
}
