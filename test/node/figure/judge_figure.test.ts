// The verdict's figure: its lines as programs for vectors read them.
import { expect, test } from "vitest";
import { sceneShapes } from "../../../src/figure/judge_figure.ts";
import { drawingSvg } from "../../../src/figure/print.ts";
import type { Picture } from "../../../src/figure/shapes.ts";
import type { ParsedFrame } from "../../../src/worker/protocol.ts";

const body = (x: number) => ({ colour: 1, x, y: 20, outline: [0, 0, 8, 0, 8, 8], partial: false });
const parsed = [10, 20, 30].map((x) => ({ solids: [body(x)], fluids: [] })) as unknown as ParsedFrame[];

test("casings and faint paths are a colour and an opacity in its SVG, in no words that only browsers know", async () => {
  const box = { x: 0, y: 0, width: 320, height: 320 };
  const layers = { outlines: true, centres: true, paths: true, pixels: false };
  const shapes = sceneShapes({} as Picture, parsed, 1, box, layers).filter(({ kind }) => kind !== "image");
  const svg = await (await drawingSvg({ shapes, width: 320, height: 320, widthMm: 85 })).text();
  expect(svg).not.toMatch(/="rgb/);
  expect(svg).toContain('stroke="#000000" stroke-opacity="0.60"');
  expect(svg).toContain('stroke="#ffffff" stroke-opacity="0.45"');
});
