import { buildHit, hits } from "./hit.ts";
import type { Template } from "./template.ts";

/** Two discs collide, seen from above. */
export const collide: Template = {
  example: "a large red ball hits a small blue ball",
  build: buildHit,
  happens: hits,
};
