// Masks and truths of the user's own in the real worker: what M-TSA asks then, what is scored, and what does not fit.
import { encode } from "fast-png";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeSafetensors } from "../../src/formats/safetensors.ts";
import type { BroughtMask, MaskId, PointTracks, Replies } from "../../src/worker/protocol.ts";
import { ask, failureOf, type RunningWorker, startWorker } from "../support/worker.ts";

const address = (file: string) => new URL(`/clips/${file}`, location.href).href;
const open = (id: string, truth = true) =>
  ({
    type: "open",
    source: {
      kind: "builtin",
      id,
      name: id,
      url: address(`${id}.mp4`),
      truthUrl: truth ? address(`${id}.truth.json`) : null,
    },
  }) as const;
const WINDOW = { startS: 0, lengthS: 2, frames: 4 };
const ENCODE = { type: "encode", window: WINDOW, encoder: "raw-patches", token: 16, shippedUrl: null } as const;
const [F, H, W] = [4, 14, 20];

let worker: RunningWorker;
beforeAll(async () => {
  worker = startWorker();
  await worker.request({ type: "boot", backend: "auto" });
  await worker.request(open("coffee"));
  await worker.request(ENCODE);
});
afterAll(() => worker.stop());

/** Brings a mask of tokens as the page writes it. */
async function bringMasked(kept: (i: number) => boolean): Promise<BroughtMask> {
  const data = Uint8Array.from({ length: F * H * W }, (_, i) => (kept(i) ? 1 : 0));
  const bytes = writeSafetensors({ mask: { dtype: "U8", shape: [F, H, W], data } }, { frame_indices: "0,6,12,18" });
  return ask(worker.request({ type: "bring-mask", files: [new File([bytes], "own.safetensors")] }));
}
const masked = async (kept: (i: number) => boolean): Promise<MaskId> => (await bringMasked(kept)).id;

test("the user's own mask is what M-TSA asks, whatever ρ is, until it is put away", async () => {
  const motion = await ask(worker.request({ type: "mask", rho: 0.2 }));
  const brought = await masked((i) => i % 3 === 0);
  expect(brought).toMatch(/^mask:[0-9a-f]{16}:own$/);
  const own = await ask(worker.request({ type: "mask", rho: 0.2, brought }));
  expect([own.brought, own.mask]).toEqual([
    brought,
    Uint8Array.from({ length: F * H * W }, (_, i) => (i % 3 === 0 ? 1 : 0)),
  ]);
  expect([own.saliency, motion.brought]).toEqual([motion.saliency, null]);

  const side = { encoder: "raw-patches", token: 16, degradation: "none" } as const;
  const student = { ...side, degradation: "blur" } as const;
  await ask(worker.request({ type: "compare", window: WINDOW, teacher: side, student }));
  const numbers = { type: "compare-losses", tau: 0.1, rho: 0.2, margin: 0.1 } as const;
  const before = await ask(worker.request(numbers));
  const all = await ask(worker.request({ ...numbers, brought: await masked(() => true) }));
  // M-TSA over every token is TSA; the same sum in another order.
  expect((all.losses.mtsa?.loss ?? 0) / (all.losses.tsa?.loss ?? 1)).toBeCloseTo(1, 5);
  expect((all.losses.mtsa?.gradNorm ?? 0) / (all.losses.tsa?.gradNorm ?? 1)).toBeCloseTo(1, 4);
  const third = await ask(worker.request({ ...numbers, brought }));
  expect([third.mask, third.rho, third.brought]).toEqual([own.mask, 0.2, brought]);
  const mean =
    third.klPerToken.reduce((sum, kl, i) => sum + (i % 3 === 0 ? kl : 0), 0) /
    (F * own.mask.reduce((a, b) => a + b, 0));
  expect((third.losses.mtsa?.loss ?? 0) / mean).toBeCloseTo(1, 5);
  const none = await bringMasked(() => false);
  expect([none.empty, (await bringMasked((i) => i === 7)).empty]).toEqual([true, false]);
  expect((await ask(worker.request({ ...numbers, brought: none.id }))).losses.mtsa).toBe(null);
  const after = await ask(worker.request(numbers));
  expect([after.losses.mtsa, after.mask]).toEqual([before.losses.mtsa, before.mask]);
});

test("a run keeps the mask that it asks, and none begins without a token to ask", async () => {
  const recipe = {
    loss: "mtsa",
    rho: 0.2,
    hidden: [16, 16, 8],
    steps: 2,
    trainFrames: [0, 1],
    heldFrames: [2, 3],
  } as const;
  const start = {
    type: "train-start",
    run: 1,
    recipe: {
      ...recipe,
      hidden: [16, 16, 8] as [number, number, number],
      trainFrames: [0, 1] as [number, number],
      heldFrames: [2, 3] as [number, number],
    },
    status: "paused",
  } as const;
  const late = await masked((i) => i >= 2 * H * W);
  expect((await failureOf(worker.request({ ...start, brought: late }))).message).toMatch(
    /keeps no token in the frames trained on \(0-1\)/,
  );
  const brought = await masked((i) => i % 5 === 0);
  const started = await ask(worker.request({ ...start, brought }));
  expect([started.recipe.rho, started.data.brought]).toEqual([1, brought]);
  await ask(worker.request({ type: "train-step" }));
  const { bytes } = await ask(worker.request({ type: "train-checkpoint" }));
  const again = await ask(worker.request({ type: "train-restore", run: 2, bytes, status: "paused", steps: null }));
  expect([again.step, again.data.brought]).toEqual([1, brought]);
  await ask(worker.request({ type: "train-stop" }));
});

