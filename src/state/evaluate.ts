/**
 * What Evaluate does: while it is on screen, the clip that the settings name is made (and broken where they say so) and judged.
 * A file is judged when a person opens it; a link to it can only name it.
 */
import { create } from "zustand";
import type { Failure, Judged, JudgeSource } from "../worker/protocol.ts";
import { ComputeFailure } from "./client.ts";
import { tryRequest } from "./compute.ts";
import { parseSandboxClipId, type SandboxClipId, sandboxClipId } from "./sandbox_clip.ts";
import { DEFAULTS, type Settings, setSettings, useSettings } from "./settings.ts";

export interface Evaluation {
  readonly judged: Judged | null;
  readonly busy: boolean;
  readonly failure: Failure | null;
  /** A link to somebody's own file was opened: its name, until that file is dropped. */
  readonly awaiting: string | null;
}

export const useEvaluation = create<Evaluation>(() => ({ judged: null, busy: false, failure: null, awaiting: null }));

/** The frame on show, for viewer and charts alike; it changes with the pointer and is no setting. */
export interface Scrub {
  readonly pinned: number;
  /** Under the pointer, where that is in a chart. */
  readonly hover: number | null;
  readonly playing: boolean;
}

export const useScrub = create<Scrub>(() => ({ pinned: 0, hover: null, playing: false }));

export const frameOf = ({ pinned, hover }: Scrub): number => hover ?? pinned;

/** `file:`, the first 16 hex digits of the pictures' hash, and the name to ask for. */
const FILE = /^file:([0-9a-f]{16}):(.+)$/;

/** The simulated clip under judgement; null where it is a file. */
export const judgedClip = ({ judged }: Pick<Settings, "judged">): SandboxClipId | null => parseSandboxClipId(judged);

let last: JudgeSource | undefined;
let asked = "";

/** Starts to follow the settings. Called once, when the page loads and the worker is there. */
export function startEvaluate(): void {
  useSettings.subscribe(follow);
  follow(useSettings.getState());
}

/** Puts a simulated clip before the judge. */
export function judgeSandbox({ prompt, seed }: SandboxClipId, corruption: string): void {
  setSettings({ judged: sandboxClipId(prompt, seed), corruption });
}

/** Puts a person's file before the judge. It stays on this machine. */
export async function judgeFile(file: File): Promise<void> {
  const judged = await judge({ kind: "file", file });
  if (!judged) return;
  const id = `file:${judged.contentHash.slice(0, 16)}:${file.name.slice(0, 120)}`;
  asked = keyOf({ judged: id, corruption: DEFAULTS.corruption });
  setSettings({ judged: id, corruption: DEFAULTS.corruption });
}

/** Tries again what failed. */
export async function judgeAgain(): Promise<void> {
  if (last) await judge(last);
}

/** From a failure back to a clip that can be judged: the first one. */
export function judgeDefault(): void {
  asked = "";
  setSettings({ judged: DEFAULTS.judged, corruption: DEFAULTS.corruption });
  follow(useSettings.getState());
}

const keyOf = ({ judged, corruption }: Pick<Settings, "judged" | "corruption">) => `${corruption} ${judged}`;

/** Judges what the settings name, unless that is on show or on its way. */
function follow(settings: Settings): void {
  const key = keyOf(settings);
  if (settings.view !== "evaluate" || key === asked) return;
  asked = key;
  const clip = judgedClip(settings);
  const file = FILE.exec(settings.judged);
  if (clip) {
    const { corruption } = settings;
    void judge({ kind: "sandbox", ...clip, corruption: corruption === DEFAULTS.corruption ? null : corruption });
  } else if (file) useEvaluation.setState({ judged: null, awaiting: file[2], failure: null });
  else judgeDefault();
}

async function judge(source: JudgeSource): Promise<Judged | undefined> {
  last = source;
  useEvaluation.setState({ busy: true, awaiting: null });
  try {
    const judged = await tryRequest({ type: "judge", source });
    // A newer one is on its way, and says when it is done.
    if (!judged) return undefined;
    useEvaluation.setState({ judged, busy: false, failure: null });
    return judged;
  } catch (error) {
    if (!(error instanceof ComputeFailure)) throw error;
    useEvaluation.setState({ busy: false, failure: error.failure, judged: null });
    return undefined;
  }
}
