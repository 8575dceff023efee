// Drawn clips as a figure for a paper: what stands where.
import { expect, test } from "vitest";
import { stripFrames, stripShapes } from "../../../src/figure/clip_strip.ts";
import type { Picture } from "../../../src/figure/shapes.ts";

test("a strip has a row of eight frames for each clip, first and last among them, and nothing beyond its edges", () => {
  expect(stripFrames()).toEqual([0, 2, 4, 6, 9, 11, 13, 15]);
  const row = (label: string) => ({ label, note: `note of ${label}`, frames: new Uint8Array() });
  const asked: [string, number][] = [];
  const groups = [
    { title: "a", rows: [row("x"), row("y")] },
    { title: "b", rows: [row("z")] },
  ];
  const { shapes, width, height } = stripShapes(groups, "what it is", ({ label }, frame) => {
    asked.push([label, frame]);
    return {} as Picture;
  });
  expect(asked).toEqual(["x", "y", "z"].flatMap((label) => stripFrames().map((frame) => [label, frame])));
  const boxes = shapes.flatMap((shape) => (shape.kind === "image" ? [shape.box] : []));
  for (const { x, y, width: w, height: h } of boxes) {
    expect([x >= 0, y >= 0, x + w <= width, y + h <= height]).toEqual([true, true, true, true]);
  }
  expect(new Set(boxes.map(({ y }) => y)).size).toBe(3);
  const words = shapes.flatMap((shape) => (shape.kind === "text" ? [shape.text] : []));
  expect(words).toEqual(["a", "x", "note of x", "y", "note of y", "b", "z", "note of z", "what it is"]);
});
