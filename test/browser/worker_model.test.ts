// Models of the user's own in the real worker: the features are onnxruntime's own, kept files come back, and what cannot run says why.
import { afterAll, beforeAll, expect, test } from "vitest";
import { modelId, ownModel } from "../../src/encoders/own_model.ts";
import { parseSafetensors, tensorOf } from "../../src/formats/safetensors.ts";
import type { ModelId, ModelSpec } from "../../src/worker/protocol.ts";
import clipUrl from "../fixtures/brought/clip.onnx?url";
import mapUrl from "../fixtures/brought/map.onnx?url";
import goldenUrl from "../fixtures/brought/models.safetensors?url";
import unknownUrl from "../fixtures/brought/unknown.onnx?url";
import vitUrl from "../fixtures/brought/vit.onnx?url";
import outsideUrl from "../fixtures/brought/vit_outside.onnx?url";
import weightsUrl from "../fixtures/brought/vit_outside.onnx.data?url";
import { ask, failureOf, type RunningWorker, startWorker } from "../support/worker.ts";

const fileAt = async (url: string, name: string) => new File([await (await fetch(url)).arrayBuffer()], name);

let worker: RunningWorker;
let golden: ReturnType<typeof parseSafetensors>;
async function started(): Promise<RunningWorker> {
  const running = startWorker();
  await running.request({ type: "boot", backend: "auto" });
  const file = await fileAt(goldenUrl, "models.safetensors");
  await running.request({ type: "bring", file, answers: null });
  await running.request({ type: "open", source: { kind: "file", file } });
  return running;
}
beforeAll(async () => {
  worker = await started();
  golden = parseSafetensors(new Uint8Array(await (await fetch(goldenUrl)).arrayBuffer()));
});
afterAll(() => worker.stop());

/** Brings and tries a model; what the first run shows is taken up. */
async function accepted(files: readonly File[], part: Partial<ModelSpec> = {}): Promise<ModelId> {
  const { hash, name, guess } = await ask(worker.request({ type: "bring-model", files }));
  const first = await ask(worker.request({ type: "try-model", hash, name, spec: { ...guess, ...part } }));
  if (first.id) return first.id;
  const { id } = await ask(
    worker.request({ type: "try-model", hash, name, spec: { ...guess, ...part, ...first.fit } }),
  );
  if (!id) throw new Error(`not accepted: ${first.problem}`);
  return id;
}

async function features(encoder: ModelId, token: 8 | 14, running = worker) {
  const window = { startS: 0, lengthS: 1, frames: 4 };
  const encoded = await ask(running.request({ type: "encode", window, encoder, token, shippedUrl: null }));
  return { encoded, ...(await ask(running.request({ type: "features" }))) };
}

/** The largest difference: float32 sums of a few hundred products, in another order. */
function expectClose(found: ArrayLike<number>, name: string): void {
  const { data } = tensorOf(golden, `expected.${name}`, "F32");
  expect(found.length).toBe(data.length);
  expect(data.reduce((most, value, i) => Math.max(most, Math.abs(found[i] - value)), 0)).toBeLessThan(1e-4);
}

test("tokens, a map, and the tubelets of a clip are what onnxruntime makes of the same frames", async () => {
  const vit = await accepted([await fileAt(vitUrl, "my ViT.onnx")]);
  expect(vit).toMatch(/^model:[0-9a-f]{16}:NCHW\/imagenet\/1x56x56\/14x1\/1\/last_hidden_state:my ViT$/);
  const tokens = await features(vit, 14);
  expect([tokens.grid, tokens.encoded.featuresFrom, tokens.encoded.notices]).toEqual([
    { F: 4, H: 4, W: 4, C: 8 },
    "model",
    [],
  ]);
  expectClose(tokens.data, "vit");
  // The motion mask is cut from the clip at the model's own tokens.
  expect((await ask(worker.request({ type: "mask", rho: 0.5 }))).mask).toHaveLength(4 * 16);

  const map = await accepted([await fileAt(mapUrl, "map.onnx")], { height: 56, width: 56 });
  expectClose((await features(map, 8)).data, "map");
  const clip = await accepted([await fileAt(clipUrl, "clip.onnx")]);
  expectClose((await features(clip, 8)).data, "clip");
  const short = {
    type: "encode",
    window: { startS: 0, lengthS: 0.6, frames: 4 },
    encoder: clip,
    token: 8,
    shippedUrl: null,
  } as const;
  expect((await failureOf(worker.request(short))).code).toBe("too-few-frames");
});

test("weights beside a model are found by their name, and missed by it", async () => {
  const [model, weights] = [
    await fileAt(outsideUrl, "vit_outside.onnx"),
    await fileAt(weightsUrl, "vit_outside.onnx.data"),
  ];
  expect(await failureOf(worker.request({ type: "bring-model", files: [model] }))).toMatchObject({
    code: "model-file",
    message:
      "vit_outside.onnx: its weights are in “vit_outside.onnx.data”, which was not dropped with it: drop both together",
  });
  expectClose((await features(await accepted([weights, model]), 14)).data, "vit");
});

test("what cannot run names the operator, and what is no model says so", async () => {
  const { hash, name, guess } = await ask(
    worker.request({ type: "bring-model", files: [await fileAt(unknownUrl, "unknown.onnx")] }),
  );
  const tried = await failureOf(worker.request({ type: "try-model", hash, name, spec: guess }));
  expect(tried).toMatchObject({
    code: "model-file",
    message: expect.stringMatching(/unknown.onnx: .*no operator com\.example:Sharpen/),
  });
  const junk = await failureOf(
    worker.request({ type: "bring-model", files: [new File(["not a model"], "junk.onnx")] }),
  );
  expect(junk.message).toMatch(/^junk.onnx: this is no ONNX file/);
});

test("a kept model comes back in another visit, until it is deleted", async () => {
  const id = await accepted([
    await fileAt(outsideUrl, "vit_outside.onnx"),
    await fileAt(weightsUrl, "vit_outside.onnx.data"),
  ]);
  const kept = await ask(worker.request({ type: "keep-model", id, keep: true }));
  const { size } = await fileAt(weightsUrl, "");
  expect(kept).toEqual([{ id, bytes: size + (await fileAt(outsideUrl, "")).size }]);
  const later = await started();
  expect(await ask(later.request({ type: "kept-models" }))).toEqual(kept);
  expectClose((await features(id, 14, later)).data, "vit");
  // Deleted, it stays in this visit, and can be kept again; by another spec its files stay as they are.
  const keep = (one: ModelId, keeps: boolean) => ask(later.request({ type: "keep-model", id: one, keep: keeps }));
  expect(await keep(id, false)).toEqual([]);
  expect(await keep(id, true)).toEqual(kept);
  const other = modelId({ ...ownModel(id), range: "0..1" });
  expect(await keep(other, true)).toEqual([{ ...kept[0], id: other }]);
  expectClose((await features(id, 14, later)).data, "vit");
  expect(await keep(id, false)).toEqual([]);
  later.stop();
  const last = await started();
  expect((await failureOf(features(id, 14, last))).message).toMatch(
    /the model “vit_outside” is a file.*drop the same .onnx here/,
  );
  last.stop();
});
