// Features that PyTorch made, opened in the real worker: the same matches, losses and gradients here as there
// (scale/tests/features_fixtures.py), and what diffusers' own tiny CogVideoX gives.
import { afterAll, beforeAll, expect, test } from "vitest";
import { toFloat32 } from "../../src/formats/half_floats.ts";
import { parseSafetensors, tensorOf } from "../../src/formats/safetensors.ts";
import type { BroughtId, SideSpec } from "../../src/worker/protocol.ts";
import alignedUrl from "../fixtures/features/aligned.safetensors?url";
import blockUrl from "../fixtures/features/block2.safetensors?url";
import cogvideoxUrl from "../fixtures/features/cogvideox.safetensors?url";
import vitUrl from "../fixtures/features/vit.safetensors?url";
import { ask, type RunningWorker, startWorker } from "../support/worker.ts";

let worker: RunningWorker;
beforeAll(async () => {
  worker = startWorker();
  await worker.request({ type: "boot", backend: "auto" });
});
afterAll(() => worker.stop());

/** Opens a file of features with its frames. */
async function opened(url: string) {
  const bytes = await (await fetch(url)).arrayBuffer();
  const file = new File([bytes], "features.safetensors");
  const reply = await ask(worker.request({ type: "bring", file, answers: null }));
  if ("asks" in reply) throw new Error(`asks ${JSON.stringify(reply.asks)}`);
  const clip = await ask(worker.request({ type: "open", source: { kind: "file", file } }));
  return { ...reply, clip, golden: parseSafetensors(new Uint8Array(bytes)) };
}

/** The largest difference, relative to the largest expected value: below 1e-4 in float32 of a float64 truth. */
function apart(found: ArrayLike<number>, expected: Float64Array): number {
  expect(found.length).toBe(expected.length);
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(found[i] - value)), 0) / scale;
}

test("features of two random ViTs give PyTorch's matches, losses and gradients", async () => {
  const { layers, clip, golden } = await opened(vitUrl);
  const named = (label: string): SideSpec => {
    const encoder = layers.find((id: BroughtId) => id.endsWith(label));
    if (!encoder) throw new Error(`no layer ${label} among ${layers}`);
    return { encoder, token: 16, degradation: "none" };
  };
  const { tau, rho, margin, query } = golden.metadata;
  const expected = (name: string) => tensorOf(golden, `expected.${name}`, "F64").data;
  const window = { startS: 0, lengthS: clip.durationS, frames: 4 };
  await ask(worker.request({ type: "compare", window, teacher: named("teacher"), student: named("student") }));
  const [f, row, col] = query.split(",").map(Number);
  const found = await ask(worker.request({ type: "compare-query", query: [f, row, col], tau: Number(tau) }));
  for (const side of ["teacher", "student"] as const) {
    expect(apart(found[side].similarity, expected(`${side}.similarity`))).toBeLessThan(1e-4);
    expect(apart(found[side].probabilities, expected(`${side}.probability`))).toBeLessThan(1e-4);
    expect(found[side].matches.map((match) => match.row * 6 + match.col)).toEqual(Array.from(expected(`${side}.best`)));
  }
  expect(apart(found.gradient, expected("gradient"))).toBeLessThan(1e-4);
  expect(apart(found.kl, expected("kl"))).toBeLessThan(1e-4);
  const numbers = { tau: Number(tau), rho: Number(rho), margin: Number(margin) };
  const { losses } = await ask(worker.request({ type: "compare-losses", ...numbers }));
  for (const kind of ["tsa", "mtsa", "trd", "gram"] as const) {
    const [loss, gradNorm] = expected(kind);
    expect([kind, Math.abs((losses[kind]?.loss ?? 0) / loss - 1) < 1e-4]).toEqual([kind, true]);
    expect([kind, Math.abs((losses[kind]?.gradNorm ?? 0) / gradNorm - 1) < 1e-4]).toEqual([kind, true]);
  }
});

