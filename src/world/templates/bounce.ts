import type { Attributes } from "../language/grammar.ts";
import { DENSITY, FRICTION, type Laws } from "../laws.ts";
import type { Random } from "../random.ts";
import { CLIP, type Scene, type Snapshot } from "../types.ts";
import { halfOf, headingOf, solidOf, speedOf, type Template, towards } from "./template.ts";

/** A disc falls, bounces on the floor and flies on. The speed word is its speed along the floor. */
function build(attributes: Attributes, random: Random, { gravity, restitution }: Laws): Scene {
  const [ball] = attributes.things;
  const heading = headingOf(attributes, random);
  const speed = speedOf(attributes, random);
  const half = halfOf(ball, random);
  const radius = half[0];
  const floor = random.range([52, 58]);
  // It reaches the floor at `time`, so that flight is seen on both sides; the height follows.
  const time = random.range([4.6, 7.6]);
  const rise = random.range([-0.5, 0.9]);
  const height = Math.min(rise * time + (gravity / 2) * time * time, floor - 2 * radius - 2);
  const room = Math.max(0, CLIP.size - 2 * radius - 2 - speed * (CLIP.frames - 1));
  return towards(heading, {
    template: "bounce",
    view: "side",
    gravity,
    solids: [
      solidOf(
        ball,
        half,
        DENSITY.solid,
        { x: radius + 1 + random.next() * room, y: floor - radius - height, angle: random.around(Math.PI) },
        { x: speed, y: rise, spin: random.around(0.2) },
      ),
    ],
    fluids: [],
    fixtures: [{ left: -64, top: floor, right: 128, bottom: 96 }],
    restitution,
    friction: FRICTION.floor,
    look: random.integer(),
  });
}

/** The first contact leaves three frames of flight before it and three after, up to the next one. */
function happens(_: Scene, snapshots: readonly Snapshot[]): boolean {
  const touched = snapshots.flatMap(({ contacts }, frame) => (contacts.length > 0 ? [frame] : []));
  const first = touched[0] ?? 0;
  const next = touched.find((frame) => frame > first + 1) ?? CLIP.frames;
  return first >= 4 && first <= 11 && next - first >= 4;
}

export const bounce: Template = { example: "a small orange ball bounces on the floor to the right", build, happens };
