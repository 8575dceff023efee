import {
  type ClipInfo,
  type EncoderId,
  encoderTraits,
  fixedInput,
  inputSizeOf,
  isBroughtId,
  type SamplingWindow,
  type Size,
  type StudentId,
  type TokenRef,
  type TokenSize,
} from "../worker/protocol.ts";
import { useSession } from "./session.ts";
import { coherent, DEFAULTS, type Settings, setSettings, useSettings } from "./settings.ts";

/** Another encoder in Explore, or as the teacher. If τ was the old encoder's default, it takes the new encoder's. */
export const chooseEncoder = (encoder: EncoderId): void => change(withEncoder(useSettings.getState(), encoder));

/** What another encoder changes beside itself. */
export const withEncoder = ({ encoder: before, tau }: Settings, encoder: EncoderId): Partial<Settings> => ({
  encoder,
  tau: tau === encoderTraits(before).clearTau ? encoderTraits(encoder).clearTau : tau,
  // What a fixed input had dictated goes with it.
  ...(fixedInput(before) ? { token: DEFAULTS.token, frames: DEFAULTS.frames } : {}),
});

/** Another encoder as Compare's student. */
export function chooseStudentEncoder(studentEncoder: StudentId): void {
  const before = fixedInput(useSettings.getState().studentEncoder);
  change({
    studentEncoder,
    ...(before ? { studentToken: DEFAULTS.studentToken, frames: DEFAULTS.frames } : {}),
    // Features of a file are of the clip as it was.
    ...(isBroughtId(studentEncoder) ? { degradation: "none" } : {}),
  });
}

/** The pair of the sandbox as the paper pairs them, at the paper's temperature. */
export const SANDBOX_PAIR = {
  encoder: "videomae",
  studentEncoder: "cogvideox",
  degradation: "none",
  tau: 0.1,
} as const satisfies Partial<Settings>;

export const chooseSandboxPair = (): void => change(SANDBOX_PAIR);

/** Another size of tokens in Explore, or of the teacher. */
export const chooseToken = (token: TokenSize): void => change({ token });

/** Counts the frames off, every n-th of the file; 0: spreads them over the window that was counted last. */
export function chooseSpacing(stride: number): void {
  const { startS, lengthS, ...before } = useSettings.getState();
  const { clip } = useSession.getState();
  const counted = clip && before.stride > 0 ? windowOf({ ...before, startS, lengthS }, clip).lengthS : lengthS;
  setSettings(stride === 0 ? { stride, lengthS: Number(counted.toFixed(3)) } : { stride });
}

/** Changes what is sampled and how finely; the queries stay on the pixels and the moments that they were on. */
function change(next: Partial<Settings>): void {
  const before = useSettings.getState();
  const after = coherent({ ...before, ...next });
  const { clip } = useSession.getState();
  setSettings({ ...next, queries: clip ? moved(before.queries, gridOf(before, clip), gridOf(after, clip)) : [] });
}

/** The window that the settings name, of a clip. */
export function windowOf(
  { startS, lengthS, frames, stride, encoder }: Pick<Settings, "startS" | "lengthS" | "frames" | "stride" | "encoder">,
  { durationS, framesPerSecond }: Pick<ClipInfo, "durationS" | "framesPerSecond">,
): SamplingWindow {
  // Brought features have moments of their own.
  if (stride === 0 || isBroughtId(encoder)) return { startS, lengthS: lengthS || durationS, frames };
  return { startS, lengthS: (stride * frames) / framesPerSecond, frames, stride };
}

type Shape = readonly [frames: number, rows: number, cols: number];

export function gridOf({ encoder, token, frames }: Settings, clip: Size): Shape {
  const { width, height } = inputSizeOf(encoder, clip);
  return [frames, height / token, width / token];
}

/** A token's first frame and its middle, on another grid. */
const moved = (queries: readonly TokenRef[], from: Shape, to: Shape): readonly TokenRef[] =>
  queries.map(([f, row, col]) => [
    Math.floor((f * to[0]) / from[0]),
    Math.floor(((row + 0.5) * to[1]) / from[1]),
    Math.floor(((col + 0.5) * to[2]) / from[2]),
  ]);
