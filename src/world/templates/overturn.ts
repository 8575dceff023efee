import type { Attributes } from "../language/grammar.ts";
import type { Laws } from "../laws.ts";
import type { Random } from "../random.ts";
import { CLIP, type FluidRegion, type Scene, type Snapshot } from "../types.ts";
import { liquid, middle, tank, tankScene } from "./tank.ts";
import { type Template, towards } from "./template.ts";

/**
 * A heavy liquid lies on a light one, with a bulge downwards at one side and one of the light one upwards at the other,
 * both already on their way: from rest, 16 frames would show only how it begins.
 */
function build({ things: [heavy, light] }: Attributes, random: Random, laws: Laws): Scene {
  const basin = tank(random.range([12, 16]), random.range([57, 60]));
  const { left, right, floor } = basin;
  const [lower, upper] = [random.range([14, 17]), random.range([14, 17])];
  const border = floor - lower;
  const radius = random.range([8, 10]);
  const across = right - left;
  const turning = random.range([1.2, 1.6]);
  const layer = (top: number, bottom: number): FluidRegion => ({ shape: "rectangle", left, top, right, bottom });
  const bulge = (x: number, y: number): FluidRegion => ({ shape: "disc", x, y, radius });
  return towards(
    random.next() < 0.5 ? 1 : -1,
    tankScene(
      "overturn",
      basin,
      [
        liquid(
          heavy,
          laws,
          [layer(border - upper, border), bulge(left + across * random.range([0.15, 0.3]), border - 1)],
          {
            x: 0,
            y: turning,
          },
        ),
        liquid(light, laws, [layer(border, floor), bulge(right - across * random.range([0.15, 0.3]), border + 1)], {
          x: 0,
          y: -turning,
        }),
      ],
      [],
      laws,
      random,
    ),
  );
}

/** Heavy starts above and ends below. */
function happens(_: Scene, snapshots: readonly Snapshot[]): boolean {
  const [heavy, light] = snapshots[CLIP.frames - 1].fluids.map(middle);
  return heavy.y > light.y + 1;
}

export const overturn: Template = { example: "heavy purple liquid above light yellow liquid", build, happens };
