/**
 * Prompts ↔ attributes. A sentence is one of twelve patterns of fixed length, then perhaps how fast or which way:
 *
 *     a large red ball hits a small blue box          quickly | very slowly | … | from the left
 */
import { COLOURS } from "../render/palette.ts";
import type { Colour } from "../types.ts";
import { PATTERNS, TEMPLATE_NAMES, type TemplateName } from "./patterns.ts";
import {
  HEADINGS,
  type Heading,
  type Noun,
  SIZES,
  type SizeWord,
  SPEEDS,
  type SpeedWord,
  VOCABULARY,
  type Weight,
} from "./words.ts";

/** A body of the sentence. `size` is null for liquids and streams, `weight` where the pattern gives none. */
export interface Thing {
  readonly noun: Noun;
  readonly colour: Colour;
  readonly size: SizeWord | null;
  readonly weight: Weight | null;
}

export interface Attributes {
  readonly template: TemplateName;
  /** One or two, in the sentence's order, of different colours. */
  readonly things: readonly Thing[];
  /** null: anything from slowly to quickly. At most one of speed and heading is said, which keeps every prompt ≤ 12 words. */
  readonly speed: SpeedWord | null;
  /** Where it moves to; "from the left" says right. */
  readonly heading: Heading | null;
}

const NOUNS: readonly Noun[] = ["ball", "box", "liquid", "drop", "stream"];
const WEIGHTS: readonly Weight[] = ["heavy", "light"];
const is =
  <Word extends string>(words: readonly Word[]) =>
  (word: string): word is Word =>
    (words as readonly string[]).includes(word);
const isColour = is(COLOURS);
const isSize = is(SIZES);
const isNoun = is(NOUNS);
const isWeight = is(WEIGHTS);
const isSpeed = is(SPEEDS);
const isHeading = is(HEADINGS);

/** The words that may stand at one place. */
function choices(slot: string): readonly string[] {
  if (slot === "ARTICLE") return ["a", "an"];
  if (slot === "SIZE") return SIZES;
  if (slot === "COLOUR") return COLOURS;
  return slot.split("|");
}

/** Every way a sentence can run: its template and, place by place, the words that may stand there. */
const ROUTES = TEMPLATE_NAMES.flatMap((template) => {
  const { words, speed, direction } = PATTERNS[template];
  const tails = [""];
  if (speed) tails.push(" slowly|quickly", " very slowly|quickly");
  if (direction) tails.push(` ${direction} the left|right`);
  return tails.map((tail) => ({ template, places: `${words}${tail}`.split(" ").map(choices) }));
});

/** A sentence outside the grammar. The message says which word is wrong and what may stand there. */
export class PromptError extends Error {
  override readonly name = "PromptError";

  /**
   * @param at the word that is wrong, from 0; the number of words where the sentence stops too early
   * @param may the words that may stand there
   */
  constructor(
    message: string,
    readonly at: number,
    readonly may: readonly string[],
  ) {
    super(message);
  }
}

/**
 * What a prompt says.
 * @throws PromptError: which word at which place is unknown or out of place, and what may stand there
 */
export function parsePrompt(prompt: string): Attributes {
  const words = prompt.trim().toLowerCase().split(/\s+/);
  let live = ROUTES;
  for (const [i, word] of words.entries()) {
    const next = live.filter(({ places }) => places[i]?.includes(word));
    if (next.length === 0) throw refusal(words, i, live);
    live = next;
  }
  const whole = live.find(({ places }) => places.length === words.length);
  if (!whole) throw refusal(words, words.length, live);
  const attributes = read(whole.template, words);
  const [first, second] = attributes.things;
  if (second && first.colour === second.colour) {
    const at = words.lastIndexOf(first.colour);
    throw new PromptError(
      `both bodies are ${first.colour} (word ${at + 1}): give them two colours`,
      at,
      COLOURS.filter((colour) => colour !== first.colour),
    );
  }
  for (const [i, word] of words.entries()) {
    if ((word !== "a" && word !== "an") || i + 1 === words.length) continue;
    const wanted = articleFor(words[i + 1]);
    if (word === wanted) continue;
    throw new PromptError(`"${word}" (word ${i + 1}) must be "${wanted}" before "${words[i + 1]}"`, i, [wanted]);
  }
  return attributes;
}

function refusal(words: readonly string[], at: number, live: typeof ROUTES): PromptError {
  const may = [...new Set(live.flatMap(({ places }) => places[at] ?? []))];
  const end = live.some(({ places }) => places.length === at);
  const expected = [...may, ...(end ? ["the end of the sentence"] : [])].join(", ");
  const because = (message: string) => new PromptError(message, at, may);
  if (at === words.length) return because(`the sentence stops after word ${at}: next may stand ${expected}`);
  const word = words[at];
  if (word === "") return because(`the prompt is empty: it may begin with ${expected}`);
  const why = VOCABULARY.includes(word) ? "cannot stand here" : "is not a word of the sandbox";
  return because(`"${word}" (word ${at + 1}) ${why}: here may stand ${expected}`);
}

/** Reads words that match the template's pattern. */
function read(template: TemplateName, words: readonly string[]): Attributes {
  const things: Thing[] = [];
  let size: SizeWord | null = null;
  let weight: Weight | null = null;
  let colour: Colour | null = null;
  for (const word of words) {
    if (isSize(word)) size = word;
    else if (isWeight(word)) weight = word;
    else if (isColour(word)) colour = word;
    else if (isNoun(word) && colour) {
      things.push({ noun: word, colour, size, weight });
      size = weight = colour = null;
    }
  }
  const last = words[words.length - 1];
  const manner = words[words.length - 2] === "very" ? `very ${last}` : last;
  const towards = isHeading(last) ? last : null;
  const heading = towards && PATTERNS[template].direction === "from" ? opposite(towards) : towards;
  return { template, things, speed: isSpeed(manner) ? manner : null, heading };
}

const opposite = (heading: Heading): Heading => (heading === "left" ? "right" : "left");
const articleFor = (next: string): "a" | "an" => (/^[aeiou]/.test(next) ? "an" : "a");

/** The sentence that says these attributes: the inverse of `parsePrompt`. */
export function promptOf({ template, things, speed, heading }: Attributes): string {
  const { words, direction } = PATTERNS[template];
  let index = 0;
  const said: string[] = [];
  for (const slot of words.split(" ")) {
    const { noun, colour, size } = things[Math.min(index, things.length - 1)];
    if (slot === "SIZE") said.push(size ?? "small");
    else if (slot === "COLOUR") said.push(colour);
    else if (slot.split("|").includes(noun)) {
      said.push(noun);
      index++;
    } else said.push(slot);
  }
  if (speed) said.push(speed);
  else if (heading && direction) said.push(direction, "the", direction === "from" ? opposite(heading) : heading);
  return said.map((word, i) => (word === "ARTICLE" ? articleFor(said[i + 1]) : word)).join(" ");
}
