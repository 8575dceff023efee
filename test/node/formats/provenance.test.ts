import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseCsv } from "../../../src/formats/csv.ts";
import { csvWith, jsonWith, metadataWith, type Origin, snakeKeys, VERSION } from "../../../src/formats/provenance.ts";

const ORIGIN: Origin = {
  clip: {
    name: "a, b.mp4",
    contentHash: "ab".repeat(32),
    hashed: "whole",
    size: { width: 320, height: 224 },
    durationS: 2,
  },
  window: { startS: 0.5, lengthS: 1, frames: 8, stride: 3 },
  models: { encoder: { id: "xfeat", name: "XFeat", sha256: "cd".repeat(32) } },
  link: "https://page/#v=1",
};
const NOW = new Date("2026-11-28T12:00:00Z");

test("the version is the package's", () => {
  expect(VERSION).toBe(JSON.parse(readFileSync("package.json", "utf8")).version);
});

test("JSON has clip, hash, window, model, version, date, units and link before its numbers", () => {
  const file = JSON.parse(jsonWith(ORIGIN, { grid: [1, 2, 3] }, NOW));
  expect(Object.keys(file)).toEqual(["provenance", "grid"]);
  expect(file.provenance).toMatchObject({
    tempered_version: VERSION,
    created: "2026-11-28T12:00:00.000Z",
    clip: { name: "a, b.mp4", sha256: "ab".repeat(32), size_px: [320, 224], duration_s: 2 },
    window: { start_s: 0.5, length_s: 1, frames: 8, stride: 3 },
    models: { encoder: { id: "xfeat", sha256: "cd".repeat(32) } },
    units: { entropy: "bits" },
    link: "https://page/#v=1",
  });
  expect(() => jsonWith(ORIGIN, { provenance: 1 })).toThrow("provenance");
  expect(JSON.parse(metadataWith(ORIGIN, NOW).provenance)).toEqual(file.provenance);
});

test("a hash that is not of all of the file's bytes has another name, in every kind of file", () => {
  const hash = "ab".repeat(32);
  for (const [hashed, key] of [
    ["ends", "sha256_of_ends"],
    [null, "content_hash"],
  ] as const) {
    const origin: Origin = { ...ORIGIN, clip: { name: "long.mp4", contentHash: hash, hashed } };
    const json = JSON.parse(jsonWith(origin, {}, NOW)).provenance;
    expect(json.clip).toEqual({ name: "long.mp4", [key]: hash });
    expect(JSON.parse(metadataWith(origin, NOW).provenance)).toEqual(json);
    // Of two lines with clips of both kinds each has its own column.
    const [head, ...lines] = parseCsv(csvWith(["step"], [[1], [2]], (line) => (line === 0 ? ORIGIN : origin), NOW));
    const cells = (column: string) => lines.map((line) => line[head.indexOf(column)]);
    expect([cells("clip_sha256"), cells(`clip_${key}`)]).toEqual([
      [hash, ""],
      ["", hash],
    ]);
  }
});

test("CSV has the same in each line behind its own columns, quoted where it must be", () => {
  const other: Origin = { ...ORIGIN, models: { teacher: { id: "videomae", name: "", sha256: null } } };
  const text = csvWith(
    ["step", "says"],
    [
      [1, 'a "word", or two'],
      [2, null],
    ],
    (line) => (line === 0 ? ORIGIN : other),
    NOW,
  );
  const [head, first, second] = parseCsv(text);
  expect(head.slice(0, 4)).toEqual(["step", "says", "clip", "clip_sha256"]);
  const cell = (row: string[], column: string) => row[head.indexOf(column)];
  expect([first[1], cell(first, "clip"), cell(first, "encoder"), cell(first, "teacher")]).toEqual([
    ...['a "word", or two', "a, b.mp4"],
    ...["xfeat", ""],
  ]);
  expect([second[1], cell(second, "encoder"), cell(second, "teacher"), cell(second, "link")]).toEqual([
    ...["", "", "videomae"],
    "https://page/#v=1",
  ]);
  // A table without lines says by its head what it would have said.
  expect(parseCsv(csvWith(["step"], [], () => ORIGIN))[0]).toContain("encoder_sha256");
  // No table has two columns of one name.
  expect(() => csvWith(["encoder"], [], () => ORIGIN)).toThrow("encoder");
});

test("keys are in snake_case at every depth, values stay", () => {
  expect(snakeKeys({ gradNorm: 1, a: [{ timeS: "tS" }], kl_by_frame: { perToken2Px: null } })).toEqual({
    grad_norm: 1,
    a: [{ time_s: "tS" }],
    kl_by_frame: { per_token2_px: null },
  });
});
