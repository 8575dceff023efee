/**
 * What the liquid feels of solids: walls, floors and moving bodies as analytic shapes, each with the density that it contributes
 * at a particle and with its signed distance.
 */
import { cos, sin } from "../exact.ts";
import type { Fixture, Solid } from "../types.ts";
import { discShares, REACH, RIM_CELL, RIM_STEPS, SOLID_SCALE, SPACING, shareBelow } from "./kernel.ts";

/** A solid in the solver; shiftX, shiftY (px) and turn (rad) are the liquid's push during the current step. */
export interface Obstacle {
  readonly halfX: number;
  readonly halfY: number;
  /** Half the diagonal: nothing beyond it plus REACH is touched. */
  readonly extent: number;
  /** Of a ball: its shares by distance from the rim; null for a box. */
  readonly shares: Float64Array | null;
  readonly inverseMass: number;
  readonly inverseInertia: number;
  x: number;
  y: number;
  cos: number;
  sin: number;
  shiftX: number;
  shiftY: number;
  turn: number;
}

/** Outside pictures, px: a wall that ends at the frame's edge goes on beyond it, so that it has no end to flow around. */
const BEYOND = 40;

export function wall(fixture: Fixture, size: number): Obstacle {
  const left = fixture.left <= 0 ? -BEYOND : fixture.left;
  const right = fixture.right >= size ? size + BEYOND : fixture.right;
  const bottom = fixture.bottom >= size ? size + BEYOND : fixture.bottom;
  const half = [(right - left) / 2, (bottom - fixture.top) / 2] as const;
  return obstacle(half, null, 0, 0, { x: (left + right) / 2, y: (fixture.top + bottom) / 2, cos: 1, sin: 0 });
}

/** A body where it starts; the liquid cannot move one that is driven. */
export function bodyObstacle({ shape, half, density, driven, at }: Solid): Obstacle {
  const ball = shape === "ball";
  const [a, b] = half;
  const mass = density * (ball ? Math.PI * a * a : 4 * a * b);
  const moment = mass * (ball ? (a * a) / 2 : (a * a + b * b) / 3);
  const pose = { x: at.x, y: at.y, cos: cos(at.angle), sin: sin(at.angle) };
  return obstacle(half, ball ? discShares(a) : null, driven ? 0 : 1 / mass, driven ? 0 : 1 / moment, pose);
}

/** The same where it is now, held fast. */
export const held = (solid: Obstacle): Obstacle => obstacle([solid.halfX, solid.halfY], solid.shares, 0, 0, solid);

/** The one place that makes obstacles: the solver reads them so often that it matters that the engine sees one kind of object. */
function obstacle(
  [halfX, halfY]: readonly [number, number],
  shares: Float64Array | null,
  inverseMass: number,
  inverseInertia: number,
  pose: Pick<Obstacle, "x" | "y" | "cos" | "sin">,
): Obstacle {
  return {
    halfX,
    halfY,
    extent: shares ? halfX : Math.sqrt(halfX * halfX + halfY * halfY),
    shares,
    inverseMass,
    inverseInertia,
    x: pose.x,
    y: pose.y,
    cos: pose.cos,
    sin: pose.sin,
    shiftX: 0,
    shiftY: 0,
    turn: 0,
  };
}

/** Where solid and particle meet: filled by probe and gap, so that nothing is allocated per particle. */
export interface Touch {
  /** Density that the solid contributes at the particle, and its gradient by the particle's position. */
  density: number;
  gx: number;
  gy: number;
  /** Signed distance of the particle's centre from the surface, negative inside, and the outward normal there. */
  gap: number;
  nx: number;
  ny: number;
  /** Scratch of `probe`. */
  readonly strip: Float64Array;
}

export const touch = (): Touch => ({
  density: 0,
  gx: 0,
  gy: 0,
  gap: 0,
  nx: 0,
  ny: 0,
  strip: new Float64Array(3),
});

/**
 * Density of the solid at (x[i], y[i]) with its gradient. Arrays and an index, here and below: numbers as arguments would be boxed,
 * a hundred times per particle and frame.
 */
