/** Files that people rightly take for videos but that no browser reads, pictures, and sound: told by their first bytes, never by their name. */

export interface ForeignFile {
  readonly kind: "video" | "picture" | "sound";
  /** "an AVI file", "JPEG", "mp3" */
  readonly what: string;
}

/** Bytes as they follow each other, a character each; a number leaves out so many, ANYWHERE as many as it takes. */
type Pattern = readonly (string | number)[];

const ANYWHERE = Number.POSITIVE_INFINITY;
/** Holds three packets of a transport stream, and the first page of an Ogg file. */
const HEAD_BYTES = 1024;

const VIDEOS: readonly (readonly [what: string, ...Pattern])[] = [
  ["an AVI file", "RIFF", 4, "AVI "],
  ["a Windows Media file (WMV)", "\x30\x26\xb2\x75\x8e\x66\xcf\x11"],
  ["a Flash video (FLV)", "FLV\x01"],
  ["an MPEG program stream (MPG or VOB)", "\0\0\x01\xba"],
  ["a bare MPEG video stream", "\0\0\x01\xb3"],
  ["an MPEG transport stream (TS)", "G", 187, "G", 187, "G"],
  ["an MPEG transport stream (MTS or M2TS)", 4, "G", 191, "G", 191, "G"],
  ["a bare H.264 stream", "\0\0\0\x01\x67"],
  ["a bare H.264 stream", "\0\0\0\x01\x09"],
  ["an Ogg video (Theora)", "OggS", ANYWHERE, "\x80theora"],
  ["a RealMedia file", ".RMF"],
  ["an MXF file", "\x06\x0e\x2b\x34"],
  ["an uncompressed Y4M file", "YUV4MPEG2"],
  ["a playlist of videos (M3U8)", "#EXTM3U"],
  ["a GIF", "GIF8"],
  ["an animated PNG", "\x89PNG", ANYWHERE, "acTL"],
  ["an animated WebP", "RIFF", 4, "WEBP", ANYWHERE, "ANIM"],
];

const PICTURES: readonly (readonly [what: string, ...Pattern])[] = [
  ["PNG", "\x89PNG"],
  ["WebP", "RIFF", 4, "WEBP"],
  ["JPEG", "\xff\xd8\xff"],
  ["HEIC", 4, "ftyphei"],
  ["HEIC", 4, "ftypmif1"],
  ["AVIF", 4, "ftypavif"],
];

/** After the Ogg videos, whose first page says so. */
const SOUNDS: readonly (readonly [what: string, ...Pattern])[] = [
  ["mp3", "ID3"],
  ["mp3", "\xff\xfb"],
  ["mp3", "\xff\xfa"],
  ["mp3", "\xff\xf3"],
  ["mp3", "\xff\xf2"],
  ["aac", "\xff\xf1"],
  ["aac", "\xff\xf9"],
  ["ogg", "OggS"],
  ["flac", "fLaC"],
  ["wave", "RIFF", 4, "WAVE"],
  ["aiff", "FORM", 4, "AIF"],
];

/** What a file is instead of a video that a browser could read; undefined where it may be one. */
export async function foreignFile(blob: Blob): Promise<ForeignFile | undefined> {
  const head = new Uint8Array(await blob.slice(0, HEAD_BYTES).arrayBuffer());
  const text = String.fromCharCode(...head);
  const found = (of: typeof VIDEOS, kind: ForeignFile["kind"]) => {
    const first = of.find(([, ...pattern]) => matches(text, pattern));
    return first && { kind, what: first[0] };
  };
  return found(VIDEOS, "video") ?? found(PICTURES, "picture") ?? found(SOUNDS, "sound");
}

function matches(text: string, pattern: Pattern): boolean {
  let at = 0;
  for (const part of pattern) {
    if (typeof part === "number") at += part;
    else {
      const found = at === ANYWHERE ? text.indexOf(part) : text.startsWith(part, at) ? at : -1;
      if (found < 0) return false;
      at = found + part.length;
    }
  }
  return true;
}
