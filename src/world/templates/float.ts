import { CLIP, type Scene, type Snapshot } from "../types.ts";
import { buildPlunge, type Plunge } from "./plunge.ts";
import type { Template } from "./template.ts";

const PLUNGE: Plunge = {
  template: "float",
  body: "floating",
  surface: [29, 34],
  gap: [1, 4],
  speed: [0.2, 0.6],
};

/** It has dipped in and is at the surface at the end. */
function happens(scene: Scene, snapshots: readonly Snapshot[]): boolean {
  const [body] = scene.solids;
  const [region] = scene.fluids[0].filled;
  const surface = region.shape === "rectangle" ? region.top : 0;
  const heights = snapshots.map(({ solids: [{ y }] }) => (y - surface) / body.half[1]);
  return Math.max(...heights) > -0.4 && Math.abs(heights[CLIP.frames - 1]) < 1;
}

/** A light body falls onto a pool, dips in, and stays at its surface. */
export const float: Template = {
  example: "a large yellow box floats in green liquid",
  build: (attributes, random, laws) => buildPlunge(PLUNGE, attributes, random, laws),
  happens,
};
