/**
 * Who sees what. Training and validation share their sentences and differ by seed; "held-out" holds combinations of a body's kind,
 * colour and size (of two liquids' colours, where none has a size) that training never sees in that template; "out-of-distribution"
 * holds sizes and speeds that training never sees at all. `splitOf` decides from a clip alone, so the splits cannot overlap.
 */

import { Random, seedOf } from "../random.ts";
import { COLOURS } from "../render/palette.ts";
import type { Colour, TemplateName } from "../types.ts";
import { type Attributes, parsePrompt, promptOf, type Thing } from "./grammar.ts";
import { PATTERNS, TEMPLATE_NAMES } from "./patterns.ts";
import { HEADINGS, type Noun, type SizeWord, type SpeedWord } from "./words.ts";

export type Split = "train" | "validation" | "held-out" | "out-of-distribution";
export const SPLITS: readonly Split[] = ["train", "validation", "held-out", "out-of-distribution"];

/** Every so many seeds one belongs to validation. */
const VALIDATION_EVERY = 16;

interface Words {
  readonly sizes: readonly SizeWord[];
  readonly speeds: readonly SpeedWord[];
}

const KNOWN: Words = { sizes: ["small", "large"], speeds: ["slowly", "quickly"] };
const NEW: Words = { sizes: ["tiny", "huge"], speeds: ["very slowly", "very quickly"] };

/** The split of a clip. */
export function splitOf(prompt: string, seed: number): Split {
  const attributes = parsePrompt(prompt);
  if (isNew(attributes)) return "out-of-distribution";
  if (isHeldOut(attributes)) return "held-out";
  return seed % VALIDATION_EVERY === 0 ? "validation" : "train";
}

/**
 * Clip `index` of a split, of any template or of one; the same sentence and seed every time.
 * @throws Error where the template has neither size nor speed to go out of distribution with, or the index is no whole number ≥ 0
 */
export function sampleClip(split: Split, index: number, template?: TemplateName): { prompt: string; seed: number } {
  const seed = seedAt(split, index);
  if (!Number.isInteger(index) || index < 0 || seed >= 2 ** 32) {
    throw new Error(`a clip's index is a whole number ≥ 0 whose seed fits 32 bits, got ${index}`);
  }
  if (template && split === "out-of-distribution" && !canBeNew(template)) {
    throw new Error(
      `${template} has no size and no speed, so it has no clips out of distribution: take another template`,
    );
  }
  const random = new Random(seedOf(`${split} ${template ?? ""}`, seed));
  for (;;) {
    const chosen = template ?? random.pick(TEMPLATE_NAMES);
    if (split === "out-of-distribution" && !canBeNew(chosen)) continue;
    const prompt = promptOf(drawAttributes(chosen, split === "out-of-distribution", random));
    if (splitOf(prompt, seed) === split) return { prompt, seed };
  }
}

/** A sentence of a template that training may see, drawn by a seed. */
export function sentenceOf(template: TemplateName, seed: number): string {
  const random = new Random(seedOf(template, seed));
  for (;;) {
    const attributes = drawAttributes(template, false, random);
    if (!isHeldOut(attributes)) return promptOf(attributes);
  }
}

/** The seed of clip `index` of a split. */
export function seedAt(split: Split, index: number): number {
  if (split === "validation") return index * VALIDATION_EVERY;
  if (split === "train") return index + Math.floor(index / (VALIDATION_EVERY - 1)) + 1;
  return index;
}

/** Every attribute at random; with `fresh`, sizes and speeds from all words that there are. */
function drawAttributes(template: TemplateName, fresh: boolean, random: Random): Attributes {
  const { words, speed, direction } = PATTERNS[template];
  const sizes = fresh ? [...KNOWN.sizes, ...NEW.sizes] : KNOWN.sizes;
  const speeds = fresh ? [...KNOWN.speeds, ...NEW.speeds] : KNOWN.speeds;
  const taken: Colour[] = [];
  const things = thingsOf(words).map(({ nouns, sized, weight }): Thing => {
    const colour = random.pick(COLOURS.filter((other) => !taken.includes(other)));
    taken.push(colour);
    return { noun: random.pick(nouns), colour, size: sized ? random.pick(sizes) : null, weight };
  });
  const manners = ["nothing", ...(speed ? ["speed"] : []), ...(direction ? ["heading"] : [])];
  const manner = random.pick(manners);
  return {
    template,
    things,
    speed: manner === "speed" ? random.pick(speeds) : null,
    heading: manner === "heading" ? random.pick(HEADINGS) : null,
  };
}

interface Place {
  readonly nouns: readonly Noun[];
  readonly sized: boolean;
  readonly weight: Thing["weight"];
}

/** The bodies that a pattern names: its words in front of each noun say what it has. */
function thingsOf(words: string): Place[] {
  const places: Place[] = [];
  let [sized, weight]: [boolean, Thing["weight"]] = [false, null];
  for (const slot of words.split(" ")) {
    if (slot === "SIZE") sized = true;
    else if (slot === "heavy" || slot === "light") weight = slot;
    else if (/ball|box|liquid|drop|stream/.test(slot)) {
      places.push({ nouns: slot.split("|") as Noun[], sized, weight });
      [sized, weight] = [false, null];
    }
  }
  return places;
}

const canBeNew = (template: TemplateName): boolean =>
  PATTERNS[template].speed || PATTERNS[template].words.includes("SIZE");

const isNew = ({ things, speed }: Attributes): boolean =>
  things.some(({ size }) => size === "tiny" || size === "huge") || speed === "very slowly" || speed === "very quickly";

/** Of the 12 colours and sizes of a body two are held out, which ones depends on the template; of 30 pairs of liquids six. */
function isHeldOut({ template, things }: Attributes): boolean {
  const shift = TEMPLATE_NAMES.indexOf(template);
  const sized = things.filter(({ size }) => size !== null);
  if (sized.length > 0) {
    return sized.some(({ noun, colour, size }) => {
      const kind = (size === "large" ? 3 : 0) + (noun === "box" ? 1 : 0);
      return (COLOURS.indexOf(colour) + kind + shift) % COLOURS.length === 0;
    });
  }
  const [first, second] = things.map(({ colour }) => COLOURS.indexOf(colour));
  return (second - first + COLOURS.length) % COLOURS.length === 1 + (shift % 5);
}
