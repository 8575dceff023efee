/** What `npm run judge` runs in Node: files of clips, judged. */
import { readClipFile } from "../formats/clip_file.ts";
import { judgeClip } from "../judge/judge.ts";
import { CLIP } from "../world/types.ts";

/**
 * Judges a clip as `npm run world` writes it. Only the tensor `frames` and the metadata `prompt` are read, never the truth beside them.
 * @param name what stands as "file" in the answer
 * @returns one line of JSON, without its end
 * @throws Error with one sentence where the file is malformed or its prompt is outside the grammar
 */
export function judgeFile(bytes: Uint8Array, name: string): string {
  const { frames, prompt } = readClipFile(bytes, CLIP.frames, CLIP.size);
  const verdict = judgeClip(frames, prompt);
  return JSON.stringify({
    file: name,
    prompt: verdict.prompt,
    category: verdict.category,
    sa: verdict.sa,
    pc: verdict.pc,
    joint: verdict.joint,
    sa_grade: verdict.saGrade,
    pc_grade: verdict.pcGrade,
    rules: verdict.rules.map(({ rule, error, tolerance, applies }) => ({ rule, error, tolerance, applies })),
    discarded: verdict.discarded,
  });
}
