/**
 * What Evaluate does: while it is on screen, the clip that the settings name is made (and broken where they say so) and judged.
 * A file is judged when the user opens it; a link to it can only name it. Our student makes a clip when the user asks for it, or
 * opens a link to one.
 */
import { create } from "zustand";
import type { Failure, Generated, Judged, JudgeSource } from "../../worker/protocol.ts";
import { ComputeFailure } from "../client.ts";
import { tryRequest } from "../compute.ts";
import { parseSandboxClipId, type SandboxClipId, sandboxClipId } from "../sandbox_clip.ts";
import { DEFAULTS, type Maker, type Settings, setSettings, useSettings } from "../settings.ts";
import { followGeneration, generateClip, stopGenerating } from "./generate.ts";

export interface Evaluation {
  readonly judged: Judged | null;
  /** What `judged` was made by, and the simulator's clip beside it, where our student made it. */
  readonly generated: Generated | null;
  readonly busy: boolean;
  readonly failure: Failure | null;
  /** A link to somebody's own file was opened: its name, until that file is dropped. */
  readonly awaiting: string | null;
}

export const useEvaluation = create<Evaluation>(() => ({
  judged: null,
  generated: null,
  busy: false,
  failure: null,
  awaiting: null,
}));

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

/** What "Try again" does. */
let again: (() => Promise<unknown>) | undefined;
let asked = "";

/** Starts to follow the settings. Called once, when the page loads and the worker is there. */
export function startEvaluate(): void {
  followGeneration();
  useSettings.subscribe((settings) => follow(settings));
  follow(useSettings.getState(), true);
}

/** Puts a simulated clip before the judge. */
export function judgeSandbox({ prompt, seed }: SandboxClipId, corruption: string): void {
  setSettings({ judged: sandboxClipId(prompt, seed), corruption });
}

/** Puts the user's file before the judge. It stays on this machine. */
export async function judgeFile(file: File): Promise<void> {
  const judged = await judge({ kind: "file", file });
  if (!judged) return;
  const change = {
    judged: `file:${judged.contentHash.slice(0, 16)}:${file.name.slice(0, 120)}`,
    corruption: DEFAULTS.corruption,
    maker: DEFAULTS.maker,
  };
  asked = keyOf(change);
  setSettings(change);
}

/** Who makes the clip from now on; a file gives way to the first clip. A clip by our student is made when it is asked for. */
export function chooseMaker(maker: Maker): void {
  const { judged } = judgedClip(useSettings.getState()) ? useSettings.getState() : DEFAULTS;
  setSettings({ maker, judged, corruption: DEFAULTS.corruption });
}

/** Our student makes the clip of the sentence and seed on show. */
export async function generate(): Promise<void> {
  const settings = useSettings.getState();
  const clip = judgedClip(settings);
  if (!clip) return;
  again = generate;
  useEvaluation.setState({ failure: null, awaiting: null });
  try {
    const generated = await generateClip(clip, settings);
    if (generated) useEvaluation.setState({ judged: generated.made, generated, busy: false });
  } catch (error) {
    show(error);
  }
}

/** Tries again what failed. */
export async function judgeAgain(): Promise<void> {
  await again?.();
}

/** From a failure back to a clip that can be judged: the first one. */
export function judgeDefault(): void {
  asked = "";
  const { judged, corruption, maker } = DEFAULTS;
  setSettings({ judged, corruption, maker });
  follow(useSettings.getState());
}

const keyOf = ({ judged, corruption, maker }: Pick<Settings, "judged" | "corruption" | "maker">) =>
  `${maker} ${corruption} ${judged}`;

/**
 * Judges what the settings name, unless that is on show or on its way. Of a clip that our student is to make this is the
 * simulator's first; `linked`, where a link asks for it, the student's follows.
 */
function follow(settings: Settings, linked = false): void {
  const key = keyOf(settings);
  if (settings.view !== "evaluate" || key === asked) return;
  asked = key;
  const { maker, corruption } = settings;
  const clip = judgedClip(settings);
  const file = FILE.exec(settings.judged);
  stopGenerating();
  if (clip) {
    const broken = maker === "simulator" && corruption !== DEFAULTS.corruption;
    void judge({ kind: "sandbox", ...clip, corruption: broken ? corruption : null }).then((judged) => {
      if (judged && linked && maker === "student" && mayDownload() && key === asked) void generate();
    });
  } else if (file) useEvaluation.setState({ judged: null, generated: null, awaiting: file[2], failure: null });
  else judgeDefault();
}

/** On a phone a download is the person's to start. */
const mayDownload = () => matchMedia("(hover: hover)").matches;

async function judge(source: JudgeSource): Promise<Judged | undefined> {
  again = () => judge(source);
  useEvaluation.setState({ busy: true, awaiting: null });
  try {
    const judged = await tryRequest({ type: "judge", source });
    // A newer one is on its way, and says when it is done.
    if (!judged) return undefined;
    useEvaluation.setState({ judged, generated: null, busy: false, failure: null });
    return judged;
  } catch (error) {
    show(error);
    return undefined;
  }
}

function show(error: unknown): void {
  if (!(error instanceof ComputeFailure)) throw error;
  useEvaluation.setState({ busy: false, failure: error.failure, judged: null, generated: null });
}
