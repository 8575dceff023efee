import { encoderTraits, fixedInput, type StudentId, type TrainData } from "../../worker/protocol.ts";
import { awaitedFile, isCurrent, isReady } from "../explore/wanted.ts";
import { tell } from "../page_notice.ts";
import { chooseStudentEncoder } from "../sampling.ts";
import { type Session, useSession } from "../session.ts";
import { DEFAULTS, type Settings, setSettings, useSettings } from "../settings.ts";
import { changesOf, type FoundClip, ownClip, trainDataOf, windowSettings } from "./data.ts";
import { setTraining } from "./store.ts";
import { shows } from "./wanted.ts";

/** Puts the clip and the window of a run on screen. @returns false, with a sentence, when that cannot be */
export async function bringClip(data: TrainData): Promise<boolean> {
  await until((session) => isReady(useSettings.getState(), session));
  const session = useSession.getState();
  if (shows(session, data)) return true;
  const found = findClip(data, session);
  if (!found) {
    setTraining({ notice: `This run is of “${data.clipName}”: open that clip first, then resume it from the table.` });
    return false;
  }
  freeFrames(data);
  const { encoder, token, window } = data;
  setSettings({ ...found.settings, encoder, token, frames: window.frames, ...windowSettings(window, found.durationS) });
  const asked = useSettings.getState();
  // An encoding of all that the settings say that is not what the run had will not become it.
  const brought = await until(
    (now) => shows(now, data),
    (now) => choseOther(asked) || isCurrent(useSettings.getState(), now),
  );
  if (!brought) setTraining({ notice: whyNotBrought(data, asked) });
  return brought;
}

/** The clip of a run: the one on screen, or one that the page has. */
function findClip(data: TrainData, session: Session): FoundClip | undefined {
  const { clip } = session;
  if (clip?.contentHash === data.contentHash) return { settings: {}, durationS: clip.durationS };
  return ownClip(data, session);
}

/** Compare's student goes back to the usual one where it dictates another number of frames than a run has. */
function freeFrames({ encoder, window: { frames } }: TrainData): void {
  const framesOf = (id: StudentId) => fixedInput(id)?.frames ?? null;
  const { studentEncoder } = useSettings.getState();
  const dictated = framesOf(studentEncoder);
  // A teacher that dictates frames itself is encoded with those, whatever the student takes.
  if (dictated === null || dictated === frames || framesOf(encoder) !== null) return;
  chooseStudentEncoder(DEFAULTS.studentEncoder);
  const [now, before] = [DEFAULTS.studentEncoder, studentEncoder].map((id) => encoderTraits(id).name);
  tell(`Compare’s student is ${now} now: ${before} takes ${dictated} frames, and this run has ${frames}.`);
}

/** The settings that say what is encoded. */
const ENCODED = ["clip", "encoder", "token", "frames", "startS", "lengthS", "stride"] as const;

/** Whether the user has chosen something else to be encoded since these settings. */
function choseOther(asked: Settings): boolean {
  const now = useSettings.getState();
  return ENCODED.some((name) => now[name] !== asked[name]);
}

function whyNotBrought(data: TrainData, asked: Settings): string {
  if (choseOther(asked)) {
    return `Something else was chosen while “${data.clipName}” was brought back, so this run did not go on: resume it once more.`;
  }
  const session = useSession.getState();
  const { input = "patches", brought = "" } = data;
  // A failure has a panel of its own.
  const now = isCurrent(asked, session) ? trainDataOf({ trainInput: input, mask: brought }, session) : data;
  const why = changesOf(data, now).join(", ");
  return `“${data.clipName}” could not be encoded as this run had it${why && `: ${why}`}.`;
}

/** Waits for the session; gives up when it fails or waits for the user, and where `never` says that it would wait for ever. */
function until(
  met: (session: Session) => boolean,
  never: (session: Session) => boolean = () => false,
): Promise<boolean> {
  return new Promise((resolve) => {
    const check = () => {
      const session = useSession.getState();
      const failed = session.failure !== null || awaitedFile(useSettings.getState(), session) !== null;
      if (!met(session) && !failed && !never(session)) return;
      for (const stop of stops) stop();
      resolve(met(session));
    };
    // A choice that changes nothing of the session ends a wait, too.
    const stops = [useSession.subscribe(check), useSettings.subscribe(check)];
    check();
  });
}
