/** The drawn clips on show as files: a strip for a paper, a film, and their pixels. */
import { stripFrames, type stripPng } from "../../figure/clip_strip.ts";
import { metadataWith } from "../../formats/provenance.ts";
import { type Tensor, writeSafetensors } from "../../formats/safetensors.ts";
import type { FilmRow } from "../../scene/clips_film.ts";
import { loadPart } from "../../site/files.ts";
import { studentOrigin } from "../../state/provenance.ts";
import { type StudentRun, setStudents, shownStudents, useStudentAt, useStudents } from "../../state/student/store.ts";
import { isHere } from "../../state/student/stored_run.ts";
import { SANDBOX_CLIP } from "../../worker/protocol.ts";
import { saveBlob } from "../controls/download.ts";
import { stemOf } from "./files.ts";
import { columnsOf } from "./StudentClips.tsx";
import { armNames, shortError } from "./words.ts";

/** Whether all of these clips are here, as files of them need; where one is not, it is said above the figure. */
function areHere(clips: readonly { readonly frames: Uint8Array }[]): boolean {
  const here = clips.every(isHere);
  if (!here) {
    setStudents({
      notice:
        "These clips cannot be saved: what they show is still being read from the disk, or is not there any more. Wait until the page shows them, then save again.",
    });
  }
  return here;
}

/** What stands on the page: of each sentence every clip on show, and the simulator's; null where that is not all here. */
function shownClips() {
  const { hover, pinned } = useStudentAt.getState();
  const arms = shownStudents(useStudents.getState());
  const [run] = arms;
  if (!run) return null;
  const columns = columnsOf(arms, hover ?? pinned);
  const rows = run.watched.map(({ prompt, seed, frames }, i) => ({
    title: `${prompt}, seed ${seed}`,
    simulator: frames,
    drawn: columns.flatMap(({ name, look }) => {
      const sample = look.samples[i];
      return sample ? [{ name, sample }] : [];
    }),
  }));
  const clips = rows.flatMap(({ simulator, drawn }) => [{ frames: simulator }, ...drawn.map(({ sample }) => sample)]);
  return areHere(clips) ? { arms, run, rows } : null;
}

/** As a figure: what is exported is what stands there. */
export async function saveStrip(extension: string, make: typeof stripPng): Promise<void> {
  const shown = shownClips();
  if (!shown) return;
  const { arms, run, rows } = shown;
  const groups = rows.map(({ title, simulator, drawn }) => ({
    title,
    rows: [
      ...drawn.map(({ name, sample }) => ({ label: name, note: shortError(sample), frames: sample.frames })),
      { label: "the simulator", note: "", frames: simulator },
    ],
  }));
  const { task, seed } = run.recipe;
  const losses = armNames(arms.map(({ recipe }) => recipe)).join(" and ");
  const caption = `Tempered: ${losses} on ${task}, seed ${seed}; frames ${stripFrames().join(", ")}.`;
  try {
    saveBlob(`${stemOf(run)} strip`, extension, await make(groups, caption));
  } catch (error) {
    sayUnsaved("a strip", error);
  }
}

/** Above the figure: this page has no panel of failures. */
function sayUnsaved(what: string, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  setStudents({ notice: `The clips could not be saved as ${what}: ${why}.` });
}

/** As a film, MP4 where the browser can encode it, else WebM. */
export async function saveFilm(): Promise<void> {
  const shown = shownClips();
  if (!shown) return;
  const rows = shown.rows.map(
    ({ title, simulator, drawn }): FilmRow => ({
      title,
      clips: [
        ...drawn.map(({ name, sample: { frames } }) => ({ label: name, frames })),
        { label: "the simulator", frames: simulator },
      ],
    }),
  );
  try {
    const { clipsFilm } = await loadPart("the video encoder", () => import("../../scene/clips_film.ts"));
    const { blob, extension } = await clipsFilm(rows);
    saveBlob(`${stemOf(shown.run)} clips`, extension, blob);
  } catch (error) {
    sayUnsaved("a film", error);
  }
}

/** Every drawn clip of a run, by its look, beside the simulator's: U8 [clips, frames, rows, columns, 3]. */
function clipTensors(run: StudentRun): Uint8Array<ArrayBuffer> {
  const { looks, watched, recipe } = run;
  const { frames: F, size } = SANDBOX_CLIP;
  const joined = (clips: readonly { readonly frames: Uint8Array }[]): Tensor => {
    const data = new Uint8Array(3 * clips.length * F * size ** 2);
    for (const [i, { frames }] of clips.entries()) data.set(frames, i * frames.length);
    return { dtype: "U8", shape: [clips.length, F, size, size, 3], data };
  };
  const drawn = looks.flatMap(({ step, samples }) =>
    samples.length > 0 ? [[`drawn.${step}`, joined(samples)] as const] : [],
  );
  const measured = looks.map(({ step, samples }) => ({ step, clips: samples.map(({ frames: _, ...own }) => own) }));
  return writeSafetensors(
    { ...Object.fromEntries(drawn), simulator: joined(watched) },
    {
      ...metadataWith(studentOrigin(run)),
      recipe: JSON.stringify(recipe),
      prompts: JSON.stringify(watched.map(({ prompt, seed }) => ({ prompt, seed }))),
      measured: JSON.stringify(measured),
    },
  );
}

export function saveClips(): void {
  const [run] = shownStudents(useStudents.getState());
  if (!run || !areHere([...run.watched, ...run.looks.flatMap(({ samples }) => samples)])) return;
  const blob = new Blob([clipTensors(run)], { type: "application/octet-stream" });
  saveBlob(`${stemOf(run)} clips`, "safetensors", blob);
}
