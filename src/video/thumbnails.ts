import { EncodedPacketSink } from "mediabunny";
import type { OpenedFile } from "./container.ts";
import { FrameSink } from "./decoding.ts";
import { paint } from "./paint.ts";
import { createResizer, createSurface } from "./resize.ts";

/** Clips up to this many pixels over all their frames (10 s at 1080p and 48 Hz) are decoded through for exact times. */
const EXACT_UP_TO_PIXELS = 1e9;

export interface ClipThumbnails {
  /** When each is shown, from the clip's first frame. Ascending. */
  readonly timesS: readonly number[];
  /** The caller closes or transfers them. */
  readonly images: readonly ImageBitmap[];
}

/** A part of a clip, in seconds from its first frame. */
export interface ClipPart {
  readonly fromS: number;
  readonly toS: number;
}

/**
 * `count` frames, one in the middle of each of as many equal parts of the clip or of the part that is given, `height` pixels high. Of a file that is cut
 * off or damaged, those up to there: `sample` is what reports it.
 *
 * @throws RangeError for a count or height that is no positive whole number.
 */
export async function spreadThumbnails(
  file: OpenedFile,
  count: number,
  height: number,
  { fromS, toS }: ClipPart = { fromS: 0, toS: file.info.durationS },
): Promise<ClipThumbnails> {
  for (const [what, value] of Object.entries({ count, height })) {
    if (!(Number.isInteger(value) && value > 0))
      throw new RangeError(`${what} must be a whole number > 0, got ${value}`);
  }
  const { info, firstTimestamp } = file;
  const timestamps = Array.from(
    { length: count },
    (_, i) => firstTimestamp + fromS + ((i + 0.5) / count) * (toS - fromS),
  );
  const pixels = (toS - fromS) * info.framesPerSecond * info.width * info.height;
  const wanted = pixels <= EXACT_UP_TO_PIXELS ? timestamps : await keyFrames(file, timestamps);

  const full = createSurface(info);
  const resize = createResizer(info, { width: Math.max(1, Math.round((height * info.width) / info.height)), height });
  const timesS: number[] = [];
  const images: ImageBitmap[] = [];
  try {
    for await (const decoded of new FrameSink(file.track).framesAt(wanted)) {
      if (!decoded) break;
      try {
        paint(decoded, full);
        timesS.push(Math.max(0, Math.round((decoded.timestamp - firstTimestamp) * 1e6) / 1e6));
      } finally {
        decoded.close();
      }
      images.push(await createImageBitmap(resize(full.canvas).canvas));
    }
  } catch (error) {
    if (images.length === 0) throw error;
  }
  return { timesS: timesS.slice(0, images.length), images };
}

/** The timestamps of the last key frames at or before the given ones. */
async function keyFrames(file: OpenedFile, timestamps: readonly number[]): Promise<number[]> {
  const sink = new EncodedPacketSink(file.track);
  const packets = await Promise.all(
    timestamps.map((timestamp) => sink.getKeyPacket(timestamp, { metadataOnly: true })),
  );
  return packets.map((packet, i) => packet?.timestamp ?? timestamps[i]);
}
