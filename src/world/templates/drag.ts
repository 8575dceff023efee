import type { Attributes } from "../language/grammar.ts";
import { DENSITY, type Laws } from "../laws.ts";
import type { Random } from "../random.ts";
import type { Scene } from "../types.ts";
import { liquid, pool, tank, tankScene } from "./tank.ts";
import { halfOf, headingOf, solidOf, speedOf, type Template, towards } from "./template.ts";

/** A box is drawn through a pool at a steady speed, its upper side above the surface, and piles liquid up before it. */
function build(attributes: Attributes, random: Random, laws: Laws): Scene {
  const [thing, fluid] = attributes.things;
  const heading = headingOf(attributes, random);
  const speed = speedOf(attributes, random);
  const half = halfOf(thing, random);
  const basin = tank(0, random.range([57, 60]));
  const surface = random.range([28, 34]);
  const at = { x: half[0] + random.range([1.5, 4]), y: surface + half[1] * random.range([0.1, 0.5]), angle: 0 };
  return towards(
    heading,
    tankScene(
      "drag",
      basin,
      [liquid(fluid, laws, [pool(basin, surface)])],
      [solidOf(thing, half, DENSITY.solid, at, { x: speed, y: 0, spin: 0 }, true)],
      laws,
      random,
    ),
  );
}

export const drag: Template = {
  example: "a small green box moves through purple liquid to the right",
  build,
  happens: () => true,
};
