/**
 * Liquid that comes in while the clip runs, as a jet. Until it meets something, a jet is what a slender stream in free fall must be:
 * as it gets faster it gets thinner, so that the same area passes everywhere. Particles alone would not do that (they only push,
 * and a stretched jet has nothing to push it together), so those in the air are led along it, and let go at the first push.
 */

import type { FluidSource } from "../types.ts";
import { sourceCount, sourceRow, sourceSpeed } from "./fill.ts";
import { PARTICLE_AREA } from "./kernel.ts";
import type { Particles } from "./particles.ts";

/** px that a substep's corrections may move a particle of a jet before it counts as pushed: more than its own neighbours do. */
const LED = 0.2;
/** px from its mouth on which nothing lets a particle go: it is still in the pipe, whose end may lie in a wall. */
const PIPE = 11;

export interface Emitter {
  readonly source: FluidSource;
  readonly start: number;
  /** Particles [next, end) are still to come. */
  next: number;
  readonly end: number;
  readonly speed: number;
  /** Frames from one particle to the next. */
  readonly pace: number;
  /** px from the jet's middle, of the particles of a row in turn. */
  readonly across: readonly number[];
  /** 1 while the particle is led, by its place after start. */
  readonly led: Uint8Array;
  /** Where the jet's particle is, as `locate` leaves it. */
  x: number;
  y: number;
  vx: number;
  vy: number;
}

export function emitter(source: FluidSource, start: number): Emitter {
  const row = sourceRow(source);
  const speed = sourceSpeed(source);
  const count = sourceCount(source);
  // Every second column, then those between: thinned out to one column the jet is still even.
  const columns = Array.from({ length: row }, (_, k) => k);
  const order = [...columns.filter((k) => k % 2 === 0), ...columns.filter((k) => k % 2 === 1)];
  return {
    source,
    start,
    next: start,
    end: start + count,
    speed,
    pace: PARTICLE_AREA / (source.width * speed),
    across: order.map((k) => ((k + 0.5) / row - 0.5) * source.width),
    led: new Uint8Array(count).fill(1),
    x: 0,
    y: 0,
    vx: 0,
    vy: 0,
  };
}

/** Place and velocity of particle i of an undisturbed jet. */
function locate(jet: Emitter, i: number, gravity: number, time: number): void {
  const { source, speed, pace, across, start } = jet;
  const k = i - start;
  const age = time - source.from - k * pace;
  const vx = source.velocity.x;
  const vy = source.velocity.y + gravity * age;
  const now = Math.sqrt(vx * vx + vy * vy);
  // Across the jet it keeps its share of a width that goes with 1/speed.
  const side = (across[k % across.length] * speed) / (now * now);
  const thinning = (-2 * side * gravity * vy) / (now * now);
  jet.x = source.x + vx * age - vy * side;
  jet.y = source.y + (source.velocity.y + (gravity / 2) * age) * age + vx * side;
  jet.vx = vx - vy * thinning - gravity * side;
  jet.vy = vy + vx * thinning;
}

/** Brings in what is due before time + dt, where it has come to since. */
export function emit(jet: Emitter, all: Particles, gravity: number, time: number, dt: number): void {
  const { source, pace, start } = jet;
  while (jet.next < jet.end && source.from + (jet.next - start) * pace < time + dt) {
    const i = jet.next++;
    locate(jet, i, gravity, time);
    all.born[i] = 1;
    all.x[i] = jet.x;
    all.y[i] = jet.y;
    all.vx[i] = jet.vx;
    all.vy[i] = jet.vy;
  }
}

/** Predicts the jet's particles at the substep's end, after `predict` has done so for all. */
export function lead(jet: Emitter, all: Particles, gravity: number, end: number): void {
  for (let i = jet.start; i < jet.next; i++) {
    if (jet.led[i - jet.start] === 0) continue;
    locate(jet, i, gravity, end);
    all.x[i] = jet.x;
    all.y[i] = jet.y;
  }
}

/** After the corrections: what was hardly moved goes on in the jet, the rest is let go for good. */
export function release(jet: Emitter, all: Particles, gravity: number, end: number): void {
  for (let i = jet.start; i < jet.next; i++) {
    if (jet.led[i - jet.start] === 0) continue;
    locate(jet, i, gravity, end);
    const dx = all.x[i] - jet.x;
    const dy = all.y[i] - jet.y;
    const free = (end - jet.source.from - (i - jet.start) * jet.pace) * jet.speed > PIPE;
    if (free && dx * dx + dy * dy > LED * LED) {
      jet.led[i - jet.start] = 0;
      continue;
    }
    all.x[i] = jet.x;
    all.y[i] = jet.y;
    all.vx[i] = jet.vx;
    all.vy[i] = jet.vy;
  }
}
