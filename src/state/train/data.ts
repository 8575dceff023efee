import { parseSandboxName } from "../../formats/sandbox_name.ts";
import { encoderTraits, maskParts, type TrainData, type TrainInput } from "../../worker/protocol.ts";
import { broughtMask } from "../mask/brought.ts";
import { sandboxClipId } from "../sandbox_clip.ts";
import type { Session } from "../session.ts";
import type { Settings } from "../settings.ts";

/** What a run that begins now is of; undefined where nothing is encoded. */
export function trainDataOf(
  { trainInput: input, mask }: Pick<Settings, "trainInput" | "mask">,
  { clip, encoded }: Pick<Session, "clip" | "encoded">,
): TrainData | undefined {
  if (!clip || !encoded) return undefined;
  const { contentHash, name: clipName } = clip;
  const { window, encoder, token, inputSize, grid } = encoded;
  return { contentHash, clipName, window, encoder, token, input, ...broughtMask({ mask }), inputSize, grid };
}

/** A clip that can be put on screen. */
export interface FoundClip {
  /** What opens it. */
  readonly settings: Partial<Settings>;
  /** null where that is not known before it is open. */
  readonly durationS: number | null;
}

/** A run's clip where it is one of the page's own, or a simulated one, whose name says what makes it; undefined: somebody's file. */
export function ownClip(
  { clipName, contentHash }: Pick<TrainData, "clipName" | "contentHash">,
  { catalog }: Pick<Session, "catalog">,
): FoundClip | undefined {
  const anew = { fileName: "", queries: [], active: 0 };
  const builtin = catalog.find(({ sha256 }) => sha256 === contentHash);
  if (builtin) return { settings: { ...anew, clip: builtin.id }, durationS: builtin.frames / builtin.fps };
  const simulated = parseSandboxName(clipName);
  if (!simulated) return undefined;
  const { prompt, seed } = simulated;
  return { settings: { ...anew, clip: sandboxClipId(prompt, seed) }, durationS: null };
}

/**
 * The settings of a run's window.
 * @param durationS of its clip; null where that is not known: then what is as long as the clip keeps its length
 */
export function windowSettings(
  { startS, lengthS, stride = 0 }: TrainData["window"],
  durationS: number | null,
): Pick<Settings, "startS" | "lengthS" | "stride"> {
  const isWhole = durationS !== null && Math.abs(lengthS - durationS) < 1e-6;
  // Counted frames end where they end, which may be past the clip's end.
  return { startS, lengthS: isWhole || stride > 0 ? 0 : lengthS, stride };
}

const inputName = (input: TrainInput): string => (input === "patches" ? "raw patches" : encoderTraits(input).name);

/** What may differ between the data of two runs: its name, and what it is, in words. */
const PARTS: readonly (readonly [name: string, words: (data: TrainData) => string])[] = [
  [
    "window",
    ({ window: { frames, startS, lengthS, stride } }) =>
      `${frames} frames${stride ? `, ${stride} apart,` : ""} of ${startS.toFixed(2)}–${(startS + lengthS).toFixed(2)} s`,
  ],
  ["encoder", ({ encoder }) => encoderTraits(encoder).name],
  ["token", ({ token }) => `${token} px`],
  ["student's input", ({ input = "patches" }) => inputName(input)],
  ["mask", ({ brought }) => (brought ? `“${maskParts(brought).name}”` : "the motion's")],
];

/** What is not as it was, each in words: "the encoder was XFeat and is raw patches now". */
export function changesOf(was: TrainData, now: TrainData | undefined): string[] {
  if (!now) return [`the clip was “${was.clipName}” and none is encoded now`];
  const other = was.clipName === now.clipName ? "another of that name" : `“${now.clipName}”`;
  const clip = `the clip was “${was.clipName}” and is ${other} now`;
  const parts = PARTS.flatMap(([name, words]) =>
    words(was) === words(now) ? [] : [`the ${name} was ${words(was)} and is ${words(now)} now`],
  );
  return was.contentHash === now.contentHash ? parts : [clip, ...parts];
}
