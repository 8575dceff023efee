// The link in files of `npm run figure` and `npm run align`: the page opens what their numbers are of.
import { expect, test } from "vitest";
import { figureShown, runShown, shellOrigin } from "../../../src/headless/origin.ts";
import { ignoredOf, parseSettings } from "../../../src/state/settings.ts";
import { parseRecipe } from "../../../src/train/recipe.ts";
import type { ClipInfo, Encoded } from "../../../src/worker/protocol.ts";

const CLIP = { name: "a.mp4", contentHash: "ab".repeat(32), bytes: 9, durationS: 2, framesPerSecond: 8 } as ClipInfo;
const ENCODED = { encoder: "xfeat", token: 8, window: { startS: 0.5, lengthS: 1, frames: 6 } } as Encoded;
const OF_BOTH = { clip: `file:${"ab".repeat(8)}`, fileName: "a.mp4", token: 8, startS: 0.5, lengthS: 1, frames: 6 };

const opens = (...args: Parameters<typeof shellOrigin>) => parseSettings(shellOrigin(...args).link);

test("a figure's rows, mask and scale", () => {
  const shown = figureShown({ queries: [[0, 3, 5]], taus: [0.3, 0.1, 0.05], rho: 0.1, scale: "per-row" });
  const { rowTaus, tau, ...settings } = opens(CLIP, ENCODED, shown);
  expect(settings).toMatchObject({ ...OF_BOTH, view: "explore", queries: [[0, 3, 5]], rho: 0.1, scale: "per-row" });
  // The page draws the slider's row last.
  expect([...rowTaus.filter((row) => row !== tau), tau]).toEqual([0.3, 0.1, 0.05]);
});

test("what the page cannot show of the rows takes none of the others along", () => {
  const taus = [9, 1, ...Array.from({ length: 12 }, (_, i) => 0.5 - 0.03 * i), 0.001, 0.01];
  const { link } = shellOrigin(CLIP, ENCODED, figureShown({ queries: [], taus, rho: 0.2, scale: "shared-log" }));
  expect(ignoredOf(link)).toEqual([]);
  expect(parseSettings(link).rowTaus.slice(0, 3)).toEqual([1, 0.5, 0.47]);
});

test("a run's recipe, in the view that trains", () => {
  const recipe = parseRecipe({
    ...{ loss: "trd", tau: 0.3, rho: 0.4, margin: 0.2, lambda: 0.7, learningRate: 2e-3, hidden: [64, 64, 32] },
    ...{ optimizer: "muon", muonRate: 3e-3, warmup: 4, rateDecay: "cosine", steps: 90, seed: 6 },
    ...{ batch: { windows: 2, frames: 2, flips: true }, trainFrames: [0, 4], heldFrames: [5, 5] },
  });
  const origin = [CLIP, ENCODED, runShown({ queries: [[0, 3, 5]] }, recipe), "teacher"] as const;
  expect(opens(...origin)).toMatchObject({
    ...OF_BOTH,
    ...{ view: "train", learns: "projector", encoder: "xfeat", queries: [[0, 3, 5]] },
    ...{ loss: "trd", lossTau: 0.3, rho: 0.4, margin: 0.2, lambda: 0.7, learningRate: 2e-3, hidden: [64, 64, 32] },
    ...{ optimizer: "muon", muonRate: 3e-3, warmup: 4, rateDecay: "cosine", steps: 90, seed: 6 },
    ...{ windows: 2, windowFrames: 2, flips: true, held: "quarter" },
  });
  expect(shellOrigin(...origin).models).toHaveProperty("teacher");
});
