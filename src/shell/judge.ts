/** What `npm run judge` runs in Node: files of clips, judged. */
import { readClipFile } from "../formats/clip_file.ts";
import { isVideo } from "../formats/file_kinds.ts";
import { judgeClip } from "../judge/judge.ts";
import { YARDSTICKS } from "../judge/yardsticks.ts";
import { changedLaws, lawsWith } from "../world/laws.ts";
import { CLIP } from "../world/types.ts";

/**
 * Judges a clip as `npm run world` writes it, by the laws of the world that its metadata name. Only the tensor `frames` and the metadata
 * `prompt` and `laws` are read, never the truth beside them.
 * @param name what stands as "file" in the answer
 * @param instead laws by which it is judged whatever it says itself
 * @returns one line of JSON, without its end
 * @throws Error with one sentence where the file is malformed or its prompt is outside the grammar
 */
export function judgeFile(bytes: Uint8Array, name: string, instead: Readonly<Record<string, number>> = {}): string {
  if (isVideo({ name, type: "" })) {
    throw new Error(
      "this is a film, and the judge knows the sandbox's clips alone: give it safetensors files as npm run world writes them, or look at films with npm run figure",
    );
  }
  const { frames, prompt, laws: own } = readClipFile(bytes, CLIP.frames, CLIP.size);
  const laws = lawsWith({ ...own, ...instead });
  const verdict = judgeClip(frames, prompt, { laws });
  const changed = changedLaws(laws);
  return JSON.stringify({
    file: name,
    prompt: verdict.prompt,
    category: verdict.category,
    ...(Object.keys(changed).length > 0 && { laws: changed }),
    sa: verdict.sa,
    pc: verdict.pc,
    joint: verdict.joint,
    sa_grade: verdict.saGrade,
    pc_grade: verdict.pcGrade,
    // JSON has no NaN: an error that is no number stands as null, and does not hold.
    rules: verdict.rules.map(({ rule, error, tolerance, applies }) => {
      return { rule, error, tolerance, applies, holds: error <= tolerance };
    }),
    discarded: verdict.discarded,
    yardsticks: YARDSTICKS,
  });
}
