import { Input, type InputFormat, type InputVideoTrack, MATROSKA, MP4, QTFF, WEBM } from "mediabunny";
import { describeCodec, undecodable } from "./codecs.ts";
import { colourAsThePlayer, dynamicRange } from "./colours.ts";
import { contentHash } from "./content_hash.ts";
import { type Edit, readEdit } from "./edit_list.ts";
import { foreignFile } from "./foreign.ts";
import { FrameList } from "./frame_list.ts";
import { guardedSource } from "./guarded_source.ts";
import { CLIP_LIMITS, type ClipInfo, VideoError } from "./types.ts";
import { reason } from "./unreadable.ts";
import { promisedBytes } from "./wholeness.ts";
import { countFrames } from "./window/window.ts";

/** Each brings its code to the page. Playlists (HLS) would also fetch what they list, and no request may leave the page's origin. */
const FORMATS = [MP4, QTFF, WEBM, MATROSKA];

const REMEDY = "choose an MP4, MOV, WebM or MKV file";

/** Frames whose times say whether all come evenly: five minutes of most clips, in a few hundredths of a second. */
const MOST_PROBED = 9000;
/** Matroska has the times between the pictures: of a file larger than this no more than its first frames are read for them. */
const PROBED_BYTES = 2 ** 26;
const FIRST_PROBED = 256;

/** A file whose video track can be decoded here. */
export interface OpenedFile {
  readonly info: ClipInfo;
  readonly track: InputVideoTrack;
  readonly frames: FrameList;
  /** The container's timestamp of the first frame, seconds. */
  readonly firstTimestamp: number;
  /** Sentences about what of the file is not looked at, or not as one might expect. */
  readonly notices: readonly string[];
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
  const { source, opened } = guardedSource(blob, name);
  const input = new Input({ source, formats: FORMATS });
  try {
    await refuseForeign(blob, name);
    const { track, notices } = await playedTrack(await videoTracks(input, blob, name), name);
    const described = await describe(input, track, blob, name);
    opened();
    return { track, ...described, notices: [...notices, ...described.notices], close: () => input.dispose() };
  } catch (error) {
    input.dispose();
    if (error instanceof VideoError) throw error;
    throw new VideoError("not-a-video", `${name} could not be read (${reason(error)}); ${REMEDY}`, { cause: error });
  }
}

async function refuseForeign(blob: Blob, name: string): Promise<void> {
  const foreign = await foreignFile(blob);
  if (foreign?.kind === "video") {
    throw new VideoError(
      "container-unsupported",
      `${name} is ${foreign.what}, which a browser cannot play; convert it to MP4 (ffmpeg -i "${name}" clip.mp4)`,
    );
  }
  if (foreign?.kind === "sound") {
    throw new VideoError(
      "no-video-track",
      `${name} holds audio (${foreign.what}) but no video; choose a file with pictures`,
    );
  }
  if (foreign) {
    throw new VideoError("not-a-video", `${name} is one picture (${foreign.what}) and no video; ${REMEDY}`);
  }
}

