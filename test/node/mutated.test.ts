// Whatever bytes a reader is given, it reads them or says in a sentence why not, soon, and without eating the machine's memory.
// A few thousand inputs a reader run here; `MUTATED_INPUTS=100000 npx vitest run --project node test/node/mutated` runs as many as
// are asked for, in this file and in mutated_brought.test.ts, and MUTATED_FROM=5000 begins with the 5000th.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { readClipFile } from "../../src/formats/clip_file.ts";
import { describeFeatures, isAsking, readLayer } from "../../src/formats/features_file.ts";
import { safetensorsKind } from "../../src/formats/file_kinds.ts";
import {
  parseSafetensors,
  readSafetensorsHeader,
  type Tensor,
  writeSafetensors,
} from "../../src/formats/safetensors.ts";
import { parseSandboxName } from "../../src/formats/sandbox_name.ts";
import { ArenaLayout } from "../../src/nn/arena.ts";
import { parseSandboxClipId } from "../../src/state/sandbox_clip.ts";
import { DEFAULTS, parseSettings, printSettings, type Settings } from "../../src/state/settings.ts";
import { readStoredRun } from "../../src/state/train/stored_run.ts";
import { readCheckpoint, writeCheckpoint } from "../../src/train/checkpoint.ts";
import { parseRecipe } from "../../src/train/recipe.ts";
import { openFile } from "../../src/video/container.ts";
import { parseTruth } from "../../src/video/truth.ts";
import { VideoError } from "../../src/video/types.ts";
import { PromptError, parsePrompt } from "../../src/world/language/grammar.ts";
import { FIRST_SEED, feed, fits, json, ours, TIMEOUT_MS, text, words } from "../support/feed.ts";
import { mutated } from "../support/mutate.ts";

vi.setConfig({ testTimeout: TIMEOUT_MS });

/** Inputs of the containers at which mediabunny 1.61.0 goes on for ever when nobody stops it. */
const ONCE_ENDLESS = [1394, 5622, 24072, 39357, 90108];

const tensor = (dtype: Tensor["dtype"], data: Tensor["data"]): Tensor => ({ dtype, shape: [data.length], data });
const clip = writeSafetensors(
  {
    frames: { dtype: "U8", shape: [2, 4, 4, 3], data: new Uint8Array(96).fill(7) },
    mask: tensor("BOOL", Uint8Array.of(0, 1)),
    latents: tensor("BF16", Uint16Array.of(1, 2, 3)),
  },
  { prompt: "a small red ball floats in blue liquid", seed: "7" },
);
const layout = new ArenaLayout([{ name: "linear1.weight", shape: [2, 3], layout: "linear" }], () => "all");
const state = new Float32Array(layout.length).fill(1);
const recipe = parseRecipe({});
const checkpoint = writeCheckpoint(
  { step: 3, random: 4, tensors: { parameters: state, m: state, v: state, ema: state } },
  layout,
  recipe,
  { clip: "chelsea" },
);

test("safetensors: tensors, clips and checkpoints", async () => {
  await feed(6000, {
    samples: [clip, checkpoint],
    async read(bytes) {
      await safetensorsKind(new Blob([Uint8Array.from(bytes)]));
      const { tensors } = parseSafetensors(bytes);
      // Half of them go on as what they were.
      if (tensors.has("frames")) readClipFile(bytes, 2, 4);
      else readCheckpoint(bytes).state(layout);
    },
    sentence: (error) =>
      ours(error) || (error instanceof RangeError && /^the recipe is wrong|frames/.test(error.message)),
  });
});

test("features, with their frames and without", async () => {
  const features = (shape: readonly number[]): Tensor => ({
    dtype: "BF16",
    shape,
    data: new Uint16Array(shape.reduce((a, b) => a * b)).fill(0x3f80),
  });
  const frames: Tensor = { dtype: "U8", shape: [2, 16, 16, 3], data: new Uint8Array(2 * 768).fill(7) };
  const samples = [
    writeSafetensors(
      { "features.a": features([2, 4, 3]), "features.b": features([2, 4, 5]) },
      {
        grid: "2x2",
        frame_times_s: "0,0.25",
        name: "block 18",
      },
    ),
    writeSafetensors({ features: features([2, 2, 2, 3]), frames }, { fps: "8", frame_indices: "0,1" }),
  ];
  await feed(6000, {
    samples,
    async read(bytes) {
      const file = new Blob([Uint8Array.from(bytes)]);
      const found = describeFeatures(await readSafetensorsHeader(file), "file", null, null);
      const known = isAsking(found)
        ? describeFeatures(await readSafetensorsHeader(file), "file", found.guess, null)
        : found;
      if (isAsking(known)) throw new TypeError("answered, and asked again");
      for (const layer of known.layers) await readLayer(file, layer);
    },
    sentence: ours,
  });
});

