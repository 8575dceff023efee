/** A simulated scene, painted: background and fixtures, shadows, fluids, then the solids in their order. */

import { Random } from "../random.ts";
import { CLIP, type Scene, type Snapshot } from "../types.ts";
import { openShare, renderBackground } from "./background.ts";
import { clear, createCanvas, store } from "./canvas.ts";
import { createFluidPainter } from "./fluid.ts";
import { drawLook, renderShadow, renderSolid } from "./solid.ts";

export interface Picture {
  /** U8 [T, 64, 64, 3]. */
  readonly frames: Uint8Array<ArrayBuffer>;
  /** U8 [T, 64, 64]. */
  readonly mask: Uint8Array<ArrayBuffer>;
}

export function render(scene: Scene, snapshots: readonly Snapshot[]): Picture {
  const { size, frames: T } = CLIP;
  const frames = new Uint8Array(T * size * size * 3);
  const mask = new Uint8Array(T * size * size);
  const background = renderBackground(scene);
  const canvas = createCanvas();
  const random = new Random(scene.look + 1);
  const looks = scene.solids.map(() => drawLook(random));
  const paintFluids = createFluidPainter(scene, background, openShare(scene));
  for (const [t, snapshot] of snapshots.entries()) {
    clear(canvas, background);
    if (scene.view === "top") {
      for (const [k, pose] of snapshot.solids.entries()) renderShadow(canvas, scene.solids[k], pose);
    }
    paintFluids(canvas, snapshot);
    for (const [k, pose] of snapshot.solids.entries()) renderSolid(canvas, k, scene.solids[k], looks[k], pose);
    store(canvas, t, frames, mask);
  }
  return { frames, mask };
}
