// Whether a run goes on with the data that it was begun on.
import { expect, test } from "vitest";
import type { TrainData } from "../../src/worker/protocol.ts";
import { checkSameData } from "../../src/worker/train/data.ts";

const window = { startS: 0, lengthS: 0.8, frames: 8 };
const even: TrainData = {
  ...{ contentHash: "aaaa", clipName: "discs", window, encoder: "xfeat", token: 16 },
  ...{ inputSize: { width: 320, height: 224 }, grid: { F: 8, H: 14, W: 20, C: 64 } },
};
const counted: TrainData = { ...even, window: { ...window, stride: 3 } };
const check = (of: TrainData, now: TrainData) => () => checkSameData(["the checkpoint is of", "open that"], of, now);

test("frames that are counted off are other data than those spread over the same window", () => {
  expect(check(counted, { ...counted, window: { ...counted.window } })).not.toThrow();
  expect(check(even, { ...even, window: { ...window, stride: undefined } })).not.toThrow();
  expect(check(counted, even)).toThrow(
    "the checkpoint is of discs (8 frames, 3 apart, 0.00–0.80 s), XFeat, 16 px, and what is encoded is discs (8 frames, 0.00–0.80 s), XFeat, 16 px: open that",
  );
  expect(check(counted, { ...counted, window: { ...window, stride: 4 } })).toThrow("8 frames, 4 apart");
});