test("recipes", async () => {
  await feed(6000, {
    samples: [
      text(recipe),
      text({ loss: "trd", margin: 0.2, batch: { windows: 2, frames: 4, flips: true }, heldFrames: null }),
    ],
    read: (bytes) => parseRecipe(json(bytes)),
    sentence: (error) => ours(error) || (error instanceof RangeError && fits(error)),
  });
});

test("a clip's truth", async () => {
  const affine = [
    [1, 0, 3, 0, 1, 4],
    [1.5, 0.1, 3, 0, 1, 4],
  ];
  const layers = [
    { name: "ground", shape: { kind: "everything" }, affine },
    { name: "disc", shape: { kind: "disc", radius: 4 }, affine },
  ];
  await feed(3000, {
    samples: [text({ version: 1, width: 320, height: 224, frames: 2, layers })],
    read: (bytes) => parseTruth(json(bytes)),
    sentence: ours,
  });
});

test("stored runs: one that cannot be read is none", async () => {
  const set = { teacher: 0.5, truth: null, moving: null, still: null, teacherTruth: null, entropyBits: 2 };
  const window = { startS: 0, lengthS: 2, frames: 8 };
  const data = {
    clipName: "Chelsea",
    contentHash: "00",
    encoder: "xfeat",
    token: 16,
    window,
    grid: { F: 8, H: 14, W: 20, C: 64 },
  };
  const run = {
    ...{ version: 1, id: "a", savedAt: 1, status: "paused", step: 1, recipe, data, parameters: 9, bytes: 9 },
    points: [{ step: 1, loss: 0.5, gradNorm: 1, ms: 20 }],
    agreement: [{ step: 0, train: set, held: null }],
  };
  expect(readStoredRun(JSON.stringify(run))).toEqual(run);
  await feed(3000, {
    samples: [text(run)],
    read(bytes) {
      if (!readStoredRun(words(bytes))) throw new Error("it is no stored run");
    },
    sentence: ours,
  });
});

test("addresses: whatever stands behind the #, there are settings, and their address is theirs", async () => {
  const settings: Settings = {
    ...DEFAULTS,
    ...{ view: "train", clip: "sandbox:7:a small red ball floats in blue liquid", tau: 0.1, lossTau: 0.2 },
    queries: [
      [0, 6, 14],
      [1, 2, 3],
    ],
    hidden: [8, 8, 8],
    eye: [10, 20, 110],
    startS: 1.5,
    frames: 16,
  };
  let changed = 0;
  await feed(6000, {
    samples: [
      text(printSettings(settings)),
      text("v=1&encoder=videomae&student=cogvideox&t=250&block=3&q=0.5.5_1.2.3&clip=file%3A00"),
    ],
    read(bytes) {
      const read = parseSettings(words(bytes));
      parseSandboxClipId(read.clip);
      parseSandboxName(read.fileName);
      const printed = printSettings(read);
      if (printSettings(parseSettings(printed)) !== printed) throw new TypeError(`not stable: ${printed}`);
      // Nothing is refused here; counted is what the change reached.
      if (++changed % 2 === 0) throw new Error("read, and no sentence needed");
    },
    sentence: ours,
  });
});

test("sentences of the sandbox", async () => {
  await feed(6000, {
    samples: [text("a small red ball floats in blue liquid"), text("a large red ball hits a small blue box")],
    read: (bytes) => parsePrompt(words(bytes)),
    sentence: (error) => error instanceof PromptError && fits(error),
  });
});

beforeAll(() => {
  // mediabunny tells the console what it read over.
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.spyOn(console, "error").mockImplementation(() => {});
  // Node has no decoder. Whether one can is the browser's answer; here everything goes on to the list of frames.
  Object.assign(globalThis, { VideoDecoder: { isConfigSupported: () => Promise.resolve({ supported: true }) } });
});
afterAll(() => {
  Reflect.deleteProperty(globalThis, "VideoDecoder");
  vi.restoreAllMocks();
});

test("containers, as far as to the list of frames of the longest window", async () => {
  const names = [
    "rotated.mp4",
    "av1.mp4",
    "quicktime.mov",
    "vp9.webm",
    "b-frames.mp4",
    "variable-rate.mp4",
    "audio.mp3",
  ];
  const samples = names.map((name) => new Uint8Array(readFileSync(`test/fixtures/video/${name}`)));
  const read = async (bytes: Uint8Array) => {
    const file = await openFile(new Blob([Uint8Array.from(bytes)]), "clip.mp4");
    try {
      await file.frames.within(0, 10);
    } finally {
      file.close();
    }
  };
  for (const input of ONCE_ENDLESS) {
    await expect(read(mutated(samples, FIRST_SEED + input))).rejects.toThrow(/^clip\.mp4 is damaged: its /);
  }
  await feed(300, { together: 24, samples, read, sentence: (error) => error instanceof VideoError && fits(error) });
});
