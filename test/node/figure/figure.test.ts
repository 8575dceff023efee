import { expect, test } from "vitest";
import { wayColor } from "../../../src/figure/colors.ts";
import { layoutPanes, paneBox, tokenAt } from "../../../src/figure/panes.ts";
import { contrastScale, LOG_SCALE, place, short, ticks } from "../../../src/figure/scale.ts";
import { scoreNear } from "../../../src/figure/score_tables.ts";
import { type Picture, paint } from "../../../src/figure/shapes.ts";

test("the log scale places decades evenly and clamps", () => {
  expect(ticks(LOG_SCALE).map((value) => place(LOG_SCALE, value))).toEqual(
    [0, 0.25, 0.5, 0.75, 1].map((v) => expect.closeTo(v, 10)),
  );
  expect(place(LOG_SCALE, 0)).toBe(0);
  expect(place(LOG_SCALE, 7)).toBe(1);
});

test("a row's own contrast spans what occurs, and a flat row does not divide by zero", () => {
  const scale = contrastScale(Float32Array.of(0.2, 0.5, 0.3));
  expect(place(scale, scale.low)).toBe(0);
  expect(place(scale, scale.high)).toBe(1);
  const flat = contrastScale(Float32Array.of(0.25, 0.25));
  expect(place(flat, 0.25)).toBe(0);
});

test.each([
  [0.02, "0.02"],
  [1, "1"],
  [0.123456, "0.123"],
  [0.00001, "1e-5"],
  [0.0000123, "1.2e-5"],
  [0, "0"],
])("%f reads %s", (value, text) => expect(short(value)).toBe(text));

test.each([
  ["right", 0, [255, 0, 0]],
  ["down", Math.PI / 2, [255, 234, 0]],
  ["left", Math.PI, [0, 197, 255]],
  ["up", -Math.PI / 2, [103, 0, 255]],
])("the wheel shows what goes %s as flow usually is shown, and nothing of what stands still", (_, direction, rgb) => {
  expect(wayColor(direction, 1).slice(0, 3)).toEqual(rgb);
  expect(wayColor(direction, 0)[3]).toBe(0);
  // A turn more is the same way.
  expect(wayColor(direction + 2 * Math.PI, 1)).toEqual(wayColor(direction, 1));
});

test("every token is found under its own centre, and nothing in the gaps", () => {
  const grid = { F: 3, H: 5, W: 7 };
  const layout = layoutPanes({ grid, rows: { length: 4 }, aspect: 5 / 7 }, 70, { left: 40, right: 10, top: 20 });
  expect(layout.pane).toEqual({ width: 70, height: 50 });
  for (let row = 0; row < layout.rows; row++) {
    for (let f = 0; f < grid.F; f++) {
      const box = paneBox(layout, row, f);
      for (let s = 0; s < grid.H * grid.W; s++) {
        const token = [Math.floor(s / grid.W), s % grid.W] as const;
        const at = tokenAt(layout, grid, box.x + (token[1] + 0.5) * 10, box.y + (token[0] + 0.5) * 10);
        expect(at).toMatchObject({ row, frame: f, token });
      }
      expect(tokenAt(layout, grid, box.x + box.width + 1, box.y + 5)).toBeUndefined();
    }
  }
  expect(tokenAt(layout, grid, 10, 10)).toBeUndefined();
});

test("pictures that were closed are left out of a painting, and not drawn in vain", () => {
  const drawn: number[] = [];
  const context = { setTransform() {}, drawImage: ({ width }: Picture) => drawn.push(width) };
  const picture = (width: number) => ({ width, height: width }) as Picture;
  const [open, closed] = [picture(4), picture(0)];
  const box = { x: 0, y: 0, width: 8, height: 8 };
  // The closed one twice: what stands in several rows is resampled once.
  const shapes = [closed, open, closed].map((image) => ({ kind: "image", image, box, smooth: true }) as const);
  paint(context as unknown as CanvasRenderingContext2D, shapes, 1);
  expect(drawn).toEqual([4]);
});

test("beside scores at the slider's τ stands what is nearest to it in equal ratios, never what has no τ", () => {
  const score = { within: [], mean: 0, token: 0 };
  const scored = { scores: (["still", "best", 0.02, 0.05, 1] as const).map((by) => ({ ...score, by })) };
  expect([0.05, 0.03, 0.033, 0.5, 2].map((tau) => scoreNear(scored, tau)?.by)).toEqual([0.05, 0.02, 0.05, 1, 1]);
  expect(scoreNear({ scores: scored.scores.slice(0, 2) }, 1)).toBeUndefined();
});
