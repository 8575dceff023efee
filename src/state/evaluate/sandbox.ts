/** What the sandbox offers, and what its grammar says of the sentence that the user is typing. */
import { create } from "zustand";
import type {
  Failure,
  SandboxChecked,
  SandboxDrawn,
  SandboxInfo,
  SandboxPoster,
  TemplateName,
} from "../../worker/protocol.ts";
import { request, tryRequest } from "../compute.ts";
import { failureOf } from "../failure.ts";
import { type SandboxClipId, sandboxClipId } from "../sandbox_clip.ts";
import { useSession } from "../session.ts";
import { setSettings, useSettings } from "../settings.ts";
import { useEvaluation } from "./store.ts";

interface SandboxStore {
  readonly info: SandboxInfo | null;
  readonly loading: boolean;
  /** Why it could not be loaded last; who reaches again tries again. */
  readonly failure: Failure | null;
  readonly posters: Partial<Record<TemplateName, SandboxPoster>>;
  readonly checked: SandboxChecked | null;
}

export const useSandbox = create<SandboxStore>(() => ({
  info: null,
  loading: false,
  failure: null,
  posters: {},
  checked: null,
}));

/** The template of a sentence that was checked last; null for another. */
export const templateOf =
  (prompt: string | undefined) =>
  ({ checked }: SandboxStore): TemplateName | null =>
    checked && checked.prompt === prompt ? checked.template : null;

/** Seeds that are drawn stay short enough to be read out; the user may type any up to 2³² − 1. */
const DRAWN_SEEDS = 100_000;

/** Called whenever the user reaches for the sandbox: its world is a download of its own. The clip on show does not suffer where that fails. */
export async function loadSandbox(): Promise<void> {
  const { info: known, loading } = useSandbox.getState();
  if (known || loading) return;
  useSandbox.setState({ loading: true, failure: null });
  try {
    const info = await tryRequest({ type: "sandbox-info" });
    if (!info) return;
    useSandbox.setState({ info });
    for (const { template } of info.templates) void loadPoster(template);
  } catch (error) {
    useSandbox.setState({ failure: failureOf(error) });
  } finally {
    useSandbox.setState({ loading: false });
  }
}

/** A template without its picture can be chosen all the same. */
async function loadPoster(template: TemplateName): Promise<void> {
  const poster = await tryRequest({ type: "sandbox-poster", template }).catch(() => undefined);
  if (poster) useSandbox.setState(({ posters }) => ({ posters: { ...posters, [template]: poster } }));
}

/** The grammar's verdict on a sentence; undefined when a newer question replaced this one. */
export async function checkPrompt(prompt: string): Promise<SandboxChecked | undefined> {
  const checked = await request({ type: "sandbox-check", prompt });
  if (checked) useSandbox.setState({ checked });
  return checked;
}

export const drawSeed = (): number => Math.floor(Math.random() * DRAWN_SEEDS);

let draws = 0;

/** A sentence of a template and a seed for it; undefined where another clip was drawn or chosen meanwhile. */
export async function drawClip(template: TemplateName): Promise<SandboxDrawn | undefined> {
  const [draw, before] = [++draws, choices()];
  const drawn = await request({ type: "sandbox-draw", template, seed: drawSeed() });
  const now = choices();
  return draw === draws && now.every((choice, i) => choice === before[i]) ? drawn : undefined;
}

/** The clips that are named and the files that are being opened. */
function choices(): readonly unknown[] {
  const { clip, judged } = useSettings.getState();
  return [clip, judged, useSession.getState().incoming, useEvaluation.getState().incoming];
}

/** Puts a simulated clip before the judge. */
export function judgeSandbox({ prompt, seed }: SandboxClipId, corruption: string): void {
  setSettings({ judged: sandboxClipId(prompt, seed), corruption });
}
