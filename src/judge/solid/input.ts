/** What every rule about solids is given: tracks, what they can touch, and when they do. */
import type { Attributes } from "../../world/language/grammar.ts";
import { type Pattern, traitsOf } from "../../world/language/patterns.ts";
import type { Laws } from "../../world/laws.ts";
import { CLIP } from "../../world/types.ts";
import { type Pair, pairOf } from "./contacts.ts";
import { groundOf } from "./ground.ts";
import { type Flight, flightsOf } from "./motion.ts";
import { parseSolids, type SolidScene } from "./parse.ts";
import type { Outline } from "./shape.ts";
import type { Chroma } from "./shares.ts";
import { type Track, trackOf } from "./track.ts";

export interface SolidInput {
  /** The prompt's words: what the clip should show. Nothing is taken from the world's truth. */
  readonly attributes: Attributes;
  readonly laws: Laws;
  readonly setting: Pattern["traits"]["setting"];
  /** px/frame². */
  readonly pull: number;
  readonly scene: SolidScene;
  /** One per solid of the sentence, in its order. */
  readonly tracks: readonly Track[];
  readonly ground: readonly Outline[];
  readonly pairs: readonly Pair[];
  /** Per track. */
  readonly flights: readonly (readonly Flight[])[];
}

/**
 * @param frames U8 [T, 64, 64, 3]
 * @param chroma of each frame
 */
export function solidInput(
  frames: Uint8Array,
  chroma: readonly Chroma[],
  attributes: Attributes,
  laws: Laws,
): SolidInput {
  const { things } = attributes;
  const dry = things.filter(({ noun }) => noun === "ball" || noun === "box");
  const wet = things.filter((thing) => !dry.includes(thing));
  const scene = parseSolids(
    chroma,
    dry.map(({ colour }) => colour),
    wet.map(({ colour }) => colour),
  );
  const tracks = dry.map((thing, k) => trackOf(thing, scene.parts[k]));
  const { setting } = traitsOf(attributes);
  const falls = setting === "air";
  const pull = falls ? laws.gravity : 0;
  const ground = falls ? groundOf(frames) : [];
  const pairs = tracks.flatMap((track, a) => [
    ...tracks.slice(a + 1).map((other, i) => pairOf(a, a + 1 + i, track.poses, other.poses, 0)),
    ...ground.map((fixture) => pairOf(a, -1, track.poses, new Array<Outline>(CLIP.frames).fill(fixture), pull)),
  ]);
  return {
    attributes,
    laws,
    setting,
    pull,
    scene,
    tracks,
    ground,
    pairs,
    flights: tracks.map((track, k) => flightsOf(track, k, pairs)),
  };
}
