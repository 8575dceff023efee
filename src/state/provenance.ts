/** Where the numbers on show come from, by view: what their files say of it. */
import type { ModelOrigin, Origin } from "../formats/provenance.ts";
import {
  type Compared,
  type Encoded,
  encoderTraits,
  hashedPart,
  type Judged,
  modelSha256,
  type Scored,
  type StudentId,
} from "../worker/protocol.ts";
import { useSession } from "./session.ts";
import { printSettings, type Settings, useSettings } from "./settings.ts";
import type { TrainRun } from "./train/store.ts";

/** An address that opens the view as it is, or with some settings changed. */
function linkWith(change: Partial<Settings> = {}): string {
  const page = location.href.replace(/#.*$/, "");
  const fragment = printSettings({ ...useSettings.getState(), ...change });
  return fragment ? `${page}#${fragment}` : page;
}

export const modelOrigin = (encoder: StudentId): ModelOrigin => ({
  id: encoder,
  name: encoderTraits(encoder).name,
  sha256: modelSha256(encoder),
});

/** The open clip. */
function openClip(): Origin["clip"] {
  const { clip } = useSession.getState();
  if (!clip) return null;
  const { name, contentHash, bytes, width, height, durationS, framesPerSecond } = clip;
  return { name, contentHash, hashed: hashedPart(bytes), size: { width, height }, durationS, framesPerSecond };
}

export const exploreOrigin = ({ encoder, window }: Pick<Encoded, "encoder" | "window">): Origin => ({
  clip: openClip(),
  window,
  models: { encoder: modelOrigin(encoder) },
  link: linkWith(),
});

/** Scores of an encoder over the frames it was asked in, perhaps before another was chosen. */
export const scoreOrigin = ({ encoder }: Scored): Origin => ({
  clip: openClip(),
  window: useSession.getState().encoded?.window ?? null,
  models: { encoder: modelOrigin(encoder) },
  link: linkWith({ encoder }),
});

export const compareOrigin = ({ teacher, student, window }: Compared): Origin => ({
  clip: openClip(),
  window,
  models: { teacher: modelOrigin(teacher.encoder), student: modelOrigin(student.encoder) },
  link: linkWith(),
});

/** A run may be of another clip than the open one: then the link names that, and the page asks for it. */
export function trainOrigin({ data, recipe }: Pick<TrainRun, "data" | "recipe">): Origin {
  const { contentHash, clipName, window, encoder, token } = data;
  const clip = openClip();
  const open = clip?.contentHash === contentHash;
  const { catalog, files } = useSession.getState();
  const builtin = catalog.find(({ sha256 }) => sha256 === contentHash);
  const id = builtin?.id ?? `file:${contentHash.slice(0, 16)}`;
  const file = files.get(id);
  const { startS, lengthS, frames } = window;
  const { loss, rho, lambda, seed, steps, learningRate } = recipe;
  return {
    clip: open
      ? clip
      : { name: clipName, contentHash, hashed: builtin ? "whole" : file ? hashedPart(file.size) : null },
    window,
    models: { teacher: modelOrigin(encoder) },
    link: linkWith({
      ...(open ? {} : { clip: id, fileName: clipName, queries: [], startS, lengthS, stride: 0 }),
      ...{ view: "train" as const, encoder, token, frames },
      ...{ loss, lossTau: recipe.tau, rho, lambda, seed, steps, learningRate },
    }),
  };
}

/** A judged clip is named by its sentence; its hash is of its frames. */
export function judgeOrigin({ verdict, source, contentHash }: Judged): Origin {
  const generator =
    source.kind === "student" ? { id: "cogvideox", name: source.model.name, sha256: source.model.sha256 } : null;
  return {
    clip: { name: source.kind === "file" ? source.file.name : verdict.prompt, contentHash, hashed: "whole" },
    window: null,
    models: generator ? { generator } : {},
    link: linkWith(),
  };
}

/** Trained on clips of the sandbox, which its recipe draws. */
export const studentOrigin = (): Origin => ({
  clip: null,
  window: null,
  models: { student: modelOrigin("cogvideox") },
  link: linkWith({ view: "train" }),
});

/** Of no clip and no model. */
export const benchOrigin = (): Origin => ({ clip: null, window: null, models: {}, link: linkWith() });