export function probe(solid: Obstacle, x: Float64Array, y: Float64Array, i: number, out: Touch): void {
  const dx = x[i] - solid.x - solid.shiftX;
  const dy = y[i] - solid.y - solid.shiftY;
  if (solid.shares) {
    const r = Math.sqrt(dx * dx + dy * dy);
    const at = (r - solid.halfX + REACH) / RIM_CELL;
    if (at >= RIM_STEPS || r < 1e-9) {
      out.density = out.gx = out.gy = 0;
      return;
    }
    const entry = at > 0 ? Math.floor(at) : 0;
    const step = solid.shares[entry + 1] - solid.shares[entry];
    out.density = SOLID_SCALE * (solid.shares[entry] + (at > 0 ? at - entry : 0) * step);
    const slope = (SOLID_SCALE * step) / (RIM_CELL * r);
    out.gx = slope * dx;
    out.gy = slope * dy;
    return;
  }
  // turn is a small angle within one step: the first order is enough, and needs no sine.
  const c = solid.cos - solid.sin * solid.turn;
  const s = solid.sin + solid.cos * solid.turn;
  const px = c * dx + s * dy;
  const py = c * dy - s * dx;
  const { halfX, halfY } = solid;
  if (px > halfX + REACH || px < -halfX - REACH || py > halfY + REACH || py < -halfY - REACH) {
    out.density = out.gx = out.gy = 0;
    return;
  }
  // A box covers the product of what its two strips cover: exact along its sides, close at its corners.
  covered(halfX, px, out.strip);
  const alongX = out.strip[1];
  const slopeAcross = out.strip[2];
  covered(halfY, py, out.strip);
  const alongY = out.strip[1];
  const slopeX = SOLID_SCALE * alongY * slopeAcross;
  const slopeY = SOLID_SCALE * alongX * out.strip[2];
  out.density = SOLID_SCALE * alongX * alongY;
  out.gx = c * slopeX - s * slopeY;
  out.gy = s * slopeX + c * slopeY;
}

/** What a strip of the half width `half` covers of a kernel at p: share into at[1], derivative by p into at[2]. */
function covered(half: number, p: number, at: Float64Array): void {
  at[0] = half - p;
  shareBelow(at);
  const share = at[1];
  const slope = at[2];
  at[0] = -half - p;
  shareBelow(at);
  at[1] = share - at[1];
  at[2] -= slope;
}

/** Closest that a particle's centre comes to a solid, px. At rest it keeps half a row away, 0.47 of the spacing. */
export const MIN_GAP = 0.3 * SPACING;

/** Signed distance to the solid at (x[i], y[i]) with its normal. */
export function measureGap(solid: Obstacle, x: Float64Array, y: Float64Array, i: number, out: Touch): void {
  const dx = x[i] - solid.x - solid.shiftX;
  const dy = y[i] - solid.y - solid.shiftY;
  if (solid.shares) {
    const r = Math.sqrt(dx * dx + dy * dy);
    out.gap = r - solid.halfX;
    out.nx = r > 1e-9 ? dx / r : 0;
    out.ny = r > 1e-9 ? dy / r : -1;
    return;
  }
  const c = solid.cos - solid.sin * solid.turn;
  const s = solid.sin + solid.cos * solid.turn;
  const px = c * dx + s * dy;
  const py = c * dy - s * dx;
  const beyondX = (px < 0 ? -px : px) - solid.halfX;
  const beyondY = (py < 0 ? -py : py) - solid.halfY;
  let nx = 0;
  let ny = 0;
  if (beyondX > 0 && beyondY > 0) {
    const r = Math.sqrt(beyondX * beyondX + beyondY * beyondY);
    out.gap = r;
    nx = (px < 0 ? -beyondX : beyondX) / r;
    ny = (py < 0 ? -beyondY : beyondY) / r;
  } else if (beyondX > beyondY) {
    out.gap = beyondX;
    nx = px < 0 ? -1 : 1;
  } else {
    out.gap = beyondY;
    ny = py < 0 ? -1 : 1;
  }
  out.nx = c * nx - s * ny;
  out.ny = s * nx + c * ny;
}
