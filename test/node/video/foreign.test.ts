import { describe, expect, test } from "vitest";
import { foreignFile } from "../../../src/video/foreign.ts";

/** Text, or bytes in hex after "#". */
const blob = (...parts: string[]) =>
  new Blob(
    parts.map((part) => (part.startsWith("#") ? Buffer.from(part.slice(1), "hex") : Buffer.from(part, "latin1"))),
  );
const packet = (stride: number) => `G${"\0".repeat(stride - 1)}`;

describe("what is no file that a browser reads is named by its content", () => {
  test.each([
    ["an AVI file", blob("RIFF", "#00010000", "AVI LIST")],
    ["a Windows Media file (WMV)", blob("#3026b2758e66cf11a6d900aa0062ce6c")],
    ["a Flash video (FLV)", blob("FLV", "#0101")],
    ["an MPEG program stream (MPG or VOB)", blob("#000001ba44")],
    ["an MPEG transport stream (TS)", blob(packet(188).repeat(4))],
    ["an MPEG transport stream (MTS or M2TS)", blob("\0\0\0\0", packet(192).repeat(4))],
    ["an Ogg video (Theora)", blob("OggS", "\0".repeat(24), "#807468656f7261")],
    ["a GIF", blob("GIF89a")],
    [
      "an animated PNG",
      blob("#89504e470d0a1a0a0000000d49484452", "\0".repeat(17), "#0000000861635443".slice(0, 9), "acTL"),
    ],
    ["an animated WebP", blob("RIFF", "#00010000", "WEBPVP8X", "\0".repeat(14), "ANIM")],
  ])("%s", async (what, file) => {
    expect(await foreignFile(file)).toEqual({ kind: "video", what });
  });

  test.each([
    ["PNG", blob("#89504e470d0a1a0a0000000d49484452")],
    ["JPEG", blob("#ffd8ffe0")],
    ["WebP", blob("RIFF", "#00010000", "WEBPVP8 ")],
    ["HEIC", blob("\0\0\0\x18", "ftypheic")],
    ["AVIF", blob("\0\0\0\x18", "ftypavif")],
  ])("a picture: %s", async (what, file) => {
    expect(await foreignFile(file)).toEqual({ kind: "picture", what });
  });

  test.each([
    ["mp3", blob("ID3", "#04000000000000")],
    ["mp3", blob("#fffb9064")],
    ["aac", blob("#fff15080")],
    ["ogg", blob("OggS", "\0".repeat(24), "OpusHead")],
    ["flac", blob("fLaC", "#00000022")],
    ["wave", blob("RIFF", "#00010000", "WAVEfmt ")],
    ["aiff", blob("FORM", "#00010000", "AIFFCOMM")],
  ])("a sound: %s", async (what, file) => {
    expect(await foreignFile(file)).toEqual({ kind: "sound", what });
  });

  test.each([
    ["an MP4", blob("\0\0\0\x18", "ftypisom")],
    ["a WebM", blob("#1a45dfa39f42868101")],
    ["a text", blob("Good morning, this is a text of more than a few bytes.")],
    ["an empty file", blob()],
  ])("not %s", async (_, file) => {
    expect(await foreignFile(file)).toBeUndefined();
  });
});
