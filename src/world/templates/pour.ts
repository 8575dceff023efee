import type { Attributes } from "../language/grammar.ts";
import type { Laws } from "../laws.ts";
import type { Random } from "../random.ts";
import { CLIP, type Scene, type Snapshot } from "../types.ts";
import { anyTank, liquid, tankScene } from "./tank.ts";
import { halfOf, headingOf, solidOf, speedOf, type Template, towards } from "./template.ts";

/** Liquid falls onto a box that stands on the floor, and runs down its sides. The speed word is the liquid's at its mouth. */
function build(attributes: Attributes, random: Random, laws: Laws): Scene {
  const { gravity, sinking } = laws;
  const [fluid, thing] = attributes.things;
  const heading = headingOf(attributes, random);
  const speed = speedOf(attributes, random);
  const half = halfOf(thing, random);
  const tank = anyTank(random);
  const box = { x: CLIP.size / 2 + random.around(7), y: tank.floor - half[1], angle: 0 };
  // The mouth is at the frame's upper edge; what comes out moves down and a little to the side.
  const lean = random.range([0.15, 0.45]);
  const down = speed / Math.sqrt(1 + lean * lean);
  const drop = tank.floor - 2 * half[1];
  const time = (Math.sqrt(down * down + 2 * gravity * drop) - down) / gravity;
  const x = Math.max(tank.left + 5, box.x + random.around(0.5 * half[0]) - lean * down * time);
  const source = {
    x,
    y: -1,
    // The slower the wider: it gets thinner as it falls.
    width: Math.max(6.5, Math.min(11, random.range([22, 30]) / speed)),
    velocity: { x: lean * down, y: down },
    // So that it meets the box in frame 2 to 5.
    from: random.range([2, 5]) - time,
    to: random.range([6.5, 8.5]),
  };
  return towards(
    heading,
    tankScene(
      "pour",
      tank,
      [liquid(fluid, laws, [], { x: 0, y: 0 }, source)],
      [solidOf(thing, half, sinking, box, { x: 0, y: 0, spin: 0 })],
      laws,
      random,
    ),
  );
}

/** The box stands, and a good part of the liquid has come down beside it. */
function happens({ solids: [box] }: Scene, snapshots: readonly Snapshot[]): boolean {
  const { solids, fluids } = snapshots[CLIP.frames - 1];
  const top = box.at.y - box.half[1];
  const heights = fluids[0].filter((_, i) => i % 2 === 1);
  const down = heights.filter((y) => y > top).length;
  return down >= 0.4 * heights.length && Math.abs(solids[0].angle - box.at.angle) < 0.3;
}

export const pour: Template = { example: "blue liquid pours onto a large red box", build, happens };
