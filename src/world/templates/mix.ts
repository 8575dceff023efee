import type { Attributes } from "../language/grammar.ts";
import type { Laws } from "../laws.ts";
import type { Random } from "../random.ts";
import type { FluidRegion, Scene, Snapshot } from "../types.ts";
import { anyTank, distance, liquid, TOUCHING, tankScene } from "./tank.ts";
import { headingOf, speedOf, type Template, towards } from "./template.ts";

/** Two bodies of liquid at the sides of a tank are let go; the first runs at the speed of its word, and they meet in between. */
function build(attributes: Attributes, random: Random, laws: Laws): Scene {
  const [one, other] = attributes.things;
  const heading = headingOf(attributes, random);
  const speed = speedOf(attributes, random);
  const tank = anyTank(random);
  const block = (left: number, width: number, height: number): FluidRegion => ({
    shape: "rectangle",
    left,
    top: tank.floor - height,
    right: left + width,
    bottom: tank.floor,
  });
  const [a, b] = [random.range([17, 21]), random.range([17, 21])];
  return towards(
    heading,
    tankScene(
      "mix",
      tank,
      [
        liquid(one, laws, [block(tank.left, a, random.range([16, 21]))], { x: speed, y: 0 }),
        liquid(other, laws, [block(tank.right - b, b, random.range([16, 21]))], { x: 0, y: 0 }),
      ],
      [],
      laws,
      random,
    ),
  );
}

/** They meet early enough that mixing is seen. */
function happens(_: Scene, snapshots: readonly Snapshot[]): boolean {
  const meet = snapshots.findIndex(({ fluids: [a, b] }) => distance(a, b) < TOUCHING);
  return meet >= 2 && meet <= 9;
}

export const mix: Template = { example: "red liquid meets blue liquid from the left", build, happens };