test("two noise levels of diffusers' CogVideoX open with their frames, in the order of their numbers", async () => {
  const { layers, isClip, clip } = await opened(cogvideoxUrl);
  expect([isClip, clip.width, clip.durationS]).toEqual([true, 96, 9 / 8]);
  expect(layers.map((id) => id.split(":").slice(2).join(":"))).toEqual([
    "3x6x6:0:CogVideoX, block 2, t = 100",
    "3x6x6:1:CogVideoX, block 2, t = 500",
  ]);
  const window = { startS: 0, lengthS: clip.durationS, frames: 3 };
  const request = { type: "encode", window, encoder: layers[0], token: 16, shippedUrl: null } as const;
  const encoded = await ask(worker.request(request));
  // The first frame is alone; of the runs of four after it the frame nearest to the middle.
  expect(encoded.frames.map(({ index }) => index)).toEqual([0, 2, 6]);
  expect([encoded.grid, encoded.notices]).toEqual([{ F: 3, H: 6, W: 6, C: 64 }, []]);
});

test("Compare takes what scale/features.py saw in a tuned model: beside its teacher, and beside itself before", async () => {
  const named = (layers: readonly BroughtId[], label: string): SideSpec => {
    const encoder = layers.find((id) => id.endsWith(`, ${label}`));
    if (!encoder) throw new Error(`no layer ${label} among ${layers}`);
    return { encoder, token: 16, degradation: "none" };
  };
  const compared = async (teacher: SideSpec, student: SideSpec, lengthS: number) => {
    const window = { startS: 0, lengthS, frames: 4 };
    const pair = await ask(worker.request({ type: "compare", window, teacher, student }));
    const { losses } = await ask(worker.request({ type: "compare-losses", tau: 0.1, rho: 0.2, margin: 0.1 }));
    return { ...pair, losses };
  };
  const hidden = await opened(blockUrl);
  const aligned = await opened(alignedUrl);
  // The first is what a drop looks at: the teacher.
  expect(aligned.layers.map((id) => id.split(", ").slice(1).join(", "))).toEqual([
    "teacher",
    ...["tuned, t = 100", "tuned, t = 500", "untuned, t = 100", "untuned, t = 500"],
  ]);
  expect([aligned.isClip, aligned.clip.framesPerSecond, aligned.clip.height]).toEqual([true, 6, 32]);
  const { durationS } = aligned.clip;

  const learnt = await compared(named(aligned.layers, "teacher"), named(aligned.layers, "tuned, t = 500"), durationS);
  expect([learnt.grid, learnt.channels]).toEqual([
    { F: 4, H: 2, W: 3 },
    { teacher: 32, student: 32 },
  ]);
  expect(learnt.notices).toEqual([]);
  // REPA by hand, from the file itself: every token has met its own.
  const [z, y] = ["teacher", "tuned, t = 500"].map(
    (label) => tensorOf(aligned.golden, `features.${label}`, "F16").data,
  );
  const [tokens, C] = [4 * 2 * 3, 32];
  let cosines = 0;
  for (let token = 0; token < tokens; token++) {
    const [a, b] = [z, y].map((all) => Array.from(toFloat32("F16", all.slice(token * C, (token + 1) * C).buffer)));
    const dot = (p: number[], q: number[]) => p.reduce((sum, value, i) => sum + value * q[i], 0);
    cosines += dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  }
  expect(learnt.losses.repa?.loss).toBeCloseTo(-cosines / tokens, 5);

  const moved = await compared(
    named(hidden.layers, "untuned, t = 100"),
    named(hidden.layers, "tuned, t = 100"),
    durationS,
  );
  expect([moved.grid, moved.channels.student, moved.frames.map(({ index }) => index)]).toEqual([
    { F: 3, H: 2, W: 3 },
    64,
    [0, 3, 6], // the middle of four frames lies between two: either is nearest
  ]);
  expect(moved.losses.tsa?.loss).toBeGreaterThan(0);
  const across = await compared(named(aligned.layers, "teacher"), named(hidden.layers, "untuned, t = 100"), durationS);
  expect([across.grid.F, across.channels]).toEqual([4, { teacher: 32, student: 64 }]);
});
