// The sandbox behind the real worker: its grammar, its clips as sources with truth, and files of such clips.
import { afterAll, beforeAll, expect, test } from "vitest";
import { clipFile } from "../../src/shell/clip_file.ts";
import type { ClipSource, EncodeRequest } from "../../src/worker/protocol.ts";
import { createWorld } from "../../src/world/world.ts";
import { failureOf, type RunningWorker, startWorker } from "../support/worker.ts";

const PROMPT = "a large red ball hits a small blue ball";
const ENCODE: EncodeRequest = {
  type: "encode",
  window: { startS: 0, lengthS: 2, frames: 8 },
  encoder: "raw-patches",
  token: 16,
  shippedUrl: null,
};

let worker: RunningWorker;
let world: Awaited<ReturnType<typeof createWorld>>;
beforeAll(async () => {
  worker = startWorker();
  await worker.request({ type: "boot", backend: "cpu" });
  world = await createWorld();
});
afterAll(() => worker.stop());

const open = (source: ClipSource) => worker.request({ type: "open", source });

test("says what there is, and draws the same sentence for the same seed", async () => {
  const info = await worker.request({ type: "sandbox-info" });
  expect(info?.templates).toHaveLength(12);
  const draw = (seed: number) => worker.request({ type: "sandbox-draw", template: "pour", seed });
  const drawn = await draw(3);
  expect(drawn).toEqual(await draw(3));
  expect(await worker.request({ type: "sandbox-check", prompt: drawn?.prompt ?? "" })).toMatchObject({
    template: "pour",
    problem: null,
  });
  const poster = await worker.request({ type: "sandbox-poster", template: "collide" });
  expect([poster?.image.width, poster?.image.height]).toEqual([64, 64]);
  const wrong = worker.request({ type: "sandbox-poster", template: "explode" as "collide" });
  expect(await failureOf(wrong)).toMatchObject({ code: "bad-request", message: expect.stringContaining("explode") });
});

test("tells which word is wrong and what may stand there", async () => {
  const check = async (prompt: string) => (await worker.request({ type: "sandbox-check", prompt }))?.problem;
  const unknown = await check("a large pink ball hits a small blue ball");
  expect(unknown).toMatchObject({ at: 2, message: expect.stringContaining('"pink" (word 3) is not a word') });
  expect(unknown?.may).toContain("purple");
  expect(await check("a large red ball")).toMatchObject({
    at: 4,
    message: expect.stringContaining("stops after word 4"),
  });
  expect(await check("a orange")).not.toBeNull();
  expect(await check("a large red ball hits a small red ball")).toMatchObject({ at: 7 });
  const article = await check("an large red ball bounces on the floor");
  expect(article).toMatchObject({ at: 0, may: ["a"] });
});

test("a simulated clip is a source whose truth follows its bodies", async () => {
  const made = world.makeClip(PROMPT, 7);
  const info = await open({ kind: "sandbox", prompt: PROMPT, seed: 7 });
  expect(info).toMatchObject({ name: `${PROMPT}, seed 7`, width: 256, height: 256, durationS: 2, codec: "pictures" });
  const [x, y] = info?.query ?? [0, 0];
  expect([x * 64, y * 64]).toEqual([made.center[0], made.center[1]]);

  const encoded = await worker.request(ENCODE);
  expect(encoded).toMatchObject({ hasTruth: true, grid: { F: 8, H: 16, W: 16 } });
  expect(encoded?.frames.map(({ index }) => index)).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
  const token = [0, Math.floor(y * 16), Math.floor(x * 16)] as const;
  const found = await worker.request({ type: "query", queries: [token], taus: [0.1] });
  for (const [f, { index }] of (encoded?.frames ?? []).entries()) {
    const [row, col] = found?.truth?.subarray(2 * f, 2 * f + 2) ?? [];
    // The token's middle is at most half its diagonal from the ball's, and the ball is rigid.
    const [bx, by] = made.center.subarray(2 * 2 * index);
    expect(Math.hypot((col + 0.5) * 4 - bx, (row + 0.5) * 4 - by)).toBeLessThanOrEqual(Math.SQRT2 * 2 + 1e-3);
  }
  const agreement = await worker.request({ type: "agreement", frame: 0, taus: [0.1] });
  expect(agreement?.argmax[0]).toBe(1);
  expect(agreement?.moved.counted[7]).toBeGreaterThan(0);
  expect(agreement?.moved.counted[7]).toBeLessThan(agreement?.counted[7] ?? 0);
});

test("a sentence outside the grammar opens nothing, and the clip before stays", async () => {
  const failure = await failureOf(open({ kind: "sandbox", prompt: "a cat", seed: 1 }));
  expect(failure).toMatchObject({ code: "sandbox-prompt", message: expect.stringContaining('"cat" (word 2)') });
  expect(await worker.request(ENCODE)).toMatchObject({ hasTruth: true });
});

test("a file of npm run world has its truth while its pictures are the simulation's own", async () => {
  const made = world.makeClip(PROMPT, 7);
  const file = (bytes: Uint8Array<ArrayBuffer>) => new File([bytes], "clip.safetensors");
  await open({ kind: "file", file: file(clipFile(made)) });
  expect(await worker.request(ENCODE)).toMatchObject({ hasTruth: true });

  const frames = made.frames.slice();
  frames[5000] ^= 1;
  await open({ kind: "file", file: file(clipFile({ ...made, frames })) });
  expect(await worker.request(ENCODE)).toMatchObject({ hasTruth: false });

  const broken = await failureOf(open({ kind: "file", file: file(clipFile(made).slice(0, 5000)) }));
  expect(broken).toMatchObject({ code: "clip-file", message: expect.stringContaining("clip.safetensors") });
});

test("judges pictures and sentence alone: a file has the verdict of the clip that it holds", async () => {
  const sandbox = { kind: "sandbox", prompt: PROMPT, seed: 7, corruption: null } as const;
  const judged = await worker.request({ type: "judge", source: sandbox });
  expect(judged).toMatchObject({ template: "collide", verdict: { prompt: PROMPT, joint: true, discarded: null } });
  expect(judged?.verdict.parsed).toHaveLength(16);
  const { frames, ...made } = world.makeClip(PROMPT, 7);
  expect([...(judged?.frames ?? [])].every((value, i) => value === frames[i])).toBe(true);

  // Whatever a file says of the truth, it is not read.
  const lies = { ...made, frames, center: made.center.map(() => 1), mask: made.mask.map(() => 0) };
  const file = new File([clipFile(lies)], "clip.safetensors");
  const same = await worker.request({ type: "judge", source: { kind: "file", file } });
  expect(same?.verdict).toEqual(judged?.verdict);
  expect(same?.contentHash).toBe(judged?.contentHash);
});

test("what breaks liquids finds nothing in a clip without any, and an unknown way is refused", async () => {
  const info = await worker.request({ type: "sandbox-info" });
  const wet = info?.corruptions.find(({ templates }) => !templates.includes("collide"));
  const judge = (corruption: string) =>
    failureOf(worker.request({ type: "judge", source: { kind: "sandbox", prompt: PROMPT, seed: 7, corruption } }));
  expect(await judge(wet?.name ?? "")).toMatchObject({
    code: "nothing-to-break",
    message: expect.stringContaining(wet?.title ?? ""),
  });
  expect(await judge("magic")).toMatchObject({ code: "bad-request", message: expect.stringContaining("magic") });
});
