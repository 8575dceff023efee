import fc from "fast-check";
import { expect, test } from "vitest";
import { type Attributes, parsePrompt, promptOf } from "../../../src/world/language/grammar.ts";
import { PATTERNS, TEMPLATE_NAMES } from "../../../src/world/language/patterns.ts";
import { HEADINGS, MAX_WORDS, SIZES, SPEEDS, tokensOf, VOCABULARY } from "../../../src/world/language/words.ts";
import { COLOURS } from "../../../src/world/render/palette.ts";
import { listTemplates } from "../../../src/world/world.ts";

/** The bodies that a pattern names, as the test's own reading of it: "sized ball", "heavy liquid", "stream". */
const thingsOf = (words: string): string[] =>
  [...words.matchAll(/(?:(heavy|light|SIZE) )?COLOUR (ball\|box|ball|box|liquid|drop|stream)/g)].map(
    ([, before, noun]) =>
      [before?.replace("SIZE", "sized"), noun.replace("ball|box", "either")].filter(Boolean).join(" "),
  );

const sentence: fc.Arbitrary<Attributes> = fc.constantFrom(...TEMPLATE_NAMES).chain((template) => {
  const kinds = thingsOf(PATTERNS[template].words);
  const { speed, direction } = PATTERNS[template];
  const manners = ["nothing", ...(speed ? ["speed"] : []), ...(direction ? ["heading"] : [])];
  return fc
    .record({
      colours: fc.shuffledSubarray([...COLOURS], { minLength: kinds.length, maxLength: kinds.length }),
      sizes: fc.array(fc.constantFrom(...SIZES), { minLength: 2, maxLength: 2 }),
      either: fc.constantFrom("ball", "box"),
      manner: fc.constantFrom(...manners),
      speed: fc.constantFrom(...SPEEDS),
      heading: fc.constantFrom(...HEADINGS),
    })
    .map((drawn) => ({
      template,
      things: kinds.map((kind, k) => {
        const [first, second] = kind.split(" ");
        const noun = (second ?? first).replace("either", drawn.either) as Attributes["things"][number]["noun"];
        return {
          noun,
          colour: drawn.colours[k],
          size: first === "sized" ? drawn.sizes[k] : null,
          weight: first === "heavy" || first === "light" ? first : null,
        };
      }),
      speed: drawn.manner === "speed" ? drawn.speed : null,
      heading: drawn.manner === "heading" ? drawn.heading : null,
    }));
});

test("attributes → sentence → attributes, within 12 words of the vocabulary", () => {
  fc.assert(
    fc.property(sentence, (attributes) => {
      const prompt = promptOf(attributes);
      expect(parsePrompt(prompt)).toEqual(attributes);
      const words = prompt.split(" ");
      expect(words.length).toBeLessThanOrEqual(MAX_WORDS);
      const tokens = tokensOf(prompt);
      expect([...tokens].slice(0, words.length).map((id) => VOCABULARY[id])).toEqual(words);
      expect(tokens.slice(words.length).every((id) => id === 0)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("a sentence is read whatever its case and spaces, and written in one form", () => {
  expect(promptOf(parsePrompt("  A Large RED ball  hits a small blue box "))).toBe(
    "a large red ball hits a small blue box",
  );
});

test("one word replaced by one that is not in the vocabulary is named, with its place and what may stand there", () => {
  fc.assert(
    fc.property(sentence, fc.nat(), (attributes, place) => {
      const words = promptOf(attributes).split(" ");
      const at = place % words.length;
      const expected = words[at];
      words[at] = "cube";
      // An article is a or an, so both stand in the list.
      const may = new RegExp(
        `"cube" \\(word ${at + 1}\\) is not a word of the sandbox: here may stand .*\\b${expected}\\b`,
      );
      expect(() => parsePrompt(words.join(" "))).toThrow(may);
    }),
  );
});

test.each([
  ["", "the prompt is empty: it may begin with a, an"],
  ["a large red ball", "the sentence stops after word 4: next may stand hits, bounces"],
  ["a large red floor", '"floor" (word 4) cannot stand here: here may stand ball, box, drop'],
  ["red liquid meets blue liquid slowly now", '"now" (word 7) is not a word of the sandbox'],
  ["red liquid meets blue liquid slowly slowly", '"slowly" (word 7) cannot stand here: here may stand the end'],
  ["a large red ball hits a small red box", "both bodies are red (word 8): give them two colours"],
  ["a orange stream crosses a blue stream", '"a" (word 1) must be "an" before "orange"'],
])("%j is refused in a sentence", (prompt, message) => {
  expect(() => parsePrompt(prompt)).toThrow(message);
});

test("the vocabulary is closed: at most 64 words, none twice, and every example of --list lies in it", () => {
  expect(VOCABULARY.length).toBeLessThanOrEqual(64);
  expect(new Set(VOCABULARY).size).toBe(VOCABULARY.length);
  expect(listTemplates().map(({ template, example }) => [template, parsePrompt(example).template])).toEqual(
    TEMPLATE_NAMES.map((name) => [name, name]),
  );
});
