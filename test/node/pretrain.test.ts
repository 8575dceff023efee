import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { COLOURS, PALETTE } from "../../src/world/palette.ts";
import { MAX_WORDS, VOCABULARY } from "../../src/world/words.ts";

const pretrain = (file: string): string =>
  readFileSync(new URL(`../../models/pretrain/${file}`, import.meta.url), "utf8");

test("pre-training knows the world's words, by the same ids", () => {
  expect(JSON.parse(pretrain("words.json"))).toEqual(VOCABULARY);
  const { shape, vocabulary } = JSON.parse(pretrain("student.json"));
  expect(vocabulary).toEqual(VOCABULARY);
  expect(shape.words).toBe(MAX_WORDS);
});

test("pre-training knows the world's colours", () => {
  const source = pretrain("centres.py");
  for (const colour of COLOURS) expect(source).toContain(`"${colour}": (${PALETTE[colour].join(", ")}),`);
});
