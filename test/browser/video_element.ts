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
    await show(video, startS);
    // What is transparent shows black, and not the frame before.
    context.fillRect(0, 0, width, height);
    context.drawImage(video, 0, 0, width, height);
    frames.push(context.getImageData(0, 0, width, height).data);
  }
  video.removeAttribute("src");
  video.load();
  return frames;
}

/**
 * Brings the frame that starts at `startS` to the screen. A paused player chooses a frame by the clip's mean frame duration, so after
 * a seek into a variable rate, or to the end of a clip with reordered frames, it may rest one frame short: then it plays slowly
 * from just before.
 */
async function show(video: HTMLVideoElement, startS: number): Promise<void> {
  const arrived = () => Math.abs(shownAt(video) - startS) < 0.005;
  // 10 ms into a frame is safely after its start, however the container rounds.
  await seek(video, startS + 0.01);
  // On a busy machine the frame that was sought is there only some time after the event.
  if (await within(1500, arrived)) return;
  for (const rate of [0.25, 0.1]) {
    await seek(video, Math.max(0, startS - 0.1));
    video.playbackRate = rate;
    await video.play();
    const came = await within(8000, arrived);
    video.pause();
    if (came && arrived()) return;
  }
  throw new Error(`the player shows the frame at ${shownAt(video)} s instead of ${startS} s`);
}

async function seek(video: HTMLVideoElement, timeS: number): Promise<void> {
  const seeked = happened(video, "seeked");
  video.currentTime = timeS;
  await seeked;
}

function shownAt(video: HTMLVideoElement): number {
  try {
    const frame = new VideoFrame(video);
    const timeS = frame.timestamp / 1e6;
    frame.close();
    return timeS;
  } catch {
    // There is none yet, whatever readyState says.
    return Number.NaN;
  }
}

async function within(milliseconds: number, holds: () => boolean): Promise<boolean> {
  for (const deadline = performance.now() + milliseconds; performance.now() < deadline; ) {
    if (holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return false;
}

function happened(video: HTMLVideoElement, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    video.addEventListener(event, () => resolve(), { once: true });
    video.addEventListener("error", () => reject(new Error(`the player failed: ${video.error?.message}`)), {
      once: true,
    });
  });
}
