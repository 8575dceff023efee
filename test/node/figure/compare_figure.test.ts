// Compare's printed figure: what is drawn is what its rows and its caption say.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { compareCaption, exploreCaption } from "../../../src/figure/captions.ts";
import { type CompareInput, compareFigure } from "../../../src/figure/compare_figure.ts";
import { composeFigure, FIGURE_DEFAULTS } from "../../../src/figure/compose.ts";
import { type ExploreInput, OWN_ROW } from "../../../src/figure/explore_figure.ts";
import { overlayRow } from "../../../src/scene/overlay.ts";
import type { CompareLosses } from "../../../src/worker/protocol.ts";
import { FakeCanvas, stubCanvas } from "../../support/canvas.ts";

beforeEach(stubCanvas);
afterEach(() => {
  vi.unstubAllGlobals();
});

const side = { similarity: Float32Array.of(1, 0), probabilities: Float32Array.of(0.9, 0.1), matches: [] };
const spec = { encoder: "xfeat", token: 16, degradation: "none" } as const;
const losses = {
  ...{ tau: 0.1, rho: 0.2, margin: 0.1, brought: null, ms: 1, losses: {} },
  ...{ klPerToken: Float32Array.of(1, 2), mask: Uint8Array.of(1, 0) },
} as unknown as CompareLosses;
const input = (change: Partial<CompareInput>): CompareInput =>
  ({
    compared: {
      ...{ teacher: spec, student: spec, grid: { F: 1, H: 1, W: 2 }, tokenPx: [16, 16] },
      ...{ images: [new FakeCanvas(2, 1)], studentImages: [], frames: [{ index: 0, timeS: 0 }] },
    },
    query: {
      ...{ query: [0, 0, 0], tau: 0.05, teacher: side, student: side, truth: null },
      ...{ gradient: Float32Array.of(0.1, -0.1), kl: Float32Array.of(0) },
    },
    ...{ losses, cuts: [], scale: "shared-log", showMask: true, showTruth: false },
    ...change,
  }) as unknown as CompareInput;

const atTau = { ...losses, tau: 0.05 };
const klOf = (losses: CompareLosses | null) => compareFigure(input({ losses })).rows.find(({ id }) => id === "kl");

test("the KL map is of the query's τ, or it says of which: the losses of the τ before stay until the next are computed", () => {
  expect(klOf(atTau)).toMatchObject({ label: "KL map", values: losses.klPerToken });
  expect(klOf(atTau)?.remark).toBeUndefined();
  expect(klOf(losses)).toMatchObject({ values: losses.klPerToken, remark: "still at τ = 0.1", awaited: true });
  expect(klOf(null)).toMatchObject({ values: null, remark: "being computed", awaited: true });
  // The mask is of no τ.
  expect(compareFigure(input({})).mask).toBe(losses.mask);
});

test.each([
  ["at the τ before", losses],
  ["not there", null],
])("with losses %s no row of the printed figure is called the KL map", (_, early) => {
  const words = (losses: CompareLosses | null, rows: readonly string[] | null = null) =>
    composeFigure(compareFigure(input({ losses })), "", { ...FIGURE_DEFAULTS, rows }).shapes.flatMap((shape) =>
      shape.kind === "text" ? [shape.text] : [],
    );
  expect(words(atTau)).toEqual(expect.arrayContaining(["clip", "gradient", "KL map", "KL, nats"]));
  for (const rows of [null, ["clip", "kl"], ["kl"]]) {
    expect(words(early, rows)).toContain("clip");
    expect(words(early, rows)).not.toContain("KL map");
    expect(words(early, rows)).not.toContain("KL, nats");
  }
});

test("the overlay video shows the row that stands large, and another one where its heat is not what it is called", () => {
  const shown = (early: CompareLosses | null, large: string) => {
    const figure = compareFigure(input({ losses: early }));
    return figure.rows[overlayRow(figure, large)].id;
  };
  expect(shown(atTau, "kl")).toBe("kl");
  expect(shown(losses, "kl")).toBe("teacher");
  expect(shown(null, "kl")).toBe("teacher");
  expect(shown(losses, "gradient")).toBe("gradient");
  // In Explore the row that is steered, before one above it.
  const [row] = compareFigure(input({})).rows.slice(1);
  const rows = [row, { ...row, id: OWN_ROW }];
  expect(overlayRow({ ...compareFigure(input({})), rows }, "another")).toBe(1);
  // Of the map of the τ before alone nothing is shown but the clip.
  const awaited = compareFigure(input({})).rows.filter(({ id }) => id === "clip" || id === "kl");
  expect(overlayRow({ ...compareFigure(input({})), rows: awaited }, "kl")).toBe(0);
});

test("Compare's caption speaks of what is drawn: the KL map where it is there, and the mask's own ρ", () => {
  expect(compareCaption(input({ losses: atTau }), "a clip")).toBe(
    "a clip: teacher XFeat 16 px, student XFeat 16 px, 1×1×2 tokens; query at frame 0, row 0, column 0; τ = 0.05; both sides on one logarithmic scale, gradient and KL each on a linear one of its own; motion mask at ρ = 0.2.",
  );
  expect(compareCaption(input({ losses: null }), "a clip")).toMatch(
    /logarithmic scale, gradient on a linear one of its own\.$/,
  );
  expect(compareCaption(input({ showMask: false }), "a clip")).not.toContain("mask");
  const brought = `mask:${"0".repeat(16)}:skater.png` as CompareLosses["brought"];
  expect(compareCaption(input({ losses: { ...atTau, brought } }), "a clip")).toMatch(/; mask “skater\.png”\.$/);
});

test("Explore's caption speaks of tracks where they are drawn", () => {
  const caption = (tracks: boolean) =>
    exploreCaption(
      {
        encoded: { encoder: "xfeat", token: 16, grid: { F: 1, H: 1, W: 2 } },
        correspondence: { queries: [[0, 0, 1]], taus: [0.1, 0.02] },
        ...{ active: 0, scale: "per-row", show: { tracks } },
      } as unknown as ExploreInput,
      "a clip",
    );
  const words = "a clip: XFeat, 1×1×2 tokens of 16 px; query at frame 0, row 0, column 1; each row in its own contrast";
  expect(caption(true)).toBe(`${words}; tracks at τ = 0.02.`);
  expect(caption(false)).toBe(`${words}.`);
});
