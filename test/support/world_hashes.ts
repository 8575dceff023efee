import { sampleClip } from "../../src/world/language/splits.ts";
import type { WorldClip } from "../../src/world/types.ts";
import { createWorld, listTemplates } from "../../src/world/world.ts";

/** What a clip is to the bit: its pixels, its mask and all of its truth. */
async function hashOf(clip: WorldClip): Promise<string> {
  const masses = clip.bodies.flatMap((body) => ("mass" in body ? [body.mass] : []));
  const parts = [clip.frames, clip.mask, clip.center, clip.angle, clip.velocity, ...masses];
  const bytes = parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(bytes.map((part) => part.slice())).arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Three clips of every template, of all splits where it has them: "sha256 seed prompt", one a line. */
export async function hashTable(): Promise<string> {
  const world = await createWorld();
  const lines: string[] = [];
  for (const { template } of listTemplates()) {
    const fourth = template === "overturn" ? "validation" : "out-of-distribution";
    for (const split of ["train", "held-out", fourth] as const) {
      const { prompt, seed } = sampleClip(split, lines.length, template);
      const clip = world.makeClip(prompt, seed);
      lines.push(`${await hashOf(clip)} ${seed} ${clip.prompt}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
