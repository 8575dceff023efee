/** Where the numbers on show come from, by view: what their files say of it. */
import { type ModelOrigin, type Origin, OWN_STUDENT_LINK } from "../formats/provenance.ts";
import {
  type Compared,
  type Encoded,
  encoderTraits,
  type GeneratedSource,
  hashedPart,
  type Judged,
  modelSha256,
  parseStudentRecipe,
  type Scored,
  type StudentId,
  type StudentRecipe,
  studentBaseSha256,
  type TrainData,
} from "../worker/protocol.ts";
import { fileId } from "./evaluate/judged_id.ts";
import { sandboxClipId } from "./sandbox_clip.ts";
import { useSession } from "./session.ts";
import { DEFAULTS, printSettings, type Settings, useSettings } from "./settings.ts";
import type { StudentPlan } from "./student/plan/plan.ts";
import { studentSettingsOf } from "./student/recipe.ts";
import { STUDENT_DEFAULTS, type StudentSettings } from "./student/settings.ts";
import { type FoundClip, ownClip, windowSettings } from "./train/data.ts";
import { settingsOf } from "./train/recipe.ts";
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

/** Scores of an encoder over the frames it was asked in, perhaps before another or other tokens were chosen. */
export const scoreOrigin = ({ encoder, token }: Scored): Origin => ({
  clip: openClip(),
  window: useSession.getState().encoded?.window ?? null,
  models: { encoder: modelOrigin(encoder) },
  link: linkWith({ encoder, token }),
});

export const compareOrigin = ({ teacher, student, window }: Compared): Origin => ({
  clip: openClip(),
  window,
  models: { teacher: modelOrigin(teacher.encoder), student: modelOrigin(student.encoder) },
  link: linkWith(),
});

/** Of a projector's run as it was started: the clip on show and the rail may be others by now. */
export function trainOrigin({ data, recipe }: Pick<TrainRun, "data" | "recipe">): Origin {
  const { window, encoder, token, input = "patches", brought = "" } = data;
  const { clip, settings, durationS } = clipOf(data);
  return {
    clip,
    window,
    models: { teacher: modelOrigin(encoder) },
    link: linkWith({
      ...settings,
      ...settingsOf(recipe),
      view: "train",
      learns: "projector",
      encoder,
      token,
      frames: window.frames,
      ...windowSettings(window, durationS),
      trainInput: input,
      mask: brought,
      // Compare's may dictate another number of frames.
      studentEncoder: DEFAULTS.studentEncoder,
    }),
  };
}

/** A run's clip, and the settings by which the page opens it, simulates it again or asks for it; none where it is open. */
function clipOf(data: TrainData): Pick<Origin, "clip"> & FoundClip {
  const session = useSession.getState();
  const { contentHash, clipName: name } = data;
  if (session.clip?.contentHash === contentHash) {
    return { clip: openClip(), settings: {}, durationS: session.clip.durationS };
  }
  const own = ownClip(data, session);
  if (own) return { clip: { name, contentHash, hashed: "whole" }, ...own };
  const id = `file:${contentHash.slice(0, 16)}`;
  const file = session.files.get(id);
  const hashed = file ? hashedPart(file.size) : null;
  const settings = { clip: id, fileName: name, queries: [], active: 0 } as const;
  return { clip: { name, contentHash, hashed }, settings, durationS: null };
}

/** A judged clip is named by its sentence; its hash is of its frames. The link opens it as it was judged: the rail may say otherwise by now. */
export function judgeOrigin(judged: Judged): Origin {
  const { verdict, source, contentHash } = judged;
  const generator = source.kind === "student" ? generatorOrigin(source) : null;
  return {
    clip: { name: source.kind === "file" ? source.file.name : verdict.prompt, contentHash, hashed: "whole" },
    window: null,
    models: generator ? { generator } : {},
    link: linkWith({ view: "evaluate", ...judgedSettings(judged) }),
  };
}

function judgedSettings({ source, contentHash }: Judged): Partial<Settings> {
  const { corruption, maker } = DEFAULTS;
  if (source.kind === "file") return { judged: fileId(contentHash, source.file.name), corruption, maker };
  const judged = sandboxClipId(source.prompt, source.seed);
  if (source.kind === "sandbox") return { judged, corruption: source.corruption ?? corruption, maker };
  const { steps: denoisingSteps, guidance, given: firstGiven } = source;
  return { judged, corruption, maker: "student", denoisingSteps, guidance, firstGiven };
}

const generatorOrigin = ({ model: { name, sha256, card } }: GeneratedSource): ModelOrigin => ({
  id: "cogvideox",
  name: card === null ? `${name} (${OWN_STUDENT_LINK})` : name,
  sha256,
});

/** What a run of the diffusion student begins with, by its recipe's `start`. Nobody keeps which file it was. */
const STARTS: Readonly<Record<StudentRecipe["start"], Omit<ModelOrigin, "id">>> = {
  base: { name: "the shipped base of our student", sha256: studentBaseSha256() },
  random: { name: "random weights", sha256: null },
  file: { name: "weights of the user's own file", sha256: null },
};

/**
 * Of a run of the diffusion student, which trains on clips of the sandbox that its recipe draws.
 * @param change what beside the recipe the numbers are of
 */
export function studentOrigin(
  { recipe }: { readonly recipe: StudentRecipe },
  change: Partial<StudentSettings> = {},
): Origin {
  const student = { ...studentSettingsOf(recipe, STUDENT_DEFAULTS), ...change };
  const { start } = recipe;
  return {
    clip: null,
    window: null,
    models: { start: { id: start, ...STARTS[start] } },
    link: linkWith({ view: "train", learns: "student", student }),
  };
}

/** Of a plan's table: the settings of one arm and the list of what differs make all of them. */
export function planOrigin({ over, arms }: Pick<StudentPlan, "over" | "arms">): Origin {
  const recipes = arms.map(({ recipe }) => parseStudentRecipe(recipe));
  return studentOrigin({ recipe: recipes[0] }, { over, values: recipes.map((recipe) => recipe[over]).join(", ") });
}

/** Of no clip and no model. */
export const benchOrigin = (): Origin => ({ clip: null, window: null, models: {}, link: linkWith() });
