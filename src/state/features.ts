/** Features that the user brings in a file: each of its tensors is an encoder, in menus and links like the page's own. */
import { create } from "zustand";
import {
  type BroughtId,
  broughtLayer,
  type FeatureAnswers,
  type FeatureQuestions,
  isBroughtId,
} from "../worker/protocol.ts";
import { request } from "./compute.ts";
import { openFile, retry } from "./explore/explore.ts";
import { leaveOwn } from "./leave.ts";
import { chooseEncoder, chooseStudentEncoder, withEncoder } from "./sampling.ts";
import { setSession } from "./session.ts";
import { DEFAULTS, setSettings, useSettings } from "./settings.ts";
import { VIEWS } from "./views.ts";

interface BroughtState {
  /** Of all files that were brought since the page was loaded. */
  readonly layers: readonly BroughtId[];
  /** A file that does not say all of itself, and what the user is asked. */
  readonly asking: { readonly file: File; readonly questions: FeatureQuestions } | null;
}

export const useBrought = create<BroughtState>(() => ({ layers: [], asking: null }));

/**
 * Takes a file of features: as the encoder that is looked at; where that is one of the user's already, in Compare as the student and
 * in Train as what the student learns from.
 */
export async function bringFeatures(file: File, answers: FeatureAnswers | null = null): Promise<void> {
  useBrought.setState({ asking: null });
  const reply = await request({ type: "bring", file, answers });
  if (!reply) return;
  if ("asks" in reply) return useBrought.setState({ asking: { file, questions: reply.asks } });
  const { layers, isClip } = reply;
  useBrought.setState(({ layers: before }) => ({ layers: [...new Set([...before, ...layers])] }));
  const { encoder, studentEncoder, trainInput, view } = useSettings.getState();
  if (VIEWS[view].drop === "judged" || view === "bench") setSettings({ view: "explore" });
  setSession({ failure: null });
  // A link that waits for this file names one of its layers already, perhaps as the file was called elsewhere.
  const waiting = [encoder, studentEncoder, trainInput].some((id) => layersBeside(id, layers).length > 0);
  if (isClip) openFile(file);
  if (waiting) return retry();
  if (isClip) return setSettings(withEncoder(useSettings.getState(), layers[0]));
  const teaches = isBroughtId(encoder);
  if (view === "compare" && teaches) chooseStudentEncoder(layers[0]);
  else if (view === "train" && teaches) setSettings({ trainInput: layers[0] });
  else chooseEncoder(layers[0]);
}

/** Puts away the question about a file, and the file. */
export const dropQuestions = (): void => useBrought.setState({ asking: null });

/** The tensors of the same file, in its order; of no file at all: none. */
export function layersBeside(id: string, layers: readonly BroughtId[]): readonly BroughtId[] {
  if (!isBroughtId(id)) return [];
  const { hash } = broughtLayer(id);
  return layers.filter((other) => broughtLayer(other).hash === hash);
}

/** Back to an encoder that the page has, on whichever side the user's own cannot be had. */
export function leaveBrought(): void {
  setSettings({ trainInput: DEFAULTS.trainInput });
  leaveOwn(isBroughtId);
}
