/** A clip that the student drew, as a file: to keep, or to be judged at length. */
import { writeClipFile } from "../../formats/clip_file.ts";
import { judgeFile } from "../../state/evaluate/evaluate.ts";
import { setSettings } from "../../state/settings.ts";
import { SANDBOX_CLIP, type StudentRecipe, type StudentSample } from "../../worker/protocol.ts";
import { saveBlob } from "../controls/download.ts";

function drawnFile({ frames, prompt, seed }: StudentSample, name: string, recipe: StudentRecipe) {
  const how = { drawn_by: "tempered student", drawn_at: name, of_seed: String(seed), recipe: JSON.stringify(recipe) };
  return new Blob([writeClipFile(frames, prompt, SANDBOX_CLIP.size, how)], { type: "application/octet-stream" });
}

const stemOf = ({ prompt }: StudentSample, name: string) => `${prompt} ${name}`;

export const saveDrawn = (sample: StudentSample, name: string, recipe: StudentRecipe): void =>
  saveBlob(stemOf(sample, name), "safetensors", drawnFile(sample, name, recipe));

/** Evaluate opens it as it opens a dropped file. */
export function judgeDrawn(sample: StudentSample, name: string, recipe: StudentRecipe): void {
  setSettings({ view: "evaluate" });
  judgeFile(new File([drawnFile(sample, name, recipe)], `${stemOf(sample, name)}.safetensors`));
}
