import type { StudentId } from "../worker/protocol.ts";
import { retry } from "./explore/explore.ts";
import { chooseEncoder, chooseStudentEncoder } from "./sampling.ts";
import { setSession } from "./session.ts";
import { DEFAULTS, useSettings } from "./settings.ts";

/** Back to an encoder that the page has, on whichever side one of the user's own cannot be had. */
export function leaveOwn(isOwn: (id: StudentId) => boolean): void {
  const { encoder, studentEncoder } = useSettings.getState();
  setSession({ failure: null });
  if (isOwn(studentEncoder)) chooseStudentEncoder(DEFAULTS.studentEncoder);
  if (isOwn(encoder)) chooseEncoder(DEFAULTS.encoder);
  else void retry();
}
