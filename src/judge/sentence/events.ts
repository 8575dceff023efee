/** Whether the sentence's event happens: 0 where it does, 1 where it does not, in between where it half does. */
import { type Event, traitsOf } from "../../world/language/patterns.ts";
import { CLIP } from "../../world/types.ts";
import { poolOf, submerged } from "../fluid/buoyancy.ts";
import { collisionsOf } from "../solid/collisions.ts";
import type { Outline } from "../solid/shape.ts";
import type { Track } from "../solid/track.ts";
import { covered, type SentenceInput, touching } from "./input.ts";

const { frames: T } = CLIP;

export interface Happening {
  readonly error: number;
  /** One plain sentence. */
  readonly says: string;
}

const yes = (says: string): Happening => ({ error: 0, says });
const no = (says: string): Happening => ({ error: 1, says });

type Test = (input: SentenceInput) => Happening;

const TESTS: Readonly<Record<Event, Test>> = {
  hit,
  bounce,
  "slide-off": slideOff,
  plunge,
  pour,
  drag,
  meet,
  overturn,
  drop,
};

export const eventOf: Test = (input) => TESTS[traitsOf(input.attributes).event](input);

/** px/frame. How much it takes for a body to have been pushed; how far it must go is a law's matter (momentum, rebound), not the sentence's. */
const LEAST_PUSH = 0.3;

/** The first body runs into the second, and that one is pushed along. */
function hit({ solid }: SentenceInput): Happening {
  const pair = solid.pairs.find(({ b }) => b >= 0);
  if (!pair || solid.tracks.some(({ radius }) => Number.isNaN(radius))) return no("The two bodies are not seen whole.");
  const touch = pair.gaps.findIndex((gap, t) => !Number.isNaN(gap) && pair.touches[t]);
  if (touch < 0) {
    const gaps = pair.gaps.filter((gap) => !Number.isNaN(gap));
    if (gaps.length === 0) return no("The two bodies are never seen whole at once.");
    return no(`They never touch: the least distance between them is ${Math.min(...gaps).toFixed(1)} px.`);
  }
  const [a, b] = solid.tracks;
  const [p, q] = [a.poses[touch], b.poses[touch]];
  const [striking, struck] = [stepNear(a, 0, touch), stepNear(b, 0, touch)];
  const pushed = stepNear(b, touch + 1, T - 1);
  if (!p || !q || !striking || !struck || !pushed)
    return no("They are not both seen whole before and after the contact.");
  if (Math.hypot(...striking) <= Math.hypot(...struck)) {
    return no("The body that should be struck is the one that strikes.");
  }
  const far = Math.hypot(q.x - p.x, q.y - p.y);
  const away = ([x, y]: readonly [number, number]) => (x * (q.x - p.x) + y * (q.y - p.y)) / far;
  const found = away(pushed) - away(struck);
  return {
    error: Math.max(0, Math.min(1, 1 - found / (2 * LEAST_PUSH))),
    says: `They touch, and the struck body's velocity changes by ${found.toFixed(1)} px/frame away from the other; at least ${LEAST_PUSH} is a push.`,
  };
}

/** px per frame of a body over the first two or more whole frames within from ≤ t ≤ to that follow each other. */
function stepNear({ poses }: Track, from: number, to: number): readonly [number, number] | null {
  let first = from;
  while (first < to && !(poses[first] && poses[first + 1])) first++;
  let last = first;
  while (last < to && poses[last + 1]) last++;
  const [p, q] = [poses[first], poses[last]];
  return p && q && last > first ? [(q.x - p.x) / (last - first), (q.y - p.y) / (last - first)] : null;
}

/** Of frames in which a body is whole. */
const posesOf = ({ poses }: Track): { readonly t: number; readonly pose: Outline }[] =>
  poses.flatMap((pose, t) => (pose ? [{ t, pose }] : []));

/** It comes down, touches the floor, and goes up again. */
function bounce({ solid }: SentenceInput): Happening {
  const [track] = solid.tracks;
  if (solid.ground.length === 0) return no("No floor is seen.");
  const collision = collisionsOf(solid).find(({ pair, a }) => pair.b < 0 && a.before.vy > 0.5 && a.after.vy < -0.3);
  if (collision) {
    const { a, moment } = collision;
    return yes(
      `It meets the floor at frame ${moment.toFixed(1)}: ${a.before.vy.toFixed(1)} px/frame down before, ${(-a.after.vy).toFixed(1)} up after.`,
    );
  }
  const low = Math.min(...solid.pairs.flatMap(({ gaps }) => gaps.filter((gap) => !Number.isNaN(gap))));
  return no(
    track && Number.isFinite(low)
      ? `It does not come off the floor again; the least distance to it is ${low.toFixed(1)} px.`
      : "It is not seen whole.",
  );
}

/** It rests on something at first, and has fallen below that at the end. */
function slideOff({ solid }: SentenceInput): Happening {
  const [track] = solid.tracks;
  const poses = track ? posesOf(track) : [];
  if (poses.length < 3) return no("The box is not seen whole.");
  const ledge = solid.pairs.find(({ gaps }) => gaps.slice(0, 6).some((gap) => Math.abs(gap) < 1.5));
  const fallen = poses[poses.length - 1].pose.y - poses[0].pose.y;
  const gone = Math.abs(poses[poses.length - 1].pose.x - poses[0].pose.x);
  if (solid.ground.length < 2) return no("No ledge is seen.");
  if (!ledge) return no("The box does not stand on the ledge at first.");
  // Its centre leaves by half its height when it tips, and by more when it falls.
  const share = Math.min(fallen / track.radius, gone / track.radius);
  return {
    error: Math.max(0, Math.min(1, 1 - share)),
    says: `The box goes ${gone.toFixed(1)} px along and ${fallen.toFixed(1)} px down; at least ${(track.radius / 2).toFixed(1)} px of both are expected.`,
  };
}

