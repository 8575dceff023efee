import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LOSS_KINDS } from "../../src/alignment/losses.ts";
import { wordIds } from "../../src/encoders/student_model.ts";
import { sentenceOf } from "../../src/world/language/splits.ts";
import { MAX_WORDS, tokensOf, VOCABULARY } from "../../src/world/language/words.ts";
import { COLOURS, PALETTE } from "../../src/world/render/palette.ts";
import { listTemplates } from "../../src/world/world.ts";

const model = (file: string): string => readFileSync(new URL(`../../models/${file}`, import.meta.url), "utf8");
const pretrain = (file: string): string => model(`pretrain/${file}`);

test("pre-training knows the world's words, by the same ids", () => {
  expect(JSON.parse(pretrain("data/words.json"))).toEqual(VOCABULARY);
  for (const definition of [pretrain("nets/student.json"), model("student/student.json")]) {
    const { shape, vocabulary } = JSON.parse(definition);
    expect(vocabulary).toEqual(VOCABULARY);
    expect(shape.words).toBe(MAX_WORDS);
  }
});

test("the shipped student reads every sentence of the grammar as the world does", () => {
  const templates = listTemplates();
  expect(templates).not.toHaveLength(0);
  for (const { template } of templates) {
    for (let seed = 0; seed < 20; seed++) {
      const prompt = sentenceOf(template, seed);
      expect(Array.from(wordIds(prompt), Number), prompt).toEqual([...tokensOf(prompt)]);
    }
  }
  expect(wordIds("").every((id) => id === 0n)).toBe(true);
  expect(() => wordIds("a small red cube")).toThrow(/“cube”/);
  expect(() => wordIds("a ".repeat(13))).toThrow(/at most 12 words, got 13/);
});

test("pre-training knows the world's colours", () => {
  const source = pretrain("data/centres.py");
  for (const colour of COLOURS) expect(source).toContain(`"${colour}": (${PALETTE[colour].join(", ")}),`);
});

test("pre-training knows the product's losses, by the same names", () => {
  const [, table] = /^LOSSES: .*?= \{$(.*?)^\}$/ms.exec(pretrain("objectives/alignment.py")) ?? [];
  const names = [...(table ?? "").matchAll(/^ {4}"(\w+)": lambda/gm)].map(([, name]) => name);
  expect(names.sort()).toEqual([...LOSS_KINDS].sort());
});
