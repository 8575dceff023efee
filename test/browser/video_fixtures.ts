/** Fixtures of test/fixtures/video as clips that close themselves after each test, and what the video tests measure on them. */
import { afterEach, expect } from "vitest";
import { type Clip, openClip } from "../../src/video/clip.ts";
import type { ClipInfo, Size } from "../../src/video/types.ts";

const urls = import.meta.glob<string>("../fixtures/video/*.{mp4,mov,webm,mkv,avi,mp3}", {
  eager: true,
  query: "?url",
  import: "default",
});

const open: Clip[] = [];
afterEach(() => {
  for (const clip of open.splice(0)) clip.close();
});

export const names = Object.keys(urls).map((path) => path.slice(path.lastIndexOf("/") + 1));
export const urlOf = (name: string) => urls[`../fixtures/video/${name}`];
export const fixture = async (name: string) => (await fetch(urlOf(name))).blob();
export async function openFixture(name: string, blob?: Blob): Promise<Clip> {
  const clip = await openClip(blob ?? (await fixture(name)), name);
  open.push(clip);
  return clip;
}
/** All of a clip, at its own size. */
export const whole = (clip: Clip, frames = 32) =>
  clip.sample({ startS: 0, lengthS: clip.info.durationS, frames }, { input: sizeOf(clip.info) });
export const sizeOf = ({ width, height }: ClipInfo): Size => ({ width, height });

/** Mean absolute difference in levels of 255. */
export function difference(a: Uint8ClampedArray, b: Uint8ClampedArray): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}

/** The error that opening or sampling ends with. */
export async function failure(name: string, blob?: Blob): Promise<{ code: string; message: string }> {
  const outcome = await openFixture(name, blob)
    .then((clip) => whole(clip))
    .catch((error: unknown) => error);
  expect(outcome).toMatchObject({ name: "VideoError" });
  return outcome as { code: string; message: string };
}

export const twelfths = Array.from({ length: 12 }, (_, i) => i / 12);
export const small = { width: 160, height: 96, rotation: 0, durationS: expect.closeTo(1, 3), framesPerSecond: 12 };
