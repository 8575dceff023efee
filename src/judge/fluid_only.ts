/** Until the judge of solids is here: the laws of liquids alone. */
import { PATTERNS, parsePrompt } from "../world/grammar.ts";
import { CLIP } from "../world/types.ts";
import { parseLiquids } from "./fluid_parse.ts";
import { fluidRules } from "./fluid_rules.ts";
import type { ParsedSolid, Verdict } from "./types.ts";

export function judgeClip(frames: Uint8Array, prompt: string): Verdict {
  const attributes = parsePrompt(prompt);
  const wet = attributes.things.filter(({ noun }) => noun !== "ball" && noun !== "box");
  const dry = attributes.things.filter(({ noun }) => noun === "ball" || noun === "box");
  const colours = (things: typeof wet) => things.map(({ colour }) => colour);
  const liquids = parseLiquids(frames, colours(wet), colours(dry));
  const bodies = parseLiquids(frames, colours(dry), colours(wet));
  const solids = Array.from({ length: CLIP.frames }, (_, t) =>
    bodies.flatMap(({ colour, area, x, y }, k): ParsedSolid[] => {
      if (Number.isNaN(x[t])) return [];
      const shape = dry[k].noun === "box" ? "box" : "ball";
      return [{ colour, shape, x: x[t], y: y[t], angle: null, area: area[t], partial: false, outline: [] }];
    }),
  );
  const rules = fluidRules({ attributes, liquids, solids }, frames);
  const worst = Math.max(0, ...rules.map(({ error, tolerance, applies }) => (applies ? error / tolerance : 0)));
  const pc = Math.max(0, Math.min(1, 1 - worst / 2));
  const grade = worst <= 0.25 ? 5 : worst <= 1 ? 4 : worst <= 2 ? 3 : worst <= 4 ? 2 : 1;
  return {
    prompt,
    category: PATTERNS[attributes.template].category,
    sa: 1,
    pc,
    joint: pc >= 0.5,
    saGrade: 5,
    pcGrade: grade,
    rules,
    discarded: null,
    parsed: [],
  };
}
