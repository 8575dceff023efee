// What files say of where their numbers come from: of which bytes a clip's hash is, and of which file a model of the user's own.
import { beforeEach, expect, test, vi } from "vitest";
import type { Origin } from "../../../src/formats/provenance.ts";
import { shellOrigin } from "../../../src/headless/origin.ts";
import { exploreOrigin, modelOrigin, trainOrigin } from "../../../src/state/provenance.ts";
import { setSession } from "../../../src/state/session.ts";
import type { TrainRun } from "../../../src/state/train/store.ts";
import type { ClipInfo, Encoded, StudentId } from "../../../src/worker/protocol.ts";

const MIB = 2 ** 20;
const HASH = "ab".repeat(32);
const clipOf = (bytes: number) =>
  ({ name: "a.mp4", contentHash: HASH, bytes, width: 64, height: 64, durationS: 2, framesPerSecond: 8 }) as ClipInfo;
const ENCODED = {
  encoder: "raw-patches",
  token: 16,
  window: { startS: 0, lengthS: 2, frames: 8 },
} as Encoded;
const RUN = {
  data: { contentHash: HASH, clipName: "a.mp4", window: ENCODED.window, encoder: "raw-patches", token: 16 },
  recipe: { loss: "tsa", tau: 0.1, rho: 0.2, lambda: 0.5, seed: 1, steps: 3, learningRate: 1e-3 },
} as unknown as TrainRun;

const hashed = ({ clip }: Origin) => clip?.hashed;

beforeEach(() => {
  vi.stubGlobal("location", { href: "https://page/index.html#v=1" });
  setSession({ clip: null, catalog: [], files: new Map() });
});

test("a clip over 64 MiB is said to be hashed at its ends, in the page and in the shell", () => {
  for (const [bytes, part] of [
    [64 * MIB, "whole"],
    [64 * MIB + 1, "ends"],
  ] as const) {
    setSession({ clip: clipOf(bytes) });
    expect(
      [exploreOrigin(ENCODED), trainOrigin(RUN), shellOrigin(clipOf(bytes), ENCODED, { queries: [] })].map(hashed),
    ).toEqual([part, part, part]);
  }
});

test("of a run's clip that is not open it is known where the file was opened before, or ships with the page", () => {
  expect(hashed(trainOrigin(RUN))).toBeNull();
  setSession({ files: new Map([[`file:${HASH.slice(0, 16)}`, { size: 65 * MIB } as File]]) });
  expect(hashed(trainOrigin(RUN))).toBe("ends");
  setSession({ catalog: [{ id: "cat", sha256: HASH }] as never });
  expect(hashed(trainOrigin(RUN))).toBe("whole");
});

test("a model of the user's own is named by its file, as features and students are", () => {
  const hash = "0123456789abcdef";
  const own: readonly StudentId[] = [
    `model:${hash}:NCHW/imagenet/1x224x224/14x1/1/out:mine`,
    `features:${hash}:8x10x15:0:mine`,
    `trained:${hash}:8x4/4/250/1/1:mine`,
  ];
  for (const id of own)
    expect(modelOrigin(id)).toMatchObject({ id, name: expect.stringContaining("mine"), sha256: hash });
  expect(modelOrigin("raw-patches").sha256).toBeNull();
});
