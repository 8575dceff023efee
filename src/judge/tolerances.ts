import { GRAVITY } from "../world/laws.ts";

/**
 * How far a clip may be off each law and each word; docs/sandbox.md's values where it gives one. Frozen before any model is scored:
 * `FROZEN` names the examination (docs/judge.md) that they passed.
 */
export const FROZEN = {
  date: "2026-11-30",
  report: "c39b31245cac469f899964d9894609544354faeb6dbc12e8140089c828ac1d47",
} as const;

/**
 * px/frame by which a stronger gravity than the usual one, under which these were measured, changes a velocity more in the frame
 * before a bounce or a splash; 0 in the usual world.
 */
export const heavier = (gravity: number): number => Math.max(0, gravity - GRAVITY);

/** Of solids. */
export const SOLID_TOLERANCES = {
  /** Frames with another number of bodies than there should be. */
  permanence: 1,
  /** Share of the usual area. */
  area: 0.15,
  /** 1 − intersection over union with the body's own outline. */
  shape: 0.15,
  /** Share of how far a mean of two pictures draws a ball out. */
  smear: 0.6,
  /** Distance of the chroma, as a share of the palette colour's own. */
  colour: 0.1,
  /** Radii per frame, by which a velocity changes within a frame without a contact. */
  jump: 0.25,
  /** px/frame. */
  pulse: 0.7,
  /** Share of g. */
  gravity: 0.15,
  /** Share of the velocity that changes in free motion. */
  inertia: 0.15,
  /** Share of the momentum that comes in. */
  momentum: 0.15,
  /** Of the ratio of speeds after and before a contact. */
  restitution: 0.15,
  /** Share of the energy that comes in. */
  energy: 0.15,
  /** Radii of depth. */
  interpenetration: 0.25,
  /** Share of what the collision could turn at most. */
  turning: 0.13,
} as const;

/** Of liquids. */
export const FLUID_TOLERANCES = {
  /** Share of the amount. */
  mass: 0.12,
  /** Share of the amount that may be out of reach between two frames. */
  permanence: 0.1,
  /** px/frame², by what liquids do: hardly anything in a pool that a body moves in, splashes where they meet or are poured. */
  jump: { pool: 1, liquids: 2.1, poured: 2.4, layered: 1.3 },
  /** px/frame. */
  pulse: { pool: 0.3, liquids: 0.88, poured: 1.45, layered: 0.45 },
  /** Share of what usually comes in within a frame. */
  inflow: 0.44,
  /** px of height of everything's common centre. */
  energy: 0.6,
  /** 0: turned over, 1: as at first. */
  layers: 0.5,
  /** Share of what had mixed. */
  unmixing: 0.45,
  /** Share of g. */
  gravity: 0.21,
  /** Distance of the chroma, as a share of the palette colour's own. */
  colour: 0.1,
  /** Share of the body's area that is below the surface, against the law's: a floating body still bobs after 16 frames. */
  buoyancy: { sinking: 0.08, floating: 0.42 },
  /** px/frame². */
  lift: 0.13,
  /** Share of the body's part below the surface that may go missing of the liquid. */
  displacement: 0.5,
} as const;

/** Of pictures as such, whatever they show. */
export const PICTURE_TOLERANCES = {
  /** Share by which less changes in a frame than just before or after. */
  pace: 0.88,
  /** How many times as much changes in a frame as just before and after. */
  skip: { table: 1.4, air: 1.5, pool: 1.6, liquids: 1.33, poured: 1.6, layered: 1.85 },
  /** Least bending over most of all; a mixture's is above 1. */
  moment: 1,
  /** Of what the way asks for, one and two frames apart: where liquids mix their edges are soft, where they splash all is edges. */
  bending: {
    solids: [0.87, 1.06],
    liquids: [1.0, 1.12],
    above: [2.75, 2.1],
    sides: [1.84, 1.55],
    layered: [0.47, 0.5],
  },
  straight: { other: 0.36, layered: 0.2 },
  /** Share of the sharpness. */
  sharpness: 0.1,
} as const;

/** Of what the sentence says. */
export const SENTENCE_TOLERANCES = {
  /** Share of the named bodies that is missing: none may. */
  objects: 0.25,
  /** Share of the coloured area that is of a colour nobody named. */
  strange: 0.15,
  /** Share of the way from the word's range to the next word's. */
  size: 0.5,
  speed: 0.5,
  /** Frames in which a body is not what it is called. */
  shape: 0.5,
  /** 1: it did not happen. */
  event: 0.5,
} as const;
