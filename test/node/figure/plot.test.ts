// Charts for a paper: what is drawn lies on the sheet, and every plot has its axes, its curves and its legend.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Plot, placesOf } from "../../../src/figure/plot.ts";
import { plotsDrawing } from "../../../src/figure/plot_print.ts";
import { type Shape, textWidth } from "../../../src/figure/shapes.ts";
import { stubCanvas } from "../../support/canvas.ts";

beforeEach(stubCanvas);
afterEach(() => {
  vi.unstubAllGlobals();
});

const plot = (title: string): Plot => ({
  title,
  x: { label: "step", log: false, range: [0, 100] },
  y: { label: "loss", log: true },
  series: [
    { name: "first", color: "#0072b2", points: Array.from({ length: 101 }, (_, i) => [i, 1 / (i + 1)]) },
    {
      name: "second, dashed",
      color: "#e69f00",
      dash: "4 3",
      points: [
        [0, 2],
        [50, Number.NaN],
        [100, 0],
      ],
    },
  ],
});
const CHOICES = { widthMm: 85, typePt: 7, letters: true, caption: true, columns: 2 };

const reach = (shape: Shape): readonly (readonly [number, number])[] => {
  if (shape.kind === "line") return shape.points;
  if (shape.kind === "circle" || shape.kind === "text") return [[shape.x, shape.y]];
  const { x, y, width, height } = shape.box;
  return [
    [x, y],
    [x + width, y + height],
  ];
};
const wordsOf = (shapes: readonly Shape[]) => shapes.flatMap((shape) => (shape.kind === "text" ? [shape.text] : []));

test.each([85, 180])(
  "three plots in a grid on %i mm: all of it on the sheet, with letters, legends and caption",
  (widthMm) => {
    const drawing = plotsDrawing(["A", "B", "C"].map(plot), "A caption of the three.", { ...CHOICES, widthMm });
    for (const [x, y] of drawing.shapes.flatMap(reach)) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(drawing.width + 1e-9);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(drawing.height + 1e-9);
    }
    const words = wordsOf(drawing.shapes);
    for (const text of ["a  ", "c  ", "A, loss", "C, loss", "step", "first", "second, dashed"])
      expect(words).toContain(text);
    expect(words.join(" ")).toContain("A caption of the three.");
    expect(drawing.widthMm).toBe(widthMm);
  },
);

test.each([
  [85, 2],
  [180, 4],
])("on %i mm, %i side by side: no title and no name runs over its neighbour or off the sheet", (widthMm, columns) => {
  const title = "Agrees with the teacher (dashed: seen)";
  const name = "M-TSA on solids: seed 1, step 300, at t = 250, block 1, noise 9";
  const wide = { ...plot(title), series: [...plot("").series, { ...plot("").series[0], name }] };
  const choices = { ...CHOICES, widthMm, columns, caption: false };
  const { shapes, width } = plotsDrawing([wide, ...Array(columns - 1).fill(plot("A"))], "", choices);
  const gap = 21;
  const across = (width - (columns - 1) * gap) / columns;
  const begun = shapes.flatMap((shape) => (shape.kind === "text" && shape.align === "start" ? [shape] : []));
  for (const { x, text, size } of begun) {
    const end = Math.floor(x / (across + gap)) * (across + gap) + across;
    expect(x + textWidth(text, size), text).toBeLessThanOrEqual(end + 1e-9);
  }
  const ofFirst = begun.filter(({ x }) => x < across).map(({ text }) => text);
  expect(ofFirst.join(" ")).toContain(`${title}, loss`);
  expect(ofFirst.join(" ")).toContain(name);
  // No two lines lie on each other, and the planes of a row are at one height.
  const places = begun.map(({ x, y }) => `${x} ${y}`);
  expect(new Set(places).size).toBe(places.length);
  const tops = shapes.flatMap((shape) => (shape.kind === "line" && shape.stroke.width === 1 ? [shape.points[0]] : []));
  const topIn = (from: number) => Math.min(...tops.filter(([x]) => x >= from && x <= from + across).map(([, y]) => y));
  expect(topIn(0)).toBe(topIn(across + gap));
});

test("a value that a logarithmic axis cannot show is left out, and the rest stay where they belong", () => {
  const { lines, yAxis } = placesOf(plot(""), { x: 10, y: 20, width: 100, height: 50 });
  expect(lines[1].places).toEqual([[10, 20]]);
  expect(lines[0].places[0][0]).toBe(10);
  expect(lines[0].places.at(-1)).toEqual([110, 70]);
  expect(yAxis.place(1)).toBeGreaterThan(20);
});

test("without letters and caption none are written; no paper is a millimetre wide", () => {
  const plain = plotsDrawing([plot("A")], "unseen", { ...CHOICES, letters: false, caption: false });
  expect(wordsOf(plain.shapes).some((text) => /unseen|^a {2}/.test(text))).toBe(false);
  expect(() => plotsDrawing([plot("A")], "", { ...CHOICES, widthMm: 1 })).toThrow(
    "widthMm must be from 40 to 400, got 1",
  );
});

test("an axis of something counted has whole ticks only", () => {
  const ticks = (whole: boolean) => {
    const x = { label: "block", log: false, range: [2, 4] as const, whole };
    return placesOf({ ...plot("by block"), x }, { x: 0, y: 0, width: 100, height: 100 }).xAxis.ticks;
  };
  expect(ticks(false)).toContain(2.5);
  expect(ticks(true)).toEqual([2, 3, 4]);
});