/** Above the surface at first; at the end under it (sinks) or at it (floats). */
function plunge({ attributes, solid, liquids }: SentenceInput): Happening {
  const [track] = solid.tracks;
  const pool = liquids[0] ? poolOf(liquids[0].shares[0]) : null;
  const poses = track ? posesOf(track) : [];
  if (!pool) return no("No pool is seen.");
  if (poses.length < 3) return no("The body is not seen whole.");
  const area = Math.PI * track.radius * track.radius;
  const under = poses.map(({ pose: { x, y } }) =>
    submerged(
      { colour: track.thing.colour, shape: track.shape, x, y, angle: null, area, partial: false, outline: [] },
      pool,
    ),
  );
  const [first, last, most] = [under[0], under[under.length - 1], Math.max(...under)];
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const says = `${percent(first)} of the body is under the surface at first, ${percent(most)} at most and ${percent(last)} at the end.`;
  if (first > 0.5 || most - first < 0.15) return { error: 1, says: `${says} It should fall in from above.` };
  if (traitsOf(attributes).body === "sinking") return { error: Math.max(0, 1 - last), says };
  return { error: last > 0.9 ? 1 : 0, says };
}

/** Liquid comes in, and comes down on the box. */
function pour({ solid, liquids }: SentenceInput): Happening {
  const [track] = solid.tracks;
  const [liquid] = liquids;
  const poses = track ? posesOf(track) : [];
  if (!liquid || poses.length < 3) return no("Liquid and box are not both seen.");
  const grown = Math.max(...liquid.area) - liquid.area[0];
  if (grown < 30) return no(`No liquid is poured: it grows by ${grown.toFixed(0)} px².`);
  const met = poses.some(({ t, pose }) => {
    const wet = covered(liquid.shares[t]);
    for (let x = Math.ceil(pose.x - pose.half[0]); x < pose.x + pose.half[0]; x++) {
      for (let up = 0; up < 4; up++) if (wet[Math.round(pose.y - pose.half[1] - 1 - up) * 64 + x]) return true;
    }
    return false;
  });
  return met
    ? yes(`${grown.toFixed(0)} px² of liquid are poured, and they meet the box from above.`)
    : no("The liquid never lies on the box.");
}

/** The box goes through the pool: along, and wet. */
function drag({ solid, liquids }: SentenceInput): Happening {
  const [track] = solid.tracks;
  const [liquid] = liquids;
  const poses = track ? posesOf(track) : [];
  if (!liquid || poses.length < 3) return no("Liquid and box are not both seen.");
  const gone = Math.abs(poses[poses.length - 1].pose.x - poses[0].pose.x);
  const wet = poses.filter(({ t }) => {
    const part = track.parts[t];
    const mask = new Uint8Array(64 * 64);
    for (const i of part?.pixels ?? []) mask[i] = 1;
    return touching(mask, covered(liquid.shares[t]), 2) > 4;
  }).length;
  const share = Math.min(gone / (2 * track.radius), wet / poses.length);
  return {
    error: Math.max(0, Math.min(1, 1 - share)),
    says: `The box goes ${gone.toFixed(1)} px along, and lies in the liquid in ${wet} of ${poses.length} frames.`,
  };
}

/** Two liquids are apart when both are first seen, and touch later. */
function meet({ liquids: [a, b] }: SentenceInput): Happening {
  if (!a || !b) return no("The two liquids are not both seen.");
  const contact = Array.from({ length: T }, (_, t) => touching(covered(a.shares[t]), covered(b.shares[t])));
  const first = contact.findIndex((count) => count > 2);
  if (first < 0) return no("The liquids never touch.");
  if (first === 0) return no("The liquids touch from the start.");
  return yes(`The liquids are apart at first and touch from frame ${first} on.`);
}

/** The heavy liquid is above at first and below at the end. */
function overturn({ attributes, liquids }: SentenceInput): Happening {
  const [heavy, light] = attributes.things.map(({ colour }) => liquids.find((liquid) => liquid.colour === colour));
  if (!heavy || !light) return no("The two liquids are not both seen.");
  const apart = (t: number) => light.y[t] - heavy.y[t];
  const [first, last] = [apart(0), apart(T - 1)];
  if (Number.isNaN(first + last)) return no("The two liquids are not both seen at first and at the end.");
  return {
    error: first > 2 && last < first - 1 ? Math.max(0, Math.min(1, (last + first) / (2 * first))) : 1,
    says: `The heavy liquid's centre is ${first.toFixed(1)} px above the light one's at first, and ${(-last).toFixed(1)} px below it at the end.`,
  };
}

/** It starts above the pool and reaches it. */
function drop({ liquids: [a, pool] }: SentenceInput): Happening {
  if (!a || !pool) return no("Drop and pool are not both seen.");
  const contact = Array.from({ length: T }, (_, t) => touching(covered(a.shares[t]), covered(pool.shares[t])));
  const first = contact.findIndex((count) => count > 2);
  if (!(a.y[0] < pool.y[0] - 4)) return no("The drop is not above the pool at first.");
  if (contact[0] > 2) return no("The drop is in the pool from the start.");
  if (first < 0) return no("The drop never reaches the pool.");
  return yes(`The drop is in the air at first and reaches the pool at frame ${first}.`);
}
