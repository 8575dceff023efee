import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { motionOf, parseTruth, tokenTracks, track } from "../../../src/video/truth.ts";

/** A ground that moves 8 px right each frame and zooms ×2 in frame 2, with a disc of radius 5 crossing at y = 20. */
const json = () => ({
  version: 1,
  width: 64,
  height: 32,
  frames: 3,
  layers: [
    { name: "ground", shape: { kind: "everything" }, affine: [[1, 0, 0, 0, 1, 0], [1, 0, 8, 0, 1, 0], [2, 0, 0, 0, 2, 0]] }, // biome-ignore format: one line a layer
    { name: "disc", shape: { kind: "disc", radius: 5 }, affine: [[1, 0, 10, 0, 1, 20], [0, -1, 30, 1, 0, 20], [1, 0, 90, 0, 1, 20]] }, // biome-ignore format: one line a layer
  ],
});
const truth = parseTruth(json());

describe("track", () => {
  test("the ground moves by its own map", () => {
    expect(track(truth, 0, 40.5, 4.5, 1)).toEqual({ x: 48.5, y: 4.5, visible: true });
    expect(track(truth, 0, 30, 10, 2)).toEqual({ x: 60, y: 20, visible: true });
    expect(track(truth, 2, 60, 20, 0)).toEqual({ x: 30, y: 10, visible: true });
  });

  test("a point of the disc moves and turns with the disc, not with the ground", () => {
    const { x, y, visible } = track(truth, 0, 13, 21, 1);
    expect([x, y, visible]).toEqual([29, 23, true]);
    expect(track(truth, 0, 15, 20, 1)).toMatchObject({ x: 30, y: 25 });
    // 5.1 px from its centre is the ground.
    expect(track(truth, 0, 15.1, 20, 1)).toMatchObject({ x: 23.1, y: 20 });
  });

  test("the ground is hidden behind the disc, and what leaves the frame is not visible", () => {
    expect(track(truth, 0, 22, 20, 1)).toEqual({ x: 30, y: 20, visible: false });
    expect(track(truth, 0, 22, 14, 1)).toEqual({ x: 30, y: 14, visible: true });
    expect(track(truth, 0, 60, 4, 1)).toEqual({ x: 68, y: 4, visible: false });
    expect(track(truth, 0, 56, 4, 1).visible).toBe(false);
    expect(track(truth, 0, 10, 20, 2)).toEqual({ x: 90, y: 20, visible: false });
  });

  test("where no layer is, nothing is tracked", () => {
    const discOnly = parseTruth({ ...json(), layers: [json().layers[1]] });
    expect(track(discOnly, 0, 40, 4, 1)).toEqual({ x: Number.NaN, y: Number.NaN, visible: false });
  });

  test("a frame that the clip does not have is refused", () => {
    expect(() => track(truth, 0, 40, 4, 3)).toThrow("the clip has frames 0 to 2, got 3");
    expect(() => track(truth, -1, 40, 4, 0)).toThrow("got -1");
  });
});

describe("tokenTracks", () => {
  const grid = { H: 4, W: 8 };

  test("a token's own centre has its integer index, in every frame", () => {
    for (const [row, col] of [
      [0, 0],
      [3, 7],
      [1, 4],
    ]) {
      expect([...tokenTracks(motionOf(truth), [0, 1, 2], grid, [1, row, col]).slice(2, 4)]).toEqual([row, col]);
    }
  });

  test("rows and columns count tokens; hidden or outside is NaN; frames are indices in the file", () => {
    // Token (0, 5) of frame 0 has its centre at (44, 4): at (52, 4) in frame 1, at (88, 8), outside, in frame 2.
    expect([...tokenTracks(motionOf(truth), [0, 1, 2], grid, [0, 0, 5])]).toEqual([0, 5, 0, 6, Number.NaN, Number.NaN]);
    // At (12, 4) it is at (24, 8) in frame 2.
    expect([...tokenTracks(motionOf(truth), [2, 0], grid, [1, 0, 1])]).toEqual([0.5, 2.5, 0, 1]);
  });

  test("tokens need not be square", () => {
    // A token is 16 px wide and 4 px high; (1, 1) has its centre at (24, 6), which moves 8 px: half a token.
    expect([...tokenTracks(motionOf(truth), [0, 1], { H: 8, W: 4 }, [0, 1, 1])]).toEqual([1, 1, 1, 1.5]);
  });

  test("a query outside the frames is refused", () => {
    expect(() => tokenTracks(motionOf(truth), [0, 1], grid, [2, 0, 0])).toThrow(
      "the query's frame must be below 2, got 2",
    );
  });
});

describe("parseTruth", () => {
  test.each([
    ["an unknown key", { ...json(), fps: 12 }, /fps/],
    ["another version", { ...json(), version: 2 }, /version/],
    [
      "an unknown shape",
      { ...json(), layers: [{ ...json().layers[0], shape: { kind: "square" } }] },
      /layers\.0\.shape\.kind/,
    ],
    ["a disc without radius", { ...json(), layers: [{ ...json().layers[0], shape: { kind: "disc" } }] }, /radius/],
    [
      "too few maps",
      { ...json(), frames: 4 },
      /layer "ground" must have one affine map for each of the 4 frames, got 3/,
    ],
    [
      "a map of five numbers",
      { ...json(), frames: 1, layers: [{ ...json().layers[0], affine: [[1, 0, 0, 0, 1]] }] },
      /affine\.0/,
    ],
    [
      "a map that flattens",
      { ...json(), frames: 1, layers: [{ ...json().layers[0], affine: [[1, 1, 0, 1, 1, 0]] }] },
      /invertible/,
    ],
    ["no layers", { ...json(), layers: [] }, /at least one layer/],
    ["no object", "truth", /its root/],
  ])("refuses %s", (_, wrong, message) => {
    expect(() => parseTruth(wrong)).toThrow(message);
  });

  test.each(["chelsea", "coffee", "discs"])("reads the shipped %s, whose points come back", (id) => {
    const url = new URL(`../../../public/clips/${id}.truth.json`, import.meta.url);
    const shipped = parseTruth(JSON.parse(readFileSync(url, "utf8")));
    const away = track(shipped, 3, 120.5, 60.5, 7);
    expect(away.visible).toBe(true);
    const back = track(shipped, 7, away.x, away.y, 3);
    expect(Math.hypot(back.x - 120.5, back.y - 60.5)).toBeLessThan(1e-9);
  });
});
