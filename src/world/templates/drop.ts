import type { Attributes } from "../language/grammar.ts";
import { RADIUS } from "../language/measures.ts";
import type { Laws } from "../laws.ts";
import type { Random } from "../random.ts";
import { CLIP, type Scene, type Snapshot } from "../types.ts";
import { anyTank, distance, liquid, pool, TOUCHING, tankScene } from "./tank.ts";
import { speedOf, type Template } from "./template.ts";

/** A drop of one liquid falls into a pool of another. The speed word is the drop's at frame 0. */
function build(attributes: Attributes, random: Random, laws: Laws): Scene {
  const [drop, fluid] = attributes.things;
  const speed = speedOf(attributes, random);
  const tank = anyTank(random);
  const radius = random.range(RADIUS[drop.size ?? "small"]);
  const surface = random.range([32, 38]);
  const y = Math.max(radius + 1, surface - radius - random.range([3, 8]) - 2 * speed);
  const x = CLIP.size / 2 + random.around(CLIP.size / 2 - 12 - radius);
  return tankScene(
    "drop",
    tank,
    [
      liquid(drop, laws, [{ shape: "disc", x, y, radius }], { x: random.around(0.4), y: speed }),
      liquid(fluid, laws, [pool(tank, surface)]),
    ],
    [],
    laws,
    random,
  );
}

/** It is seen falling, and then in the pool. */
function happens(_: Scene, snapshots: readonly Snapshot[]): boolean {
  const meet = snapshots.findIndex(({ fluids: [a, b] }) => distance(a, b) < TOUCHING);
  return meet >= 1 && meet <= 8;
}

export const drop: Template = { example: "a large green drop falls into yellow liquid", build, happens };
