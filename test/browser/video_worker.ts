/** What test/browser/video.test.ts runs in a worker: opens and samples a clip there, and sends back what it saw. */
import { openClip } from "../../src/video/clip.ts";
import type { SamplingWindow, Size } from "../../src/video/types.ts";

export interface WorkerTask {
  readonly blob: Blob;
  readonly window: SamplingWindow;
  readonly input: Size;
}

addEventListener("message", async ({ data: { blob, window, input } }: MessageEvent<WorkerTask>) => {
  const clip = await openClip(blob, "clip");
  const { pixels, images } = await clip.sample(window, { input });
  clip.close();
  postMessage({ pixels, images }, { transfer: [...images] });
});
