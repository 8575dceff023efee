/** Features that the user brings in a file: each of its tensors is an encoder, in menus and links like the page's own. */
import { create } from "zustand";
import {
  type BroughtId,
  broughtLayer,
  type FeatureAnswers,
  type FeatureQuestions,
  isBroughtId,
} from "../worker/protocol.ts";
import { useComparison } from "./compare/store.ts";
import { request } from "./compute.ts";
import { openFile, retry } from "./explore/explore.ts";
import { leaveOwn } from "./leave.ts";
import { loseWhere, mentions } from "./reconcile.ts";
import { chooseEncoder, chooseStudentEncoder, withEncoder } from "./sampling.ts";
import { setSession, useSession } from "./session.ts";
import { DEFAULTS, setSettings, useSettings } from "./settings.ts";
import { useTruth } from "./truth/store.ts";
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
 * in Train as what the student learns from. What is on show of the same file stays, by its new answers.
 */
export async function bringFeatures(file: File, answers: FeatureAnswers | null = null): Promise<void> {
  useBrought.setState({ asking: null });
  const reply = await request({ type: "bring", file, answers });
  if (!reply) return;
  if ("asks" in reply) return useBrought.setState({ asking: { file, questions: reply.asks } });
  const { layers, isClip } = reply;
  useBrought.setState(({ layers: before }) => ({
    layers: [...before.filter((id) => layersBeside(id, layers).length === 0), ...layers],
  }));
  const { view: before } = useSettings.getState();
  if (VIEWS[before].drop === "judged" || before === "bench") setSettings({ view: "explore" });
  const failed = useSession.getState().failure !== null;
  setSession({ failure: null });
  if (isClip) openFile(file);
  if (takeAgain(layers, failed)) return;
  if (isClip) return setSettings(withEncoder(useSettings.getState(), layers[0]));
  const { encoder, view } = useSettings.getState();
  const teaches = isBroughtId(encoder);
  if (view === "compare" && teaches) chooseStudentEncoder(layers[0]);
  else if (view === "train" && teaches) setSettings({ trainInput: layers[0] });
  else chooseEncoder(layers[0]);
}

/**
 * A file that was brought before may be answered otherwise now: wherever it plays a part, its layer as it is now is asked for anew.
 * @param failed whether that could not be had so far, as where a link waits for the file
 * @returns whether the file is on show
 */
function takeAgain(layers: readonly BroughtId[], failed: boolean): boolean {
  const { view, encoder, studentEncoder, trainInput } = useSettings.getState();
  const [teacher, student, input] = [encoder, studentEncoder, trainInput].map((id) => asItIsNow(id, layers, failed));
  if (!(teacher || student || input)) return false;
  const { hash } = broughtLayer(layers[0]);
  const names = (request: unknown) => mentions(request, `features:${hash}:`);
  loseWhere(names);
  const { latest } = useComparison.getState();
  if (latest && names(latest.request)) useComparison.setState({ chance: null, layers: null });
  useTruth.setState(({ scores }) => ({ scores: scores.filter(({ encoder: scored }) => !names(scored)) }));
  if (teacher && teacher !== encoder) chooseEncoder(teacher);
  if (student && student !== studentEncoder) chooseStudentEncoder(student);
  if (input && input !== trainInput) setSettings({ trainInput: input });
  retry();
  return [teacher, view === "compare" && student, view === "train" && input].some(Boolean);
}

/** The layer of the file that an id names, with the grid and name that it has now; undefined where it names no layer of it. */
function asItIsNow(id: string, layers: readonly BroughtId[], failed: boolean): BroughtId | undefined {
  const [first] = layersBeside(id, layers);
  if (!first || !isBroughtId(id)) return undefined;
  const { layer, ...asked } = broughtLayer(id);
  const now = layers.find((other) => broughtLayer(other).layer === layer) ?? first;
  const { F, H, W } = broughtLayer(now);
  // A link says all of its layer, perhaps as the file was called elsewhere.
  return failed && asked.F === F && asked.H === H && asked.W === W ? id : now;
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
