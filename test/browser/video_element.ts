import type { Size } from "../../src/video/types.ts";

/**
 * The frames that the browser's own player shows at the given times, RGBA: a truth for ours that shares neither demuxer nor
 * sampling nor rotation with it.
 */
export async function framesOfElement(
  url: string,
  timesS: readonly number[],
  { width, height }: Size,
): Promise<Uint8ClampedArray[]> {
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "auto";
  video.src = url;
  await happened(video, "loadeddata");
  const context = new OffscreenCanvas(width, height).getContext("2d", { alpha: false, willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  const frames: Uint8ClampedArray[] = [];
  for (const timeS of timesS) {
    const seeked = happened(video, "seeked");
    video.currentTime = timeS;
    await seeked;
    context.drawImage(video, 0, 0, width, height);
    frames.push(context.getImageData(0, 0, width, height).data);
  }
  video.removeAttribute("src");
  video.load();
  return frames;
}

function happened(video: HTMLVideoElement, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    video.addEventListener(event, () => resolve(), { once: true });
    video.addEventListener("error", () => reject(new Error(`the player failed: ${video.error?.message}`)), {
      once: true,
    });
  });
}
