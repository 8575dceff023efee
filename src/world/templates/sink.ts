import { CLIP, type Scene, type Snapshot } from "../types.ts";
import { buildPlunge, type Plunge } from "./plunge.ts";
import type { Template } from "./template.ts";

const PLUNGE: Plunge = {
  template: "sink",
  body: "sinking",
  surface: [25, 29],
  gap: [1.5, 4],
  speed: [0.3, 0.8],
};

/** It starts above the liquid and ends well under its surface. */
function happens(scene: Scene, snapshots: readonly Snapshot[]): boolean {
  const [body] = scene.solids;
  const [region] = scene.fluids[0].filled;
  const surface = region.shape === "rectangle" ? region.top : 0;
  return snapshots[CLIP.frames - 1].solids[0].y > surface + 1.2 * body.half[1];
}

/** A heavy body falls into a pool and goes down in it. */
export const sink: Template = {
  example: "a small red ball sinks in blue liquid",
  build: (attributes, random, laws) => buildPlunge(PLUNGE, attributes, random, laws),
  happens,
};
