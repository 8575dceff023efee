/** Clips whose verdict is known without any law's measure: what breaks the sentence must fail, what only looks odd must pass. */
import { createFluid } from "../../world/fluid/fluid.ts";
import { type Attributes, parsePrompt, promptOf } from "../../world/language/grammar.ts";
import { PATTERNS, TEMPLATE_NAMES, templatesWith, traitsOf } from "../../world/language/patterns.ts";
import type { Noun } from "../../world/language/words.ts";
import { Random } from "../../world/random.ts";
import { COLOURS } from "../../world/render/palette.ts";
import { render } from "../../world/render/render.ts";
import type { Rapier } from "../../world/rigid.ts";
import { simulate } from "../../world/simulate.ts";
import { CLIP, type Snapshot, type TemplateName, type WorldClip } from "../../world/types.ts";

export interface Control {
  readonly name: string;
  /** What Joint* must be. */
  readonly joint: boolean;
  readonly templates: readonly TemplateName[];
  /** The clip to judge, and the sentence to judge it by; null where this clip gives none. */
  make(clip: WorldClip, rapier: Rapier): { readonly frames: Uint8Array; readonly prompt: string } | null;
}

/** Two balls and nothing else. */
const BALLS_ALONE = templatesWith(({ words, traits }) => traits.event === "hit" && !words.includes("box"));

export const CONTROLS: readonly Control[] = [
  { name: "frozen", joint: false, templates: TEMPLATE_NAMES, make: frozen },
  { name: "noise", joint: false, templates: TEMPLATE_NAMES, make: noise },
  { name: "blank", joint: false, templates: TEMPLATE_NAMES, make: blank },
  { name: "wrong-prompt", joint: false, templates: TEMPLATE_NAMES, make: wrongPrompt },
  { name: "reversed-elastic", joint: true, templates: BALLS_ALONE, make: reversedElastic },
];

const FRAME = CLIP.size * CLIP.size * 3;

/** One frame for the whole clip: the first, a middle one or the last. */
function frozen({ frames, prompt, seed }: WorldClip) {
  const t = [0, CLIP.frames >> 1, CLIP.frames - 1][seed % 3];
  const still = frames.subarray(t * FRAME, (t + 1) * FRAME);
  const out = new Uint8Array(frames.length);
  for (let at = 0; at < out.length; at += FRAME) out.set(still, at);
  return { frames: out, prompt };
}

function noise({ frames, prompt, seed }: WorldClip) {
  const random = new Random(seed);
  const noisy = new Uint8Array(frames.length);
  for (let i = 0; i < noisy.length; i++) noisy[i] = random.below(256);
  return { frames: noisy, prompt };
}

/** A wall and nothing before it: grey, black or white. */
function blank({ frames, prompt, seed }: WorldClip) {
  return { frames: new Uint8Array(frames.length).fill([128, 0, 255][seed % 3]), prompt };
}

/** A sentence that is wrong in one point: a colour, a size, or the event. */
function wrongPrompt({ frames, prompt, seed }: WorldClip) {
  const attributes = parsePrompt(prompt);
  const { things } = attributes;
  const sized = things.findIndex(({ size }) => size !== null);
  const point = seed % 3;
  if (point === 0) return { frames, prompt: promptOf(anotherEvent(attributes)) };
  if (point === 1 && sized >= 0) {
    const size = things[sized].size === "large" ? "small" : "large";
    return { frames, prompt: promptOf({ ...attributes, things: replaced(things, sized, { size }) }) };
  }
  const free = COLOURS.filter((colour) => !things.some((thing) => thing.colour === colour));
  const k = (seed >> 2) % things.length;
  const colour = free[seed % free.length];
  return { frames, prompt: promptOf({ ...attributes, things: replaced(things, k, { colour }) }) };
}

type Things = Attributes["things"];

const replaced = (things: Things, k: number, change: Partial<Things[number]>): Things =>
  things.map((thing, i) => (i === k ? { ...thing, ...change } : thing));

function anotherEvent({ template, things }: Attributes): Attributes {
  const other = traitsOf({ template }).unlike;
  const nouns = PATTERNS[other].words.split(" ").flatMap((word): Noun[] => {
    if (word === "ball|box") return ["ball"];
    return word === "ball" || word === "box" || word === "liquid" || word === "drop" ? [word] : [];
  });
  // "pour" says its liquid first, "drag" last: each noun takes a thing of its own kind where there is one.
  const wet = (noun: Noun) => noun !== "ball" && noun !== "box";
  const left = [...things];
  const next = nouns.map((noun) => {
    const k = Math.max(
      0,
      left.findIndex((thing) => wet(thing.noun) === wet(noun)),
    );
    const [thing] = left.splice(k, 1);
    return { ...thing, noun, size: wet(noun) && noun !== "drop" ? null : (thing.size ?? "small") };
  });
  const weights = traitsOf({ template: other }).layered ? (["heavy", "light"] as const) : [null, null];
  return {
    template: other,
    things: next.map((thing, k) => ({ ...thing, weight: weights[k] })),
    speed: null,
    heading: null,
  };
}

/** The scene without loss, run backwards: a clip that no law forbids. The body that then comes in faster is said first. */
function reversedElastic({ scene, prompt }: WorldClip, rapier: Rapier) {
  const elastic = { ...scene, restitution: 1 };
  const snapshots: Snapshot[] = simulate(rapier, elastic, createFluid).reverse();
  const [a, b] = snapshots[0].solids.map(({ vx, vy }) => Math.hypot(vx, vy));
  const attributes = parsePrompt(prompt);
  const things = a >= b ? attributes.things : [...attributes.things].reverse();
  return {
    frames: render(elastic, snapshots).frames,
    prompt: promptOf({ ...attributes, things, speed: null, heading: null }),
  };
}
