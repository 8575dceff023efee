// The same as mutated.test.ts for what people bring beside a video: tables, arrays, masks, models, students, and what they kept.
import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import definition from "../../models/student/student.json";
import { guessModel } from "../../src/encoders/model_guess.ts";
import { readJudgeTable } from "../../src/formats/judge_table.ts";
import { framesOfMask, maskOfNpz, maskOfSafetensors, tokensOfMask } from "../../src/formats/mask_file.ts";
import { readMetrics } from "../../src/formats/metrics_file.ts";
import { openNpz } from "../../src/formats/npz.ts";
import { readOnnx } from "../../src/formats/onnx.ts";
import { readProjectorFile } from "../../src/formats/projector_file.ts";
import { parseSafetensors, type Tensor, writeSafetensors } from "../../src/formats/safetensors.ts";
import { tracksOfCsv, tracksOfNpz } from "../../src/formats/tracks_file.ts";
import { readStudentTruth } from "../../src/headless/verify_student.ts";
import { ArenaLayout } from "../../src/nn/arena.ts";
import { givenFile } from "../../src/state/student/given.ts";
import { readPlan } from "../../src/state/student/plan/plan_files.ts";
import { readRecorded } from "../../src/state/student/recorded_file.ts";
import { studentParameters } from "../../src/student/definition.ts";
import { toFile } from "../../src/student/parameters.ts";
import { readStudentCheckpoint } from "../../src/train/diffusion/checkpoint.ts";
import { parseStudentRecipe } from "../../src/train/diffusion/recipe.ts";
import { feed, fits, json, ours, TIMEOUT_MS, text, words } from "../support/feed.ts";
import { npy, npz } from "../support/npz.ts";

vi.setConfig({ testTimeout: TIMEOUT_MS });

const CLIP = { name: "clip.mp4", width: 320, height: 180, frames: 6 };
const fixture = (name: string) => new Uint8Array(readFileSync(`test/fixtures/${name}`));
const blob = (bytes: Uint8Array) => new Blob([Uint8Array.from(bytes)]);
const bytesOf = async (file: Blob) => new Uint8Array(await file.arrayBuffer());
/** A recipe's fields are checked one by one, with both values. */
const checked = (error: unknown) => ours(error) || (error instanceof RangeError && fits(error));

test("tables of points and of scores, and curves of a run at full size", async () => {
  const asks = '"Does this video follow the physical laws?\nAI: "';
  await feed(4000, {
    samples: [
      text('track,frame,x,y,visible\n"a, ""b""",0,24,24,1\nc,1,44.5,34,0\nc,5,319,179,true\n'),
      text(
        ',caption,videopath,score\n0,"A streamer, cut from paper",drawn/mtsa/0001.mp4,4.0\n1,b,drawn/mtsa/2.mp4,1\n',
      ),
      text(`drawn/mtsa/0000.mp4,${asks},0.0066\ndrawn/base/0000.mp4,${asks},0.94\n`),
      fixture("scale_metrics.jsonl"),
    ],
    read(bytes) {
      const table = words(bytes);
      if (table.startsWith("{")) readMetrics(table);
      else if (table.startsWith("track")) tracksOfCsv(table, CLIP);
      else readJudgeTable(table, "a_sa.csv");
    },
    sentence: ours,
  });
});

test("NumPy's arrays, as points and as masks", async () => {
  const mask = npy("|u1", [2, 2, 3], Uint8Array.of(0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0));
  await feed(1500, {
    samples: [
      fixture("brought/tapvid.npz"),
      fixture("brought/pixels.npz"),
      await bytesOf(npz({ mask }, true)),
      await bytesOf(npz({ mask }, false)),
    ],
    async read(bytes) {
      const file = await openNpz(blob(bytes));
      if (file.names.some((name) => name.startsWith("mask"))) toTokens(await maskOfNpz(file));
      else await tracksOfNpz(file, CLIP);
    },
    sentence: ours,
    together: 24,
  });
});

const toTokens = (mask: Awaited<ReturnType<typeof maskOfNpz>>) => {
  const frames = framesOfMask(mask, 6, [0, 3]) ?? [0];
  return tokensOfMask(
    mask,
    frames.map((_, f) => f),
    { H: 2, W: 4 },
    1,
  );
};

test("masks as tensors", async () => {
  const data = Uint8Array.of(0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0);
  const tensor: Tensor = { dtype: "U8", shape: [2, 2, 3], data };
  await feed(2000, {
    samples: [
      writeSafetensors({ mask: tensor }, { frame_indices: "0,5" }),
      writeSafetensors({ masks: { ...tensor, dtype: "BOOL", shape: [3, 4] } }),
    ],
    async read(bytes) {
      toTokens(await maskOfSafetensors(blob(bytes)));
    },
    sentence: ours,
  });
});

