import type { Attributes } from "../language/grammar.ts";
import { DENSITY, FRICTION, type Laws } from "../laws.ts";
import type { Random } from "../random.ts";
import { CLIP, type Scene, type Snapshot } from "../types.ts";
import { halfOf, headingOf, isWhole, solidOf, speedOf, type Template, towards } from "./template.ts";

/** A box slides along a ledge that ends, tips over its edge and falls to the floor below. */
function build(attributes: Attributes, random: Random, { gravity, restitution }: Laws): Scene {
  const [box] = attributes.things;
  const heading = headingOf(attributes, random);
  const speed = speedOf(attributes, random);
  const half = halfOf(box, random);
  const ledge = random.range([2 * half[1] + 3, 2 * half[1] + 9]);
  const floor = random.range([57, 60]);
  // Its centre passes the edge at `time`: sliding is seen before, falling after. The edge leaves room to get clear of the ledge and
  // fall for three frames; a box too large and fast for that comes in from outside, and one too large and slow is there sooner.
  const time = random.range([3.8, 6]) - Math.max(0, 0.7 * (half[0] - 4 * speed));
  const edge = Math.min(
    CLIP.size - 3 * (half[0] + speed),
    half[0] + 1 + random.next() * Math.max(0, 12 - 3 * speed) + speed * time,
  );
  const start = Math.max(edge - speed * time, Math.min(half[0] + 1, edge - 3 * speed));
  return towards(heading, {
    template: "slide-off",
    view: "side",
    gravity,
    solids: [
      solidOf(box, half, DENSITY.solid, { x: start, y: ledge - half[1], angle: 0 }, { x: speed, y: 0, spin: 0 }),
    ],
    fluids: [],
    fixtures: [
      { left: -64, top: ledge, right: edge, bottom: 96 },
      { left: -64, top: floor, right: 128, bottom: 96 },
    ],
    restitution,
    friction: FRICTION.ledge,
    look: random.integer(),
  });
}

/** It leaves the ledge, falls clear of it by the end, and is seen whole in three frames of the fall. */
function happens(scene: Scene, snapshots: readonly Snapshot[]): boolean {
  const [box] = scene.solids;
  const free = snapshots.filter(
    ({ contacts, solids: [state] }, frame) => frame > 0 && contacts.length === 0 && isWhole(box, state),
  );
  return free.length >= 3 && snapshots[CLIP.frames - 1].solids[0].y > box.at.y + box.half[1];
}

export const slideOff: Template = { example: "a large blue box slides off a ledge to the left", build, happens };
