/** Models that the user brings as encoders: asked about in a dialog and tried, listed, kept in the browser's storage, let go. */
import { create } from "zustand";
import { isModel } from "../formats/file_kinds.ts";
import {
  type BroughtModel,
  isModelId,
  type KeptModel,
  type ModelId,
  type ModelSpec,
  ownModel,
  type TriedModel,
} from "../worker/protocol.ts";
import { request, tryRequest } from "./compute.ts";
import { retry } from "./explore/explore.ts";
import { failureOf } from "./failure.ts";
import { tell, tellLeft } from "./page_notice.ts";
import { chooseEncoder, chooseStudentEncoder } from "./sampling.ts";
import { setSession, useSession } from "./session.ts";
import { setSettings, useSettings } from "./settings.ts";
import { VIEWS } from "./views.ts";

/** A model that the user is asked about, and what it does by the answers so far. */
export interface Asking {
  readonly model: BroughtModel;
  readonly spec: ModelSpec;
  /** null: it runs. */
  readonly tried: TriedModel | null;
  /** Why it could not be run. */
  readonly problem: string | null;
}

interface ModelsState {
  /** Those that were accepted in this visit, and those that are kept, in the order of the menu. */
  readonly ids: readonly ModelId[];
  readonly kept: readonly KeptModel[];
  readonly asking: Asking | null;
}

export const useModels = create<ModelsState>(() => ({ ids: [], kept: [], asking: null }));

/** Lists what earlier visits kept, once there is something to look at. Called once, when the page loads. */
export function startModels(): void {
  const stop = useSession.subscribe(({ correspondence }) => {
    if (!correspondence) return;
    stop();
    // Where storage is blocked nothing was kept.
    void tryRequest({ type: "kept-models" }).then(
      (kept) => kept && takeKept(kept),
      () => {},
    );
  });
}

function takeKept(kept: readonly KeptModel[]): void {
  useModels.setState(({ ids }) => ({ kept, ids: [...new Set([...ids, ...kept.map(({ id }) => id)])] }));
}

/** Reads a model's file and asks about it; a first run says whether the guess is right. */
export async function bringModel(files: readonly File[]): Promise<void> {
  tell(null);
  const model = await request({ type: "bring-model", files });
  if (!model) return;
  const file = files.find(isModel);
  if (file)
    tellLeft(
      file.name,
      files.filter((other) => other !== file && !model.weights.includes(other.name)),
    );
  const { encoder, studentEncoder } = useSettings.getState();
  // A link that waits for this file says all of it.
  if (
    [encoder, studentEncoder].some((id) => isModelId(id) && ownModel(id).hash === model.hash) &&
    useSession.getState().failure
  ) {
    setSession({ failure: null });
    return retry();
  }
  useModels.setState({ asking: { model, spec: model.guess, tried: null, problem: null } });
  await attempt(model.guess, true);
}

/** Other answers; the model is run again by them. */
export const answer = (part: Partial<ModelSpec>): void => {
  const { asking } = useModels.getState();
  if (asking) void attempt({ ...asking.spec, ...part }, false);
};

/** Runs the model by a spec. @param adopts whether another patch that fits what it gives is taken at once */
async function attempt(spec: ModelSpec, adopts: boolean): Promise<void> {
  const { asking } = useModels.getState();
  if (!asking) return;
  const { model } = asking;
  const show = (part: Partial<Asking>) => {
    const { asking: now } = useModels.getState();
    if (now?.model === model && now.spec === spec) useModels.setState({ asking: { ...now, ...part } });
  };
  useModels.setState({ asking: { ...asking, spec, tried: null, problem: null } });
  try {
    const { hash, name } = model;
    const tried = await tryRequest({ type: "try-model", hash, name, spec });
    setSession({ progress: null });
    if (!tried) return;
    if (adopts && tried.fit) return await attempt({ ...spec, ...tried.fit }, false);
    show({ tried, problem: tried.problem });
  } catch (error) {
    setSession({ progress: null });
    show({ problem: failureOf(error).message });
  }
}

/** Takes the model as it was tried: as the encoder, or in Compare as the student where the teacher is the user's own already. */
export async function acceptModel(keep: boolean): Promise<void> {
  const id = useModels.getState().asking?.tried?.id;
  if (!id) return;
  useModels.setState(({ ids }) => ({ ids: [...new Set([...ids, id])], asking: null }));
  const { view, encoder } = useSettings.getState();
  if (VIEWS[view].drop === "judged" || view === "bench") setSettings({ view: "explore" });
  setSession({ failure: null });
  if (view === "compare" && isModelId(encoder) && encoder !== id) chooseStudentEncoder(id);
  else chooseEncoder(id);
  if (keep) await keepModel(id, true);
}

export const dropAsking = (): void => useModels.setState({ asking: null });

/** Keeps a model in the browser's storage, or deletes it there; in this visit it stays. */
export async function keepModel(id: ModelId, keep: boolean): Promise<void> {
  const kept = await request({ type: "keep-model", id, keep });
  if (kept) takeKept(kept);
}
