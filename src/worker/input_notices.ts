import { isBroughtId } from "../encoders/brought.ts";
import { encoderTraits } from "../encoders/input.ts";
import { isModelId, type OwnModel, ownModel } from "../encoders/own_model.ts";
import type { ClipInfo, StudentId } from "./protocol.ts";

/** What the user should know of an encoder that takes one input only; nothing for the others. */
export function inputNotices(encoder: StudentId, clip: ClipInfo): string[] {
  const { fixed, name } = encoderTraits(encoder);
  // What brought features were made from is not known here.
  if (!fixed || isBroughtId(encoder)) return [];
  const { tubelet, size } = fixed;
  if (isModelId(encoder)) return ofModel(ownModel(encoder), clip);
  const shared = `${name} looks at ${tubelet} frames at a time: each ${tubelet === 2 ? "pair of" : `run of ${tubelet}`} columns has the same features`;
  if (clip.container === "sandbox") return [shared];
  return [
    shared,
    `${name} was trained on the sandbox and is measured there alone: this clip is squeezed to ${size.width}×${size.height} px`,
  ];
}

/** Beyond this the user sees it. */
const SQUEEZE = 1.1;

function ofModel({ name, tubelet, width, height }: OwnModel, clip: ClipInfo): string[] {
  const squeeze = Math.abs(Math.log((clip.width * height) / (clip.height * width)));
  return [
    ...(tubelet > 1
      ? [`“${name}” looks at ${tubelet} frames at a time: each ${tubelet} columns have the same features`]
      : []),
    ...(squeeze > Math.log(SQUEEZE) ? [`“${name}” takes ${width}×${height} px: the clip is squeezed to that`] : []),
  ];
}
