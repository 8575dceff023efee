import type { GenerateRequest, JudgeRequest } from "../../worker/protocol.ts";
import type { Wants } from "../reconcile.ts";
import { parseSandboxClipId, type SandboxClipId } from "../sandbox_clip.ts";
import { DEFAULTS, type Settings } from "../settings.ts";
import { fileNameOf } from "./judged_id.ts";
import type { Evaluation } from "./store.ts";

/** A clip before the judge, and its key; null for a file that has no name in the settings yet. */
export interface JudgeWant extends JudgeRequest {
  readonly key: string | null;
}

/** The parts of Evaluate. */
export interface Evaluated {
  readonly judge: JudgeWant;
  readonly generate: GenerateRequest;
}

/**
 * What Evaluate wants to be there while it is on screen. Of a clip that our student is to make the simulator's is judged first; the
 * student's follows when it was ordered. After a failure nothing is wanted until the user has seen to it.
 */
export function wanted(
  settings: Settings,
  { incoming, of, failure }: Evaluation,
  order: GenerateRequest | null,
): Wants<Evaluated> {
  if (incoming) {
    return { judge: { request: { type: "judge", source: { kind: "file", file: incoming }, key: null }, of: incoming } };
  }
  if (settings.view !== "evaluate" || failure) return {};
  const key = keyOf(settings);
  if (of === key) return order ? { generate: { request: order, of: order } } : {};
  const clip = judgedClip(settings);
  if (!clip) return {};
  const { maker, corruption } = settings;
  const broken = maker === "simulator" && corruption !== DEFAULTS.corruption;
  const source = { kind: "sandbox", ...clip, corruption: broken ? corruption : null } as const;
  return { judge: { request: { type: "judge", source, key }, of: null } };
}

/** The settings that decide which clip is judged. */
export const keyOf = ({ judged, corruption, maker }: Pick<Settings, "judged" | "corruption" | "maker">): string =>
  `${maker} ${corruption} ${judged}`;

/** The simulated clip under judgement; null where it is a file. */
export const judgedClip = ({ judged }: Pick<Settings, "judged">): SandboxClipId | null => parseSandboxClipId(judged);

/** Name of the file that the settings are of; null where they are of none. */
export const judgedFile = ({ judged }: Pick<Settings, "judged">): string | null => fileNameOf(judged);

/** The file that a link waits for; null where it waits for none. */
export const awaitedFile = (settings: Settings, { of, incoming }: Evaluation): string | null =>
  of === keyOf(settings) || incoming ? null : judgedFile(settings);
