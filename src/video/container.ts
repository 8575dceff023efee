import {
  ADTS,
  BlobSource,
  FLAC,
  Input,
  type InputVideoTrack,
  MATROSKA,
  MP3,
  MP4,
  OGG,
  QTFF,
  WAVE,
  WEBM,
} from "mediabunny";
import { colourAsThePlayer } from "./colours.ts";
import { contentHash } from "./content_hash.ts";
import { FrameList } from "./frame_list.ts";
import { CLIP_LIMITS, type ClipInfo, VideoError } from "./types.ts";

/**
 * Audio containers are here only to be told apart from files that are no media at all. Playlists (HLS) are not: they would
 * fetch what they list, and no request may leave the page's origin.
 */
const FORMATS = [MP4, QTFF, WEBM, MATROSKA, MP3, WAVE, OGG, FLAC, ADTS];

const REMEDY = "choose an MP4, MOV, WebM or MKV file";

/** A file whose video track can be decoded here. */
export interface OpenedFile {
  readonly info: ClipInfo;
  readonly track: InputVideoTrack;
  readonly frames: FrameList;
  /** The container's timestamp of the first frame, seconds. */
  readonly firstTimestamp: number;
  /** Set where the file's header promises more than its frames: it may be cut off. */
  readonly notice: string | undefined;
  close(): void;
}

/** Opens a file and checks all that can be checked without decoding. @throws VideoError, every code of types.ts. */
export async function openFile(blob: Blob, name: string): Promise<OpenedFile> {
  if (blob.size === 0) {
    throw new VideoError("empty-file", `${name} holds 0 bytes and a clip at least 1 frame; copy or download it again`);
  }
  if (blob.size > CLIP_LIMITS.maxBytes) {
    const [size, limit] = [blob.size, CLIP_LIMITS.maxBytes].map((bytes) => `${(bytes / 2 ** 30).toFixed(2)} GiB`);
    throw new VideoError(
      "file-too-large",
      `${name} has ${size} and the limit is ${limit}; cut the part of interest out`,
    );
  }
  const input = new Input({ source: new BlobSource(blob), formats: FORMATS });
  try {
    const track = await videoTrack(input, blob, name);
    return { track, ...(await describe(input, track, blob, name)), close: () => input.dispose() };
  } catch (error) {
    input.dispose();
    if (error instanceof VideoError) throw error;
    throw new VideoError("not-a-video", `${name} could not be read (${reason(error)}); ${REMEDY}`, { cause: error });
  }
}

async function videoTrack(input: Input, blob: Blob, name: string): Promise<InputVideoTrack> {
  if (!(await input.canRead())) {
    throw new VideoError("not-a-video", `${name} is no video that can be read here; ${REMEDY}`);
  }
  const tracks = await input.getTracks().catch((cause: unknown) => {
    throw new VideoError("truncated", `${name} breaks off within its header (${reason(cause)}); get the whole file`, {
      cause,
    });
  });
  if (tracks.length === 0) {
    // An MP4 written for streaming has its index (the "moov" box) in front, most others at the very end.
    throw new VideoError(
      "truncated",
      `${name} has ${blob.size} bytes but no index of its frames among them, as when a download or recording breaks off; get the whole file`,
    );
  }
  const track = await input.getPrimaryVideoTrack();
  if (!track) {
    const kinds = await Promise.all(
      tracks.map(async (other) => `${other.type} (${(await other.getCodec()) ?? "unknown"})`),
    );
    throw new VideoError(
      "no-video-track",
      `${name} holds ${kinds.join(" and ")} but no video; choose a file with pictures`,
    );
  }
  return track;
}

async function describe(
  input: Input,
  track: InputVideoTrack,
  blob: Blob,
  name: string,
): Promise<Omit<OpenedFile, "track" | "close">> {
  const codec = await describeCodec(track);
  if (!(await track.canDecode())) {
    throw new VideoError(
      "codec-unsupported",
      `this browser cannot decode ${codec}, which ${name} uses; convert it to H.264, VP9 or AV1`,
    );
  }
  await colourAsThePlayer(track);
  const [width, height] = [await track.getDisplayWidth(), await track.getDisplayHeight()];
  if (Math.min(width, height) < CLIP_LIMITS.minSide) {
    throw new VideoError(
      "clip-too-small",
      `${name} has ${width}×${height} pixels and a side needs at least ${CLIP_LIMITS.minSide}; choose a larger clip`,
    );
  }
  const frames = new FrameList(track);
  const start = await frames.start();
  if (start.frames === 0) {
    throw new VideoError(
      "truncated",
      `${name} is cut off: 0 frames are whole in its ${blob.size} bytes and at least 2 are needed; get the whole file`,
    );
  }
  if (start.frames === 1) {
    throw new VideoError("too-few-frames", `${name} has 1 frame and at least 2 are needed; choose a longer clip`);
  }
  const rate = await track.computeFrameRateMetrics();
  // Frames missing from a regular rhythm make the true rate lower than the rhythm's.
  const framesPerSecond = rate.frameRateIsConstant ? rate.bestGuessFrameRate : rate.averageFrameRate;
  const endS = await frames.endTimestamp(1 / framesPerSecond);
  const info: ClipInfo = {
    contentHash: await contentHash(blob),
    name,
    bytes: blob.size,
    container: (await input.getFormat()).name.replace(" File Format", ""),
    codec,
    width,
    height,
    rotation: await track.getRotation(),
    durationS: Math.round((endS - start.timestamp) * 1e6) / 1e6,
    framesPerSecond,
  };
  return { info, frames, firstTimestamp: start.timestamp, notice: await promisedMore(track, endS, name) };
}

/** "avc (avc1.64001e)": the family, and the full string where the file has one. */
async function describeCodec(track: InputVideoTrack): Promise<string> {
  const family = await track.getCodec();
  if (!family) return `the codec "${(await track.getInternalCodecId()) ?? "unknown"}"`;
  const full = await track.getCodecParameterString();
  return full && full !== family ? `${family} (${full})` : family;
}

/** A WebM that breaks off still reads well up to its last whole frame; only its header knows of more. */
async function promisedMore(track: InputVideoTrack, endS: number, name: string): Promise<string | undefined> {
  const headerS = await track.getDurationFromMetadata({ skipLiveWait: true });
  if (headerS === null || headerS - endS < 1) return undefined;
  return `${name} may be cut off: its header says ${headerS.toFixed(1)} s but its frames end at ${endS.toFixed(1)} s`;
}

/** What an error says, without the full stop of its sentence. */
export function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}