test("marked points are the clip's truth until they are put away, and are scored", async () => {
  const none: Replies["truth"] = await ask(worker.request({ type: "truth", source: { kind: "none" } }));
  expect(none).toMatchObject({ name: "", hasTruth: true, tracks: { names: [], frames: 24 } });
  const xy = new Float32Array(2 * 24).fill(Number.NaN);
  const visible = new Uint8Array(24);
  // In the middle of token (5, 7) in frame 0, and of its neighbour below in frame 6.
  for (const [frame, x, y] of [
    [0, 120, 88],
    [6, 120, 104],
  ]) {
    xy.set([x, y], 2 * frame);
    visible[frame] = 1;
  }
  const tracks: PointTracks = { names: ["a"], frames: 24, xy, visible };
  const { clip: of } = none;
  await ask(worker.request({ type: "truth", source: { kind: "points", clip: of, tracks } }));
  // Those of another clip change nothing.
  const elsewhere = { kind: "points", clip: "0".repeat(64), tracks: { ...tracks, names: ["b"] } } as const;
  expect(await ask(worker.request({ type: "truth", source: elsewhere }))).toMatchObject({ clip: of, tracks });
  const found = await ask(
    worker.request({
      type: "query",
      queries: [
        [0, 5, 7],
        [0, 0, 0],
      ],
      taus: [0.1],
    }),
  );
  const at = (q: number, f: number) => Array.from(found.truth?.subarray(2 * (q * F + f), 2 * (q * F + f) + 2) ?? []);
  expect([at(0, 0), at(0, 1), at(0, 2), at(1, 0)]).toEqual([
    [5, 7],
    [6, 7],
    [Number.NaN, Number.NaN],
    [Number.NaN, Number.NaN],
  ]);
  const scored = await ask(worker.request({ type: "score", taus: [0.1] }));
  expect(scored).toMatchObject({ encoder: "raw-patches", token: 16, grid: { F, H, W } });
  expect([scored.tracks, scored.counted, scored.scores.map(({ by }) => by)]).toEqual([1, 1, ["still", "best", 0.1]]);
  // One token of 16 of 224 px is 18.3 of 256, and within one token.
  expect(scored.scores[0]).toMatchObject({ within: [0, 0, 0, 0, 0], mean: 0, token: 1 });
  const back = await ask(worker.request({ type: "truth", source: null }));
  expect(back).toMatchObject({ tracks: null, hasTruth: true });
  // Of a known camera 16 × 16 points are scored.
  expect((await ask(worker.request({ type: "score", taus: [] }))).tracks).toBeGreaterThan(200);
});

test("a truth of another clip, a pickle, and a mask of a clip that is closed have their sentences", async () => {
  const truth = (name: string, content: BlobPart) =>
    failureOf(worker.request({ type: "truth", source: { kind: "file", file: new File([content], name) } }));
  const json = await (await fetch(address("discs.truth.json"))).text();
  expect(await truth("discs.truth.json", json)).toMatchObject({
    code: "truth-file",
    message: expect.stringMatching(/is of \d+ frames of 224×224 px and coffee has 24 of 320×224/),
  });
  expect((await truth("davis.pkl", "\x80\x04")).message).toMatch(/davis.pkl: this is a pickle.*never opened/);
  expect((await truth("a.json", "{")).message).toMatch(/a.json: it is not JSON/);
  const brought = await masked(() => true);
  await worker.request(open("discs"));
  await worker.request(ENCODE);
  expect(await failureOf(worker.request({ type: "mask", rho: 0.2, brought }))).toMatchObject({
    code: "mask-missing",
    message: expect.stringMatching(/the mask “own” is a file.*drop the same file/),
  });
  expect(
    (await failureOf(worker.request({ type: "bring-mask", files: [new File(["no picture"], "a.png")] }))).message,
  ).toMatch(/cannot read a.png as a picture/);
  // Numbers of things in 16 bits a sample, all of them black in the upper 8.
  const ids = new Uint8Array(encode({ width: 2, height: 1, channels: 1, depth: 16, data: Uint16Array.of(1, 127) }));
  expect(await failureOf(worker.request({ type: "bring-mask", files: [new File([ids], "ids.png")] }))).toMatchObject({
    code: "mask-file",
    message: expect.stringMatching(/ids.png has 16 bits a sample/),
  });
});
