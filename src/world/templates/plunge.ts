/** A body falls from above into a pool: what `sink` and `float` share. */
import type { Attributes } from "../language/grammar.ts";
import { densitiesOf, type Laws } from "../laws.ts";
import type { Random } from "../random.ts";
import { CLIP, type Scene } from "../types.ts";
import { anyTank, liquid, pool, tankScene } from "./tank.ts";
import { halfOf, solidOf } from "./template.ts";

export interface Plunge {
  readonly template: "sink" | "float";
  /** What it weighs. */
  readonly body: "sinking" | "floating";
  /** y of the surface. */
  readonly surface: readonly [number, number];
  /** px between the body's lower side and the surface, and px/frame downwards, at frame 0. */
  readonly gap: readonly [number, number];
  readonly speed: readonly [number, number];
}

export function buildPlunge(plunge: Plunge, { things: [body, fluid] }: Attributes, random: Random, laws: Laws): Scene {
  const half = halfOf(body, random);
  const tank = anyTank(random);
  const [ball, tilt] = [body.noun === "ball", random.around(1)];
  const angle = ball ? 4 * tilt : 0.35 * tilt;
  const [a, b] = [half[0], half[1]];
  // A tilted box hangs lower, by no more than this.
  const low = ball ? a : b + 0.35 * a * Math.abs(tilt);
  const reach = ball ? a : a + 0.35 * b;
  const surface = random.range(plunge.surface);
  const y = Math.max(low + 1, surface - low - random.range(plunge.gap));
  const room = tank.right - tank.left - 2 * reach - 8;
  const at = { x: CLIP.size / 2 + random.around(room / 2), y, angle };
  const velocity = { x: random.around(0.4), y: random.range(plunge.speed), spin: random.around(ball ? 0.12 : 0.03) };
  return tankScene(
    plunge.template,
    tank,
    [liquid(fluid, laws, [pool(tank, surface)])],
    [solidOf(body, half, densitiesOf(laws)[plunge.body], at, velocity)],
    laws,
    random,
  );
}
