/** The constants of this world's physics. The judge knows them as well: they are the laws that a generated clip is measured against. */

/** px/frame², downwards, in scenes seen from the side. A fall from rest takes 10 frames for 25 px. */
export const GRAVITY = 0.5;

/** Of every contact between solids, and of solids with fixtures. */
export const RESTITUTION = 0.8;

/** Coulomb's coefficient: contacts seen from above slide freely, a bouncing ball takes on some spin, a ledge is slippery. */
export const FRICTION = { top: 0, floor: 0.2, ledge: 0.02 } as const;

/** Mass per px². Solids that meet only solids and liquid without a weight word are 1. */
export const DENSITY = { solid: 1, sinking: 2, floating: 0.5, liquid: 1, heavy: 3, light: 1 } as const;

/** What may be another world's: by its name the usual value, what it is, and from where to where the world can be shown in a clip. */
export const LAWS = {
  gravity: { usual: GRAVITY, least: 0.05, most: 2, says: "px/frame², downwards, in scenes seen from the side" },
  restitution: {
    usual: RESTITUTION,
    least: 0,
    most: 1,
    says: "share of the closing speed at which solids part; in tanks it stays .2",
  },
  sinking: { usual: DENSITY.sinking, least: 1.2, most: 4, says: "density of bodies that sink, the liquid's is 1" },
  floating: { usual: DENSITY.floating, least: 0.1, most: 0.6, says: "density of bodies that float, the liquid's is 1" },
  heavy: { usual: DENSITY.heavy, least: 1.5, most: 4, says: "density of a heavy liquid over a light one of 1" },
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

const lawsBy = (of: (name: LawName) => number): Laws =>
  Object.fromEntries(LAW_NAMES.map((name) => [name, of(name)])) as Laws;

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
