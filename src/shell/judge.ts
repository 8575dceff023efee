/** What `npm run judge` runs in Node: files of clips, judged. */
import { parseSafetensors } from "../formats/safetensors.ts";
import { judgeClip } from "../judge/judge.ts";
import { CLIP } from "../world/types.ts";

const SHAPE = [CLIP.frames, CLIP.size, CLIP.size, 3] as const;

/**
 * Judges a clip as `npm run world` writes it. Only the tensor `frames` and the metadata `prompt` are read, never the truth beside them.
 * @param name what stands as "file" in the answer
 * @returns one line of JSON, without its end
 * @throws Error with one sentence where the file is malformed or its prompt is outside the grammar
 */
export function judgeFile(bytes: Uint8Array, name: string): string {
  const { tensors, metadata } = parseSafetensors(bytes);
  const frames = tensors.get("frames");
  if (!frames) throw new Error(`it has no tensor "frames": U8 [${SHAPE}] is what is judged`);
  const { dtype, shape, data } = frames;
  if (!(data instanceof Uint8Array) || shape.join() !== SHAPE.join()) {
    throw new Error(`"frames" must be U8 [${SHAPE}], it is ${dtype} [${shape}]`);
  }
  if (metadata.prompt === undefined) throw new Error('its metadata has no "prompt": the sentence to judge it by');
  const verdict = judgeClip(data, metadata.prompt);
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
