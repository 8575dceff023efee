import { TRACKS_SHAPE, worldTracks } from "../data/world_tracks.ts";
import { type Tensor, writeSafetensors } from "../formats/safetensors.ts";
import { tokensOf } from "../world/language/words.ts";
import { changedLaws } from "../world/laws.ts";
import { CLIP, type WorldClip } from "../world/types.ts";
import type { BrokenClip } from "./broken.ts";

/** A broken clip as a safetensors file: frames U8 [T, 64, 64, 3]; metadata prompt, template, category and broken. */
export function brokenFile({ frames, ...metadata }: BrokenClip): Uint8Array<ArrayBuffer> {
  const { frames: T, size } = CLIP;
  return writeSafetensors({ frames: { dtype: "U8", shape: [T, size, size, 3], data: frames } }, metadata);
}

/**
 * A clip as a safetensors file: frames U8 [T, 64, 64, 3], center F32 [T, K, 2], angle F32 [T, K], velocity F32 [T, K, 2],
 * mask U8 [T, 64, 64]; metadata prompt, template, category, seed, tokens (JSON, the prompt's 12 ids) and objects (JSON, one
 * entry per body in the mask's order); in another world than the usual one also laws (JSON, those that differ).
 * @param tracks also tensor tracks F32 [N, F, 2], where every token's spot is (`worldTracks`)
 */
export function clipFile(clip: WorldClip, { tracks = false } = {}): Uint8Array<ArrayBuffer> {
  const { frames: T, size } = CLIP;
  const K = clip.bodies.length;
  const tensor = (dtype: "U8" | "F32", shape: readonly number[], data: Tensor["data"]): Tensor => ({
    dtype,
    shape,
    data,
  });
  const laws = changedLaws(clip.laws);
  const objects = clip.bodies.map((body) => ("mass" in body ? { ...body, mass: [...body.mass] } : body));
  return writeSafetensors(
    {
      frames: tensor("U8", [T, size, size, 3], clip.frames),
      center: tensor("F32", [T, K, 2], clip.center),
      angle: tensor("F32", [T, K], clip.angle),
      velocity: tensor("F32", [T, K, 2], clip.velocity),
      mask: tensor("U8", [T, size, size], clip.mask),
      ...(tracks && { tracks: tensor("F32", TRACKS_SHAPE, worldTracks(clip)) }),
    },
    {
      prompt: clip.prompt,
      template: clip.template,
      category: clip.category,
      seed: String(clip.seed),
      tokens: JSON.stringify([...tokensOf(clip.prompt)]),
      objects: JSON.stringify(objects),
      ...(Object.keys(laws).length > 0 && { laws: JSON.stringify(laws) }),
    },
  );
}
