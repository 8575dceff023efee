import type { Attributes } from "../language/grammar.ts";
import type { Laws } from "../laws.ts";
import type { Random } from "../random.ts";
import { CLIP, type FluidSource, type Scene, type Snapshot } from "../types.ts";
import { anyTank, distance, liquid, TOUCHING, tankScene } from "./tank.ts";
import { headingOf, speedOf, type Template, towards } from "./template.ts";

/** Two streams come in at the two upper sides and meet in the air. The speed word is the first one's. */
function build(attributes: Attributes, random: Random, laws: Laws): Scene {
  const [one, other] = attributes.things;
  const heading = headingOf(attributes, random);
  const speed = speedOf(attributes, random);
  const tank = anyTank(random);
  const to = random.range([9, 11]);
  const mouth = (side: 1 | -1, along: number): FluidSource => {
    const slope = random.range([-0.1, 0.35]);
    const across = along / Math.sqrt(1 + slope * slope);
    return {
      x: side > 0 ? tank.left + 0.5 : tank.right - 0.5,
      y: random.range([7, 14]),
      width: Math.max(5.5, Math.min(9, random.range([18, 24]) / along)),
      velocity: { x: side * across, y: slope * across },
      from: random.range([-4, -2]),
      to,
    };
  };
  const still = { x: 0, y: 0 };
  return towards(
    heading,
    tankScene(
      "stream",
      tank,
      [
        liquid(one, laws, [], still, mouth(1, speed)),
        liquid(other, laws, [], still, mouth(-1, Math.max(2.8, 5.6 - speed) * random.range([0.9, 1.1]))),
      ],
      [],
      laws,
      random,
    ),
  );
}

/** They meet in the air, not only in the pool that they make. */
function happens(scene: Scene, snapshots: readonly Snapshot[]): boolean {
  const floor = Math.min(CLIP.size, ...scene.fixtures.map(({ top }) => (top > 0 ? top : CLIP.size)));
  const meet = snapshots.findIndex(({ fluids: [a, b] }) => distance(a, b) < TOUCHING);
  if (meet < 1 || meet > 10) return false;
  const [a] = snapshots[meet].fluids;
  let lowest = 0;
  for (let p = 1; p < a.length; p += 2) if (a[p] > lowest) lowest = a[p];
  return lowest < floor - 3;
}

export const stream: Template = { example: "an orange stream crosses a blue stream", build, happens };
