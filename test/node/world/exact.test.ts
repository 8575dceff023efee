// Clips are the same to the bit everywhere only while src/world computes with what the standards fix exactly.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { cos, sin } from "../../../src/world/exact.ts";
import { VOCABULARY } from "../../../src/world/language/words.ts";

const EXACT = ["PI", "abs", "ceil", "floor", "imul", "max", "min", "round", "sqrt"];

test("src/world calls no function of Math whose last bit an engine may choose", () => {
  const files = readdirSync("src/world", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const used = new Set<string>();
  for (const file of files) {
    const code = readFileSync(`src/world/${file}`, "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    for (const [, name] of code.matchAll(/\bMath\.(\w+)/g)) used.add(name);
    // A power of numbers is Math.pow; 2 ** 32 is a constant that every engine has exactly.
    expect(code.replaceAll("2 ** 32", "")).not.toMatch(/\*\*|Math\[|Math\.random|Date\b|performance\./);
  }
  expect(files.length).toBeGreaterThan(30);
  expect([...used].filter((name) => !EXACT.includes(name))).toEqual([]);
});

test("sine and cosine of + − × are within 1e-8 of the true ones", () => {
  for (let angle = -20; angle < 20; angle += 0.037) {
    expect(Math.abs(sin(angle) - Math.sin(angle))).toBeLessThan(1e-8);
    expect(Math.abs(cos(angle) - Math.cos(angle))).toBeLessThan(1e-8);
  }
});

test("the docs count the vocabulary right", () => {
  // The first entry pads.
  expect(readFileSync("docs/world.md", "utf8")).toContain(`${VOCABULARY.length - 1} words and the`);
});