test("models", async () => {
  await feed(2000, {
    samples: ["clip.onnx", "map.onnx", "vit_outside.onnx"].map((name) => fixture(`brought/${name}`)),
    read: (bytes) => guessModel(readOnnx(bytes)),
    sentence: ours,
  });
});

/** A student small enough to be broken thousands of times, in a run's checkpoint and alone. */
const shape = { ...definition.shape, values: 4, width: 16, depth: 1, heads: 1, time_width: 4, words: 4, vocabulary: 3 };
const layout = new ArenaLayout(studentParameters(shape), () => "all");
const weights = Object.fromEntries(
  layout.parameters.map((one) => [one.name, toFile(one, new Float32Array(layout.of(one.name).length))]),
);
const recipe = parseStudentRecipe({ loss: "none", task: "solids" });

test("students: checkpoints of runs, weights, projectors of full size, and steps to verify", async () => {
  const one = (value: number): Tensor => ({ dtype: "F32", shape: [1], data: Float32Array.of(value) });
  const moments = Object.fromEntries(
    ["adamw.m.", "adamw.v.", "ema."].flatMap((before) =>
      Object.entries(weights).map(([name, tensor]) => [`${before}${name}`, tensor]),
    ),
  );
  const step: Tensor = { dtype: "U32", shape: [1], data: Uint32Array.of(3) };
  const joint = JSON.stringify({ diffusion: 2, alignment: 0.5, cosine: null });
  const run = { format: "tempered-student", version: "1", recipe: JSON.stringify(recipe), joint };
  const half = (sides: readonly number[]): Tensor => ({
    dtype: "F16",
    shape: sides,
    data: new Uint16Array(sides.reduce((product, side) => product * side, 1)),
  });
  const projector = {
    "linear1.weight": half([3, 4]),
    "linear2.weight": half([3, 3]),
    "conv.weight": half([2, 3, 1, 1, 1]),
  };
  await feed(400, {
    samples: [
      writeSafetensors({ ...weights, ...moments, step, lambda: one(0.5) }, run),
      writeSafetensors(
        { "linear3.weight": half([3, 3]), ...projector },
        { format: "tempered-projector", block: "2", stride: "3" },
      ),
      fixture("student_step/none.safetensors"),
    ],
    read(bytes) {
      readProjectorFile(bytes);
      const file = parseSafetensors(bytes);
      if (file.metadata.loss !== undefined) return readStudentTruth(file);
      givenFile("student.safetensors", Uint8Array.from(bytes));
      const checkpoint = readStudentCheckpoint(bytes, definition.shape);
      return checkpoint.state(new ArenaLayout(studentParameters(checkpoint.shape), () => "all"));
    },
    sentence: checked,
  });
});

test("a student's file is refused before there is room for what its names and sizes claim", () => {
  const wide: Tensor = { dtype: "F32", shape: [1, 160_000], data: new Float32Array(160_000) };
  const run = { format: "tempered-student", version: "1", recipe: JSON.stringify(recipe) };
  const one: Tensor = { dtype: "U32", shape: [1], data: Uint32Array.of(3) };
  const file = writeSafetensors(
    { ...weights, text_embedding: wide, step: one, lambda: { ...one, dtype: "F32", data: new Float32Array(1) } },
    run,
  );
  const state = () => {
    const checkpoint = readStudentCheckpoint(file, definition.shape);
    return checkpoint.state(new ArenaLayout(studentParameters(checkpoint.shape), () => "all"));
  };
  expect(state).toThrow('tensor "given" is F32 [16], the student needs F32, F16 or BF16 [160000]');
  const truth = parseSafetensors(fixture("student_step/none.safetensors"));
  const tensors = new Map([...truth.tensors, ["param.transformer_blocks.99999999.x", { ...one }]]);
  expect(() => readStudentTruth({ ...truth, tensors })).toThrow("the student's depth must be ≤ 256, got 100000000");
});

test("recipes of students", async () => {
  await feed(3000, {
    samples: [
      text(recipe),
      text({ loss: "mtsa", laws: { gravity: 0.25 }, share: 0.5, hidden: [8, 8, 8], width: null }),
    ],
    read: (bytes) => parseStudentRecipe(json(bytes)),
    sentence: checked,
  });
});

test("plans and recorded runs: one that cannot be read is none", async () => {
  const arms = [
    { run: "run 0", recipe },
    { run: "run 1", recipe: { ...recipe, loss: "mtsa" } },
  ];
  const kept = JSON.parse(words(fixture("../../public/recorded/first.json")));
  const plan = { version: 1, id: "a", savedAt: 1, over: "loss", arms, weights: false };
  const recorded = { ...kept, points: kept.points.slice(0, 2), looks: kept.looks.slice(0, 1) };
  await feed(2000, {
    samples: [text(plan), text(recorded)],
    read(bytes) {
      const kind = words(bytes);
      if (kind.includes("recorded")) return readRecorded(kind);
      if (!readPlan(kind)) throw new Error("it is no plan");
      return undefined;
    },
    sentence: ours,
  });
});
