/** How far a liquid may be off each law; SANDBOX.md's values where it gives one. */
export const FLUID_TOLERANCES = {
  /** Share of the amount. */
  mass: 0.12,
  /** Share of the amount that may be out of reach between two frames. */
  permanence: 0.1,
  /** px/frame². */
  jump: 2,
  /** px of height of everything's common centre. */
  energy: 0.6,
  /** 0: turned over, 1: as at first. */
  layers: 0.5,
  /** Share of what had mixed. */
  unmixing: 0.4,
  /** Share of g. */
  gravity: 0.21,
  /** Distance of the chroma, as a share of the palette colour's own. */
  colour: 0.1,
  /** Share of the body's area that is below the surface, against the law's: a floating body still bobs after 16 frames. */
  buoyancy: { sinking: 0.08, floating: 0.42 },
  /** Share of the body's part below the surface that may go missing of the liquid. */
  displacement: 0.5,
} as const;

/** px that liquid moves in a frame at most. */
export const REACH = 8;
