/** A run that ships with the page: what it said, and every clip of it in one picture, a row a clip, its frames from left to right. */
import * as v from "valibot";
import { SANDBOX_CLIP } from "../../worker/protocol.ts";
import type { RecordedBy, StudentRun } from "./store.ts";
import { joinedClips, readStoredStudent, recalledStudent, storedStudent } from "./stored_run.ts";

const { frames: FRAMES, size: SIZE } = SANDBOX_CLIP;
const WIDTH = FRAMES * SIZE;

/** The run is 0: those of a visit are counted from 1. */
export const RECORDED_RUN = 0;

const schema = v.object({
  recorded: v.object({ adapter: v.string(), seconds: v.number(), command: v.string() }),
});

/** @throws Error of one sentence where the text is no recorded run */
export function readRecorded(text: string): StudentRun {
  const stored = readStoredStudent(text);
  const more = v.safeParse(schema, stored && JSON.parse(text));
  if (!stored || !more.success) throw new Error("the recorded run is not one that this page can read: reload the page");
  return { ...recalledStudent(stored, RECORDED_RUN, 0), savedStep: null, diskBytes: null, ...more.output };
}

export const recordedText = (run: StudentRun, recorded: RecordedBy): string =>
  JSON.stringify({ ...storedStudent(run, 0), recorded });

/** Every clip of a run: the simulator's, then those of each look. */
const clipsOf = ({ watched, looks }: StudentRun) => [...watched, ...looks.flatMap(({ samples }) => samples)];

/** WebP's; a clip is then off by less than one of 255 in the mean, and a fifth of the size that it has without loss. */
const QUALITY = 0.98;

export async function clipSheet(run: StudentRun): Promise<Blob> {
  const clips = clipsOf(run);
  const all = joinedClips(clips);
  const { canvas, context } = canvasOf(clips.length * SIZE);
  const image = new ImageData(WIDTH, clips.length * SIZE);
  const pixels = FRAMES * SIZE ** 2 * clips.length;
  for (let i = 0; i < pixels; i++) {
    const at = placeOf(i);
    image.data.set(all.subarray(3 * i, 3 * i + 3), at);
    image.data[at + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas.convertToBlob({ type: "image/webp", quality: QUALITY });
}

/** The run with what its clips show. */
export async function withSheet(run: StudentRun, sheet: Blob): Promise<StudentRun> {
  const picture = await createImageBitmap(sheet, { colorSpaceConversion: "none" });
  const { context } = canvasOf(picture.height);
  context.drawImage(picture, 0, 0);
  const { data } = context.getImageData(0, 0, picture.width, picture.height);
  let clip = 0;
  const next = () => framesAt(data, clip++);
  const watched = run.watched.map((one) => ({ ...one, frames: next() }));
  const looks = run.looks.map((look) => ({
    ...look,
    samples: look.samples.map((sample) => ({ ...sample, frames: next() })),
  }));
  return { ...run, watched, looks };
}

function framesAt(data: Uint8ClampedArray, clip: number): Uint8Array<ArrayBuffer> {
  const pixels = FRAMES * SIZE ** 2;
  const frames = new Uint8Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    const at = placeOf(clip * pixels + i);
    frames.set(data.subarray(at, at + 3), 3 * i);
  }
  return frames;
}

/** Where in the picture's bytes the i-th pixel of clip after clip, frame after frame, stands. */
function placeOf(i: number): number {
  const [column, row] = [i % SIZE, Math.floor(i / SIZE) % SIZE];
  const frame = Math.floor(i / SIZE ** 2);
  return 4 * ((Math.floor(frame / FRAMES) * SIZE + row) * WIDTH + (frame % FRAMES) * SIZE + column);
}

function canvasOf(height: number) {
  const canvas = new OffscreenCanvas(WIDTH, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("a 2D canvas could not be made");
  return { canvas, context };
}
