import { buildHit, hits } from "./hit.ts";
import type { Template } from "./template.ts";

/** A disc hits a box, seen from above: off its centre, so that the box turns. */
export const hitBox: Template = {
  example: "a small green ball hits a large purple box from the left",
  build: buildHit,
  happens: hits,
};
