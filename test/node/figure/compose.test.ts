import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withColumns, wrapped } from "../../../src/figure/compose.ts";
import { layoutPanes, markerShapes, type PaneFigure } from "../../../src/figure/panes.ts";
import { withResolution } from "../../../src/figure/print.ts";
import { LINEAR_SCALE } from "../../../src/figure/scale.ts";
import { textWidth } from "../../../src/figure/shapes.ts";
import { stubCanvas } from "../../support/canvas.ts";

beforeEach(stubCanvas);
afterEach(() => {
  vi.unstubAllGlobals();
});

const S = 2;
const figure = {
  grid: { F: 4, H: 1, W: 2 },
  images: ["a", "b", "c", "d"],
  cuts: [2],
  aspect: 0.5,
  timesS: [0, 1, 2, 3],
  rows: [
    {
      ...{ id: "raw", label: "raw", map: "heat", scale: LINEAR_SCALE, scaleGroup: "g", quantity: "", unit: "" },
      values: Float32Array.from({ length: 4 * S }, (_, i) => i),
      directions: Float32Array.from({ length: 4 * S }, (_, i) => -i),
      matches: [0, 1, 2, 3].map((frame) => ({ frame, row: 0, col: 1 })),
      entropyBits: Float32Array.of(0, 1, 2, 3),
    },
  ],
  queries: [
    [0, 0, 0],
    [3, 0, 1],
  ],
  active: 0,
  mask: Uint8Array.of(0, 0, 1, 1, 0, 1, 1, 0),
  tracks: [{ soft: [0, 1, 2, 3].map((frame) => ({ frame, row: 0, col: 0 })), best: [] }],
  lost: [[false, true, false, true]],
  truth: Float32Array.of(0, 0, 1, 1, 2, 2, 3, 3),
} as unknown as PaneFigure;

test("some of the frames are all that is of them, in their own order", () => {
  const some = withColumns(figure, [1, 3]);
  expect(some).toMatchObject({ grid: { F: 2, H: 1, W: 2 }, images: ["b", "d"], timesS: [1, 3], cuts: [1] });
  const [row] = some.rows;
  expect([...(row.values ?? [])]).toEqual([2, 3, 6, 7]);
  expect([...(row.directions ?? [])]).toEqual([-2, -3, -6, -7]);
  expect(row.matches.map(({ frame }) => frame)).toEqual([0, 1]);
  expect([...(row.entropyBits ?? [])]).toEqual([1, 3]);
  expect(some.queries).toEqual([
    [-1, 0, 0],
    [1, 0, 1],
  ]);
  expect([...(some.mask ?? []), ...(some.truth ?? [])]).toEqual([1, 1, 1, 0, 1, 1, 3, 3]);
  expect(some.tracks[0].soft.map(({ frame }) => frame)).toEqual([0, 1]);
  expect(some.lost).toEqual([[true, true]]);
  expect(withColumns(figure, [0, 1]).cuts).toEqual([]);
  expect(withColumns(figure, [])).toBe(figure);
});

test("the track of a query whose frame is left out stays in its own shot", () => {
  const cells = [0, 1, 2, 3].map((frame) => ({ frame, row: 0, col: 0 }));
  const clip = { ...figure.rows[0], values: null, matches: [] };
  const tracked = { ...figure, rows: [clip], queries: [[3, 0, 0]], tracks: [{ soft: cells, best: cells }], lost: [] };
  const columnsOfDots = (columns: readonly number[]) => {
    const some = { ...withColumns(tracked as unknown as PaneFigure, columns), truth: null };
    const layout = layoutPanes(some, 96, { left: 0, right: 0, top: 0 });
    const dots = markerShapes(some, layout).flatMap((shape) => (shape.kind === "circle" ? [shape.x] : []));
    return [...new Set(dots.map((x) => Math.floor(x / 100)))];
  };
  expect(columnsOfDots([0, 1, 2])).toEqual([2]);
  expect(columnsOfDots([0, 2, 3])).toEqual([1, 2]);
  expect(columnsOfDots([0, 1])).toEqual([]);
});

test("a PNG says its resolution in a chunk of its own, checksum included", () => {
  const header = new Uint8Array(33 + 12);
  const made = withResolution(header, 300);
  const view = new DataView(made.buffer);
  expect(made.length).toBe(header.length + 21);
  expect([view.getUint32(33), view.getUint32(41), view.getUint32(45), made[49]]).toEqual([9, 11811, 11811, 1]);
  // As zlib's crc32 has it of "pHYs" and these nine bytes.
  expect(view.getUint32(50).toString(16)).toBe("78a53f76");
});

test.each([
  "x".repeat(200),
  `a ${"clip_name_".repeat(20)}.mp4: what it is`,
  "🂡".repeat(90),
  "short words that go on and on",
])("%s is in lines that fit, and none of it is lost", (text) => {
  const lines = wrapped(text, 101, 10);
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(textWidth(line, 10)).toBeLessThanOrEqual(101);
  expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
});

test("a line narrower than one character still has one", () => {
  expect(wrapped("ab c", 1, 10)).toEqual(["a", "b", "c"]);
});