async function videoTracks(input: Input, blob: Blob, name: string): Promise<InputVideoTrack[]> {
  if (!(await input.canRead())) {
    throw new VideoError("not-a-video", `${name} is no video that can be read here; ${REMEDY}`);
  }
  const tracks = await input.getTracks().catch((cause: unknown) => {
    if (cause instanceof VideoError) throw cause;
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
  const videos = tracks.filter((track) => track.isVideoTrack());
  if (videos.length === 0) {
    const kinds = await Promise.all(
      tracks.map(async (other) => `${other.type} (${(await other.getCodec()) ?? "unknown"})`),
    );
    throw new VideoError(
      "no-video-track",
      `${name} holds ${kinds.join(" and ")} but no video; choose a file with pictures`,
    );
  }
  return videos;
}

/** The track that the browser's player takes: the first that it can decode, whichever is the larger, passing by disabled ones. */
async function playedTrack(tracks: readonly InputVideoTrack[], name: string) {
  const known = await Promise.all(
    tracks.map(async (track) => ({
      track,
      decodable: await track.canDecode(),
      enabled: isMatroska(await track.input.getFormat()) || (await track.getDisposition()).default,
    })),
  );
  const decodable = known.filter((one) => one.decodable);
  const [track, ...others] = [
    ...decodable.filter(({ enabled }) => enabled),
    ...decodable.filter(({ enabled }) => !enabled),
  ].map((one) => one.track);
  if (!track) throw new VideoError("codec-unsupported", await undecodable(tracks[0], name));
  const words = async (of: InputVideoTrack) =>
    `track ${tracks.indexOf(of) + 1} (${await of.getDisplayWidth()}×${await of.getDisplayHeight()})`;
  const left = await Promise.all(others.map(words));
  const notices =
    left.length === 0
      ? []
      : [
          `${name} has several pictures at once: ${await words(track)} is looked at, as a browser plays it, not ${left.join(", ")}`,
        ];
  return { track, notices };
}

async function describe(
  input: Input,
  track: InputVideoTrack,
  blob: Blob,
  name: string,
): Promise<Omit<OpenedFile, "track" | "close">> {
  await colourAsThePlayer(track);
  const [width, height] = [await track.getDisplayWidth(), await track.getDisplayHeight()];
  if (Math.min(width, height) < CLIP_LIMITS.minSide) {
    throw new VideoError(
      "clip-too-small",
      `${name} has ${width}×${height} pixels and a side needs at least ${CLIP_LIMITS.minSide}; choose a larger clip`,
    );
  }
  const format = await input.getFormat();
  const matroska = isMatroska(format);
  const edit = matroska ? undefined : await readEdit(blob, track.id);
  const frames = new FrameList(track, edit, await track.getTimeResolution(), { name, bytes: blob.size });
  const start = await frames.start();
  if (start.frames === 0) {
    const lost = start.undecodable > 0 ? `, only ${countFrames(start.undecodable)} that refer to others,` : "";
    throw new VideoError(
      "truncated",
      `${name} is cut off: 0 frames are whole in its ${blob.size} bytes${lost} and at least 2 are needed; get the whole file`,
    );
  }
  if (start.frames === 1) {
    throw new VideoError("too-few-frames", `${name} has 1 frame and at least 2 are needed; choose a longer clip`);
  }
  const most = matroska && blob.size > PROBED_BYTES ? FIRST_PROBED : MOST_PROBED;
  const rate = await track.computeFrameRateMetrics({ targetPacketCount: most });
  // Frames missing from a regular rhythm make the true rate lower than the rhythm's.
  const framesPerSecond = rate.frameRateIsConstant ? rate.bestGuessFrameRate : rate.averageFrameRate;
  const endS = await frames.endTimestamp(1 / framesPerSecond);
  const info: ClipInfo = {
    contentHash: await contentHash(blob),
    name,
    bytes: blob.size,
    container: format.name.replace(" File Format", ""),
    codec: await describeCodec(track),
    width,
    height,
    rotation: await track.getRotation(),
    durationS: Math.round((endS - start.timestamp) * 1e6) / 1e6,
    framesPerSecond,
    // Of frames that were not seen nobody knows.
    constantRate: rate.frameRateIsConstant && rate.probedPacketCount < most,
    // Players move an edit's first frame to where the edit begins.
    playerStartS: edit?.startS ?? start.timestamp,
  };
  const notices = [
    ...leftOut(start.undecodable, edit, name),
    ...highRange(await dynamicRange(track), name),
    ...cutOff(await promisedBytes(blob, matroska), info, endS - start.timestamp),
  ];
  return { info, frames, firstTimestamp: start.timestamp, notices };
}

function leftOut(undecodable: number, edit: Edit | undefined, name: string): string[] {
  const notices: string[] = [];
  if (undecodable > 0) {
    notices.push(
      `${name} was cut within a group of pictures: its first ${countFrames(undecodable)} refer to some that are gone and are left out`,
    );
  }
  if (edit && edit.others > 0) {
    notices.push(`${name} is put together from ${edit.others + 1} parts of its film: only the first is looked at`);
  }
  return notices;
}

const highRange = (kind: string | undefined, name: string): string[] =>
  kind
    ? [`${name} is HDR (${kind}): it is looked at in the colours that this browser gives it on an ordinary screen`]
    : [];

/** What breaks off may still read well up to its last whole frame; only its header knows of more. */
const cutOff = (promised: number | undefined, { name, bytes }: ClipInfo, endS: number): string[] =>
  promised === undefined
    ? []
    : [
        `${name} may be cut off: its header promises ${promised} bytes and it has ${bytes}; its frames end at ${endS.toFixed(1)} s`,
      ];

/** WebM is one. */
const isMatroska = (format: InputFormat) => format === MATROSKA || format === WEBM;
