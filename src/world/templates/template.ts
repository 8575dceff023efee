/** What a template is, and how all of them make bodies out of words. */
import { cos, sin } from "../exact.ts";
import type { Attributes, Thing } from "../language/grammar.ts";
import { ANY_SPEED, BOX_ASPECT, BOX_HALF, RADIUS, SPEED } from "../language/measures.ts";
import { HEADINGS } from "../language/words.ts";
import type { Laws } from "../laws.ts";
import type { Random } from "../random.ts";
import { CLIP, type Fixture, type Scene, type Snapshot, type Solid } from "../types.ts";

export interface Template {
  /** A sentence of the template, as `npm run world -- --list` shows it. */
  readonly example: string;
  /** A scene of a world with these laws; the seed draws whatever the attributes leave open. */
  build(attributes: Attributes, random: Random, laws: Laws): Scene;
  /** Whether the sentence's event is seen well; where it isn't, the world builds again with the next draws. */
  happens(scene: Scene, snapshots: readonly Snapshot[]): boolean;
}

/** px/frame of the sentence's first body or stream. */
export const speedOf = ({ speed }: Attributes, random: Random): number =>
  random.range(speed ? SPEED[speed] : ANY_SPEED);

/** +1 towards the right, −1 towards the left. Drawn even where it is said, so that the words do not shift the other draws. */
export function headingOf({ heading }: Attributes, random: Random): 1 | -1 {
  const drawn = random.pick(HEADINGS);
  return (heading ?? drawn) === "right" ? 1 : -1;
}

/** Half width and half height of a ball or box by its size word. */
export function halfOf({ noun, size }: Thing, random: Random): readonly [number, number] {
  const radius = random.range(RADIUS[size ?? "small"]);
  const aspect = Math.sqrt(random.range(BOX_ASPECT));
  return noun === "ball" ? [radius, radius] : [radius * BOX_HALF * aspect, (radius * BOX_HALF) / aspect];
}

export function solidOf(
  thing: Thing,
  half: readonly [number, number],
  density: number,
  at: Solid["at"],
  velocity: Solid["velocity"],
  driven = false,
): Solid {
  const shape = thing.noun === "ball" ? "ball" : "box";
  return {
    kind: "solid",
    shape,
    colour: thing.colour,
    size: thing.size ?? "small",
    half,
    density,
    at,
    velocity,
    driven,
  };
}

/** The scene seen in a mirror: templates build everything as if it went right. */
export function towards(heading: 1 | -1, scene: Scene): Scene {
  if (heading === 1) return scene;
  const flip = <Sides extends Fixture>(sides: Sides): Sides => ({
    ...sides,
    left: CLIP.size - sides.right,
    right: CLIP.size - sides.left,
  });
  const mirrored = ({ x, y }: { readonly x: number; readonly y: number }) => ({ x: -x, y });
  return {
    ...scene,
    solids: scene.solids.map((solid) => ({
      ...solid,
      at: { ...solid.at, x: CLIP.size - solid.at.x, angle: -solid.at.angle },
      velocity: { ...solid.velocity, x: -solid.velocity.x, spin: -solid.velocity.spin },
    })),
    fluids: scene.fluids.map((fluid) => ({
      ...fluid,
      filled: fluid.filled.map((region) =>
        region.shape === "disc" ? { ...region, x: CLIP.size - region.x } : flip(region),
      ),
      velocity: mirrored(fluid.velocity),
      source: fluid.source && {
        ...fluid.source,
        x: CLIP.size - fluid.source.x,
        velocity: mirrored(fluid.source.velocity),
      },
    })),
    fixtures: scene.fixtures.map(flip),
  };
}

/** Whether a solid at this pose lies wholly in the frame. */
export function isWhole(
  { shape, half }: Pick<Solid, "shape" | "half">,
  { x, y, angle }: { readonly x: number; readonly y: number; readonly angle: number },
): boolean {
  const [c, s] = shape === "ball" ? [1, 0] : [Math.abs(cos(angle)), Math.abs(sin(angle))];
  return inside(x, y, half[0] * c + half[1] * s, half[0] * s + half[1] * c);
}

/** Whether the rectangle round (x, y) with these half sides lies in the frame. */
export const inside = (x: number, y: number, halfX: number, halfY: number): boolean =>
  x >= halfX && y >= halfY && x <= CLIP.size - halfX && y <= CLIP.size - halfY;
