/**
 * The page's one WebGL renderer, handed from one opening of the block to the next: a context and its compiled shaders cost
 * a browser's GPU process half a megabyte that it does not give back with them.
 */
import { WebGLRenderer } from "three";

let parked: WebGLRenderer | null = null;
/** Programs that outlive their materials. */
const kept = new WeakSet<object>();

/** @throws Error where there is no WebGL */
export function takeRenderer(): WebGLRenderer {
  const ready = parked;
  parked = null;
  if (ready && !isLost(ready)) return ready;
  if (ready) drop(ready);
  const made = new WebGLRenderer({ alpha: true, antialias: true, powerPreference: "high-performance" });
  made.setClearAlpha(0);
  return made;
}

/** Keeps the renderer for the next opening; what was drawn with it must have been freed. One with a lost context is dropped. */
export function parkRenderer(renderer: WebGLRenderer): void {
  renderer.domElement.remove();
  if (parked || isLost(renderer)) {
    drop(renderer);
    return;
  }
  // Gives the picture's own memory back, and the next host gets none of this one's picture.
  renderer.setSize(1, 1, false);
  parked = renderer;
}

/**
 * To be called after each picture. three.js counts the materials of each program and drops it with the last: to compile one
 * again took a software renderer 200 ms. There is a dozen kinds at most, so each counts as used once more.
 */
export function keepPrograms({ info }: WebGLRenderer): void {
  for (const program of info.programs ?? []) {
    if (kept.has(program)) continue;
    kept.add(program);
    program.usedTimes++;
  }
}

/** The graphics driver took the context back: whatever is drawn with it is empty. */
export const isLost = (renderer: WebGLRenderer) => renderer.getContext().isContextLost();

/** A browser keeps only 16 contexts, and a collected canvas gives its one back much later. */
function drop(renderer: WebGLRenderer): void {
  renderer.dispose();
  renderer.forceContextLoss();
}
