import { isBroughtId } from "../encoders/brought.ts";
import { encoderTraits } from "../encoders/input.ts";
import type { ClipInfo, StudentId } from "./protocol.ts";

/** What the user should know of an encoder that takes one input only; nothing for the others. */
export function inputNotices(encoder: StudentId, { container }: ClipInfo): string[] {
  const { fixed, name } = encoderTraits(encoder);
  // What brought features were made from is not known here.
  if (!fixed || isBroughtId(encoder)) return [];
  const { tubelet, size } = fixed;
  const shared = `${name} looks at ${tubelet} frames at a time: each ${tubelet === 2 ? "pair of" : `run of ${tubelet}`} columns has the same features`;
  if (container === "sandbox") return [shared];
  return [
    shared,
    `${name} was trained on the sandbox and is measured there alone: this clip is squeezed to ${size.width}×${size.height} px`,
  ];
}
