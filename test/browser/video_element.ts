import type { Size } from "../../src/video/types.ts";

/**
 * The frames that the browser's own player shows, by the times at which they start, RGBA: a truth for ours that shares neither
 * demuxer nor sampling nor rotation with it.
 */
export async function framesOfElement(
  url: string,
  startsS: readonly number[],
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
  for (const startS of startsS) {
    const seeked = happened(video, "seeked");
    // 10 ms into a frame is safely after its start, however the container rounds.
    video.currentTime = startS + 0.01;
    await seeked;
    await shows(video, startS);
    context.drawImage(video, 0, 0, width, height);
    frames.push(context.getImageData(0, 0, width, height).data);
  }
  video.removeAttribute("src");
  video.load();
  return frames;
}

/** On a busy machine the frame that was sought is there only some time after "seeked". */
async function shows(video: HTMLVideoElement, startS: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const frame = new VideoFrame(video);
    const timeS = frame.timestamp / 1e6;
    frame.close();
    if (Math.abs(timeS - startS) < 0.005) return;
    if (performance.now() > deadline)
      throw new Error(`the player shows the frame at ${timeS} s instead of ${startS} s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function happened(video: HTMLVideoElement, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    video.addEventListener(event, () => resolve(), { once: true });
    video.addEventListener("error", () => reject(new Error(`the player failed: ${video.error?.message}`)), {
      once: true,
    });
  });
}
