/** SA*: the clip shows what its sentence names. Whether the event happens is in `sentence_events.ts`. */

import { RADIUS, SPEED } from "../../world/language/measures.ts";
import { SIZES, SPEEDS } from "../../world/language/words.ts";
import { CLIP } from "../../world/types.ts";
import { percent, result, silent } from "../fluid/input.ts";
import { LEAST_AREA } from "../fluid/parse.ts";
import { BOXY } from "../solid/parse.ts";
import { median, type Track } from "../solid/track.ts";
import { SENTENCE_TOLERANCES as TOLERANCE } from "../tolerances.ts";
import type { RuleResult } from "../types.ts";
import { eventOf } from "./events.ts";
import type { SentenceInput } from "./input.ts";
import { headingOf, speedOf } from "./motion.ts";

const { frames: T } = CLIP;
const LAST = T - 1;

export function sentenceRules(input: SentenceInput): RuleResult[] {
  return [objects(input), strangers(input), shapes(input), sizes(input), speed(input), heading(input), event(input)];
}

/** Every body that the sentence names is seen: the share of them that is not. */
function objects({ attributes, solid, liquids }: SentenceInput): RuleResult {
  const overTime = silent();
  const missing = attributes.things.filter(({ colour }) => {
    const track = solid.tracks.find(({ thing }) => thing.colour === colour);
    if (track) return !track.parts.some((part) => part !== null);
    const liquid = liquids.find((candidate) => candidate.colour === colour);
    return !liquid || Math.max(...liquid.area) < 4 * LEAST_AREA;
  });
  overTime[LAST] = missing.length / attributes.things.length;
  return result({
    rule: "sa-objects",
    tolerance: TOLERANCE.objects,
    overTime,
    says: () =>
      missing.length === 0
        ? "Everything that the sentence names is seen."
        : `Nothing ${missing.map(({ colour }) => colour).join(" and nothing ")} is seen: ${missing.length} of ${attributes.things.length} bodies are missing.`,
  });
}

/** Nothing of another colour is there. */
function strangers({ solid: { scene, tracks }, liquids }: SentenceInput): RuleResult {
  const overTime = silent().map((_, t) => {
    const strange = scene.strange[t].area;
    const named =
      tracks.reduce((sum, { parts }) => sum + (parts[t]?.area ?? 0), 0) +
      liquids.reduce((sum, { area }) => sum + area[t], 0);
    return strange + named > 0 ? strange / (strange + Math.max(0, named)) : null;
  });
  return result({
    rule: "sa-colours",
    tolerance: TOLERANCE.strange,
    overTime,
    says: (error) =>
      `Of what is coloured, ${percent(error)} has a colour that the sentence does not name; up to ${percent(TOLERANCE.strange)} may.`,
  });
}

/** A ball looks like a ball and a box like a box: share of the frames in which it is seen whole and does not. */
function shapes({ solid: { tracks } }: SentenceInput): RuleResult {
  const overTime = silent();
  const wrong = (track: Track) => {
    const whole = track.parts.filter((part) => part !== null && !part.partial);
    if (whole.length === 0) return 0;
    return (
      whole.filter((part) => part && part.squareness > BOXY !== (track.thing.noun === "box")).length / whole.length
    );
  };
  const seen = tracks.filter(({ parts }) => parts.some((part) => part !== null && !part.partial));
  if (seen.length > 0) overTime[LAST] = Math.max(...seen.map(wrong));
  const worst = seen.reduce((most, track) => (wrong(track) > wrong(most) ? track : most), seen[0]);
  return result({
    rule: "sa-shape",
    tolerance: TOLERANCE.shape,
    overTime,
    says: (error) =>
      error <= TOLERANCE.shape || !worst
        ? "Balls are seen as balls and boxes as boxes."
        : `The ${worst.thing.colour} ${worst.thing.noun} looks like a ${worst.shape} in ${percent(error)} of the frames.`,
  });
}

/** How far a value lies outside its word's range, as a share of the way to the range of the next word on that side. */
export function beside<Word extends string>(
  value: number,
  word: Word,
  words: readonly Word[],
  ranges: Readonly<Record<Word, readonly [number, number]>>,
): number {
  const [low, high] = ranges[word];
  const k = words.indexOf(word);
  // Beyond the first and last word as far as its range's middle lies from the neighbour's edge.
  const below = k > 0 ? low - ranges[words[k - 1]][1] : 0.3 * low;
  const above = k + 1 < words.length ? ranges[words[k + 1]][0] - high : 0.3 * high;
  return Math.max(0, (low - value) / below, (value - high) / above);
}

function sizes({ attributes, solid: { tracks }, liquids }: SentenceInput): RuleResult {
  const overTime = silent();
  const said: string[] = [];
  const judge = (colour: string, noun: string, size: (typeof SIZES)[number], radius: number) => {
    const error = beside(radius, size, SIZES, RADIUS);
    overTime[LAST] = Math.max(overTime[LAST] ?? 0, error);
    said.push(
      `the ${colour} ${noun} is as large as a disc of radius ${radius.toFixed(1)} px (${size}: ${RADIUS[size].join("–")})`,
    );
  };
  for (const { thing, radius } of tracks) {
    if (thing.size && !Number.isNaN(radius)) judge(thing.colour, thing.noun, thing.size, radius);
  }
  for (const { colour, noun, size } of attributes.things) {
    const drop = noun === "drop" ? liquids.find((liquid) => liquid.colour === colour) : undefined;
    if (size && drop) judge(colour, noun, size, Math.sqrt(median([...drop.area]) / Math.PI));
  }
  const sentence = said.join(", ");
  return result({
    rule: "sa-size",
    tolerance: TOLERANCE.size,
    overTime,
    says: (error) =>
      `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}: ${percent(error)} of the way to the next word, ${percent(TOLERANCE.size)} is allowed.`,
  });
}

function speed(input: SentenceInput): RuleResult {
  const overTime = silent();
  const word = input.attributes.speed;
  const found = word ? speedOf(input) : null;
  if (word && found !== null) overTime[LAST] = beside(found, word, SPEEDS, SPEED);
  return result({
    rule: "sa-speed",
    tolerance: TOLERANCE.speed,
    overTime,
    says: (error) =>
      word && found !== null
        ? `It moves at ${found.toFixed(1)} px/frame (${word}: ${SPEED[word].join("–")}): ${percent(error)} of the way to the next word, ${percent(TOLERANCE.speed)} is allowed.`
        : "",
  });
}

/** 1 where it goes the other way. */
function heading(input: SentenceInput): RuleResult {
  const overTime = silent();
  const said = input.attributes.heading;
  const found = said ? headingOf(input) : null;
  if (said && found !== null) overTime[LAST] = Math.sign(found) === (said === "right" ? 1 : -1) ? 0 : 1;
  return result({
    rule: "sa-direction",
    tolerance: TOLERANCE.event,
    overTime,
    says: (error) => `It should move to the ${said}, and ${error > 0 ? "does not" : "does"}.`,
  });
}

function event(input: SentenceInput): RuleResult {
  const overTime = silent();
  const { error, says } = eventOf(input);
  overTime[LAST] = error;
  return result({ rule: "sa-event", tolerance: TOLERANCE.event, overTime, says: () => says });
}
