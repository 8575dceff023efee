// What exported files are called, and what files that come in are taken for.
import { expect, test } from "vitest";
import { isSafetensors, isVideo } from "../../src/formats/file_kinds.ts";
import { fileStem } from "../../src/ui/files/names.ts";

test.each([
  ["测试 видео XFeat", "测试-видео-xfeat"],
  ["Ünïcode  Ćlip (1)", "ünïcode-ćlip-1"],
  ["हिन्दी वीडियो", "हिन्दी-वीडियो"],
  // As macOS hands the name over, letter and accent apart.
  ["Cafe\u0301", "café"],
  ["--out ../../etc", "out-etc"],
  ["🎈", "tempered"],
  ["", "tempered"],
])("of %j an export is called %j", (words, stem) => {
  expect(fileStem(words)).toBe(stem);
});

test("a long name stays within what file systems take, and no letter is cut in two", () => {
  const stem = fileStem("𝒜長".repeat(200));
  const bytes = new TextEncoder().encode(stem);
  expect(bytes.length).toBeLessThanOrEqual(180);
  expect(bytes.length).toBeGreaterThan(170);
  expect(new TextDecoder("utf-8", { fatal: true }).decode(bytes)).toBe(stem);
});

test("a file's ending counts in any case, and where the system knows no type for it", () => {
  expect(["a.safetensors", "A.SAFETENSORS", "a.safetensors.bak"].map((name) => isSafetensors({ name }))).toEqual([
    true,
    true,
    false,
  ]);
  const kinds = [
    ["a.mkv", ""],
    ["a.MP4", ""],
    ["a", "video/webm"],
    ["a.png", "image/png"],
    ["a.txt", "text/plain"],
  ];
  expect(kinds.map(([name, type]) => isVideo({ name, type }))).toEqual([true, true, true, false, false]);
});
