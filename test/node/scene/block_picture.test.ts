// The block's picture for a figure outlives the composer that shows it: a PDF is written after its font has come.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { blockPicture } from "../../../src/scene/files.ts";
import type { SpaceTimeView } from "../../../src/scene/view.ts";
import { FakeCanvas, stubCanvas } from "../../support/canvas.ts";

beforeEach(stubCanvas);
afterEach(() => {
  vi.unstubAllGlobals();
});

test("it is a copy that nobody can close, with the labels as they lay while it was drawn", async () => {
  const screen = new FakeCanvas(2400, 1350);
  const view = {
    size: { width: 800, height: 450 },
    eye: "before",
    async lend(width: number, height: number, use: (draw: () => FakeCanvas) => Promise<unknown>) {
      this.eye = `${width} by ${height}`;
      const made = await use(() => Object.assign(screen, { pixel: [1, 2, 3, 255] }));
      this.eye = "after";
      screen.pixel = [0, 0, 0, 0];
      return made;
    },
    keptLabels() {
      const text = this.eye;
      return () => [{ text }];
    },
  };
  const { picture, labelsAt } = await blockPicture(view as unknown as SpaceTimeView);
  expect(picture).toBeInstanceOf(FakeCanvas);
  expect(picture).not.toHaveProperty("close");
  expect([picture.width, picture.height, (picture as unknown as FakeCanvas).pixel]).toEqual([
    2400,
    1350,
    [1, 2, 3, 255],
  ]);
  expect(labelsAt(100, 50)).toEqual([{ text: "2400 by 1350" }]);
});
