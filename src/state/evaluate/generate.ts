/** What Evaluate does with the generator: our student makes the clip of the sentence and seed on show when the user asks for it. */
import { create } from "zustand";
import type { Generated, GenerateProgress, GenerateRequest } from "../../worker/protocol.ts";
import { ComputeFailure } from "../client.ts";
import { onComputeEvent, tryRequest } from "../compute.ts";
import type { SandboxClipId } from "../sandbox_clip.ts";
import type { Settings } from "../settings.ts";

export interface Generation {
  /** null: nothing is being made. */
  readonly progress: Omit<GenerateProgress, "type"> | null;
}

export const useGeneration = create<Generation>(() => ({ progress: null }));

/** Number of the newest request; only its end clears the progress bar. */
let newest = 0;

/** Called once, when the page loads. */
export function followGeneration(): void {
  onComputeEvent((event) => {
    // Ignore late progress of a stopped generation.
    if (event.type !== "generate-progress" || !useGeneration.getState().progress) return;
    const { stage, done, total } = event;
    useGeneration.setState({ progress: { stage, done, total } });
  });
}

type How = Pick<Settings, "denoisingSteps" | "guidance" | "firstGiven">;

/**
 * Has our student make a clip.
 * @returns undefined where it was stopped, or a newer one replaced it
 * @throws ComputeFailure
 */
export async function generateClip(clip: SandboxClipId, how: How): Promise<Generated | undefined> {
  const mine = ++newest;
  const request: GenerateRequest = {
    type: "generate",
    ...clip,
    steps: how.denoisingSteps,
    guidance: how.guidance,
    given: how.firstGiven,
  };
  useGeneration.setState({ progress: { stage: "denoising", done: 0, total: request.steps } });
  try {
    return await tryRequest(request);
  } finally {
    if (mine === newest) useGeneration.setState({ progress: null });
  }
}

/** Stops what is being made; what is on show stays. */
export function stopGenerating(): void {
  if (!useGeneration.getState().progress) return;
  useGeneration.setState({ progress: null });
  tryRequest({ type: "generate-stop" }).catch((error: unknown) => {
    if (!(error instanceof ComputeFailure)) throw error;
  });
}
