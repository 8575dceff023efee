import type { Category, TemplateName } from "./language/patterns.ts";
import type { Laws } from "./laws.ts";

/**
 * The sandbox world's words and shapes. A clip is T = 16 frames of 64×64 RGB, a function of (prompt, seed) alone, the same to the
 * bit in Node and in every browser.
 *
 * Lengths are pixels, times are frames, so a velocity is px/frame and gravity px/frame². x points right and y DOWN. Coordinates
 * are continuous: pixel i covers [i, i + 1). Angles are radians, clockwise on the screen (from x towards y).
 */
export const CLIP = { size: 64, frames: 16 } as const;

export type { Category, TemplateName };

export type Colour = "red" | "orange" | "yellow" | "green" | "blue" | "purple";
export type Rgb = readonly [r: number, g: number, b: number];

// ── before the simulation ───────────────────────────────────────────────────────────────────────────────────────────

export interface Solid {
  readonly kind: "solid";
  readonly shape: "ball" | "box";
  readonly colour: Colour;
  /** The prompt's word ("small", "large", …). */
  readonly size: string;
  /** Half width and half height before rotation; a ball has its radius twice. */
  readonly half: readonly [number, number];
  /** Mass per px². */
  readonly density: number;
  readonly at: { readonly x: number; readonly y: number; readonly angle: number };
  readonly velocity: { readonly x: number; readonly y: number; readonly spin: number };
  /** Kept at its start velocity from outside (the dragged box); contacts and fluid do not change it. */
  readonly driven: boolean;
}

export interface Fluid {
  readonly kind: "fluid";
  readonly colour: Colour;
  /** Mass per px²; a prompt's "heavy" and "light". */
  readonly density: number;
  /** Where it is at rest before frame 0: filled rectangles and discs. */
  readonly filled: readonly FluidRegion[];
  /** Of what is filled, at frame 0. */
  readonly velocity: { readonly x: number; readonly y: number };
  /** Where it comes in while the clip runs. */
  readonly source: FluidSource | null;
}

export type FluidRegion =
  | {
      readonly shape: "rectangle";
      readonly left: number;
      readonly top: number;
      readonly right: number;
      readonly bottom: number;
    }
  | { readonly shape: "disc"; readonly x: number; readonly y: number; readonly radius: number };

export interface FluidSource {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly velocity: { readonly x: number; readonly y: number };
  /** Frames in which it runs: from ≤ t < to. With from < 0 some of it is in the air at frame 0. (x, y) is the mouth's middle. */
  readonly from: number;
  readonly to: number;
}

/** What never moves: floors, ledges, walls of a tank. Grey, axis-aligned, drawn with the background; no body, no mask. */
export interface Fixture {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Everything that the simulation needs: what a template makes of (prompt, seed). */
export interface Scene {
  readonly template: TemplateName;
  /** "top": seen from above, gravity 0. "side": gravity points down. */
  readonly view: "top" | "side";
  readonly gravity: number;
  readonly solids: readonly Solid[];
  readonly fluids: readonly Fluid[];
  readonly fixtures: readonly Fixture[];
  readonly restitution: number;
  readonly friction: number;
  /** Seeds what has no physical effect: background, textures, light. */
  readonly look: number;
}

// ── after the simulation ────────────────────────────────────────────────────────────────────────────────────────────

/** One frame of the simulation, at the instant at which it is drawn. */
export interface Snapshot {
  /** One per solid, in the scene's order. */
  readonly solids: readonly {
    readonly x: number;
    readonly y: number;
    readonly angle: number;
    readonly vx: number;
    readonly vy: number;
    readonly spin: number;
  }[];
  /** One per fluid: positions [x₀, y₀, x₁, y₁, …] of its particles; a particle keeps its index, those still to come are NaN. */
  readonly fluids: readonly Float32Array[];
  /** Since the frame before, solids by index; −1 is a fixture. */
  readonly contacts: readonly Contact[];
}

export interface Contact {
  readonly a: number;
  readonly b: number;
}

/** A body of a clip: solids first, then fluids. Body k has the value k + 1 in the mask. */
export type Body =
  | Pick<Solid, "kind" | "shape" | "colour" | "size" | "half" | "density">
  | (Pick<Fluid, "kind" | "colour" | "density"> & {
      /** px², one per frame: particles in the world times the area of one. */
      readonly mass: Float32Array;
    });

/** A clip with everything that is true of it. K bodies, T frames. */
export interface WorldClip {
  readonly prompt: string;
  readonly template: TemplateName;
  readonly category: Category;
  readonly seed: number;
  readonly laws: Laws;
  readonly scene: Scene;
  readonly snapshots: readonly Snapshot[];
  readonly bodies: readonly Body[];
  /** U8 [T, 64, 64, 3]. */
  readonly frames: Uint8Array<ArrayBuffer>;
  /** F32 [T, K, 2]: centre of mass, of a fluid its centroid; NaN while none of it is in the world. */
  readonly center: Float32Array<ArrayBuffer>;
  /** F32 [T, K]; 0 for fluids. */
  readonly angle: Float32Array<ArrayBuffer>;
  /** F32 [T, K, 2], px/frame, of the centre. */
  readonly velocity: Float32Array<ArrayBuffer>;
  /** U8 [T, 64, 64]: 0 background, k + 1 where body k is what is seen at the pixel's centre. */
  readonly mask: Uint8Array<ArrayBuffer>;
}
