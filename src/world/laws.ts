/**
 * The constants of this world's physics and what its words mean in numbers. The judge knows them as well: they are the laws that a
 * generated clip is measured against.
 */
import type { SizeWord, SpeedWord } from "./language/words.ts";

/** px/frame², downwards, in scenes seen from the side. A fall from rest takes 10 frames for 25 px. */
export const GRAVITY = 0.5;

/** Of every contact between solids, and of solids with fixtures. */
export const RESTITUTION = 0.8;

/** Coulomb's coefficient: contacts seen from above slide freely, a bouncing ball takes on some spin, a ledge is slippery. */
export const FRICTION = { top: 0, floor: 0.2, ledge: 0.02 } as const;

/** Mass per px². Solids that meet only solids and liquid without a weight word are 1. */
export const DENSITY = { solid: 1, sinking: 2, floating: 0.5, liquid: 1, heavy: 3, light: 1 } as const;

/** px. A ball's radius. Each word is a range, the seed picks in it; words that training never sees lie outside the others. */
export const RADIUS: Readonly<Record<SizeWord, readonly [number, number]>> = {
  tiny: [3.6, 4],
  small: [5.2, 5.8],
  large: [7.8, 8.6],
  huge: [10, 10.8],
};

/** Half the side of the square box whose area is a ball's of radius 1. */
export const BOX_HALF = 0.8862269254527579;

/** A box's width over height lies in here. */
export const BOX_ASPECT: readonly [number, number] = [0.85, 1.18];

/** px/frame, of the body or stream that the sentence is about; without a word it lies anywhere from slowly to quickly. */
export const SPEED: Readonly<Record<SpeedWord, readonly [number, number]>> = {
  "very slowly": [1.2, 1.5],
  slowly: [1.9, 2.4],
  quickly: [3.3, 4],
  "very quickly": [4.8, 5.5],
};

export const ANY_SPEED: readonly [number, number] = [1.9, 4];

/** What may be another world's: by its name the usual value, what it is, and from where to where the world can be shown in a clip. */
export const LAWS = {
  gravity: { usual: GRAVITY, least: 0.05, most: 2, says: "px/frame², downwards, in scenes seen from the side" },
  restitution: {
    usual: RESTITUTION,
    least: 0,
    most: 1,
    says: "share of the closing speed at which solids part; in tanks it stays .2",
  },
  sinking: { usual: DENSITY.sinking, least: 1.2, most: 8, says: "density of bodies that sink, the liquid's is 1" },
  floating: { usual: DENSITY.floating, least: 0.1, most: 0.9, says: "density of bodies that float, the liquid's is 1" },
  heavy: { usual: DENSITY.heavy, least: 1.2, most: 8, says: "density of a heavy liquid over a light one of 1" },
} as const satisfies Readonly<Record<string, Law>>;

interface Law {
  readonly usual: number;
  readonly least: number;
  readonly most: number;
  readonly says: string;
}

export type LawName = keyof typeof LAWS;
/** The laws of one world. */
export type Laws = Readonly<Record<LawName, number>>;

export const LAW_NAMES = Object.keys(LAWS) as readonly LawName[];

const lawsBy = (valueOf: (name: LawName) => number): Laws =>
  Object.fromEntries(LAW_NAMES.map((name) => [name, valueOf(name)])) as Laws;

export const USUAL_LAWS: Laws = lawsBy((name) => LAWS[name].usual);

/**
 * The usual laws with some of them changed.
 * @throws Error of one sentence that names an unknown law, or one that no clip can show, and what it may be
 */
export function lawsWith(changes: Readonly<Record<string, number>>): Laws {
  const unknown = Object.keys(changes).find((name) => !Object.hasOwn(LAWS, name));
  if (unknown !== undefined) throw new Error(`a law is one of ${LAW_NAMES.join(", ")}, got ${unknown}`);
  return lawsBy((name) => {
    const value = changes[name] ?? LAWS[name].usual;
    const { least, most, says } = LAWS[name];
    if (value >= least && value <= most) return value;
    throw new Error(`${name} (${says}) is a number from ${least} to ${most}, got ${value}`);
  });
}

/** The laws that differ from the usual ones. */
export const changedLaws = (laws: Laws): Partial<Laws> =>
  Object.fromEntries(LAW_NAMES.filter((name) => laws[name] !== LAWS[name].usual).map((name) => [name, laws[name]]));

/** Mass per px² of what the templates' words name. */
export const densitiesOf = ({ sinking, floating, heavy }: Laws): Readonly<Record<keyof typeof DENSITY, number>> => ({
  ...DENSITY,
  sinking,
  floating,
  heavy,
});
