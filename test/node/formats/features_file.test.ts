// Features of the user's own: what a file may hold, what is asked where it says too little, and a sentence for each way it is wrong.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { broughtId, broughtLayer, isBroughtId } from "../../../src/encoders/brought.ts";
import { describeFeatures, type FeatureAnswers, isAsking, readLayer } from "../../../src/formats/features_file.ts";
import { toFloat32 } from "../../../src/formats/half_floats.ts";
import { readSafetensorsHeader, type Tensor, writeSafetensors } from "../../../src/formats/safetensors.ts";

const f32 = (shape: readonly number[], fill = (i: number) => i / 7): Tensor => ({
  dtype: "F32",
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => fill(i)),
});
const u8 = (shape: readonly number[]): Tensor => ({
  dtype: "U8",
  shape,
  data: new Uint8Array(shape.reduce((a, b) => a * b, 1)),
});
const fileOf = (tensors: Record<string, Tensor>, metadata: Record<string, string> = {}) =>
  new Blob([writeSafetensors(tensors, metadata)]);
const CLIP = { width: 320, height: 240, durationS: 2 };

const described = async (file: Blob, answers: FeatureAnswers | null = null) =>
  describeFeatures(await readSafetensorsHeader(file), "mine", answers, CLIP);

async function known(file: Blob, answers: FeatureAnswers | null = null) {
  const found = await described(file, answers);
  if (isAsking(found)) throw new Error(`asks ${JSON.stringify(found)}`);
  return found;
}

test("a file of any finite features comes back bit for bit, from a Blob of which only the header is read", async () => {
  const sizes = fc.tuple(...[2, 1, 1, 1].map((least) => fc.integer({ min: least, max: 4 })));
  const property = fc.asyncProperty(
    sizes,
    fc.infiniteStream(fc.float({ noNaN: true, noDefaultInfinity: true })),
    async (shape, values) => {
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => values.next().value ?? 0);
      const [F, H, W, C] = shape;
      const times = Array.from({ length: F }, (_, f) => f / 8).join();
      for (const [stored, metadata] of [
        [shape, {}],
        [[F, H * W, C], { grid: `${H}x${W}` }],
      ] as const) {
        const file = fileOf({ features: { dtype: "F32", shape: stored, data } }, { frame_times_s: times, ...metadata });
        const { layers, frames } = await known(file);
        expect([layers[0].grid, frames]).toEqual([{ F, H, W, C }, null]);
        expect(Buffer.from((await readLayer(file, layers[0])).buffer)).toEqual(Buffer.from(data.buffer));
      }
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

// np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32), what is not finite set to 0, sha256 of its bytes; and the
// same of torch.bfloat16 (numpy has none), which (bits.astype(np.uint32) << 16).view(np.float32) equals.
test.each([
  ["F16", "f3c5516cd9dac2bd3aa7cc92d49a57c85bfcf18196530940c83b66b2478330dc"],
  ["BF16", "6b33f852ffcc0d14642e52d2bd495c18a9bee3cd627857085e332ac8ffd67d7b"],
] as const)("all 65536 values of %s are what numpy makes of them", (dtype, sha256) => {
  const values = toFloat32(dtype, Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
  const finite = values.map((value) => (Number.isFinite(value) ? value : 0));
  // NaN and the infinities: 2 signs × (a fraction's worth).
  expect(values.filter((value) => !Number.isFinite(value)).length).toBe(dtype === "F16" ? 2 * 1024 : 2 * 128);
  expect(createHash("sha256").update(Buffer.from(finite.buffer)).digest("hex")).toBe(sha256);
});

describe("what a file says", () => {
  const times = { frame_times_s: "0,0.5" };

  test("several tensors are layers, by the numbers in their names, each with a grid of its own", async () => {
    const file = fileOf(
      { "features.block 12": f32([2, 2, 3, 4]), "features/block 4": f32([2, 6, 5]) },
      { ...times, grid: "3x2" },
    );
    const { layers, timesS } = await known(file);
    expect(layers.map(({ label, grid }) => [label, grid])).toEqual([
      ["block 4", { F: 2, H: 3, W: 2, C: 5 }],
      ["block 12", { F: 2, H: 2, W: 3, C: 4 }],
    ]);
    expect(timesS).toEqual([0, 0.5]);
  });

  test("a name, else the encoder of an export, else the file's", async () => {
    const features = { features: f32([2, 1, 1, 1]) };
    expect((await known(fileOf(features, { ...times, name: "block 18", encoder: "x" }))).name).toBe("block 18");
    expect((await known(fileOf(features, { ...times, encoder: "xfeat" }))).name).toBe("xfeat");
    expect((await known(fileOf(features, times))).name).toBe("mine");
  });

  test("frames inside give the moments: by their rate, by which of them, or by the times of as many features", async () => {
    const tensors = { features: f32([2, 1, 1, 1]), frames: u8([2, 16, 16, 3]) };
    expect((await known(fileOf(tensors, { fps: "4" }))).timesS).toEqual([0, 0.25]);
    const uneven = await known(fileOf(tensors, { frame_times_s: "1,1.5" }));
    expect([uneven.timesS, uneven.frames?.fps]).toEqual([[0, 0.5], 2]);
    const more = { ...tensors, frames: u8([9, 16, 16, 3]) };
    expect((await known(fileOf(more, { fps: "8", frame_indices: "2,6" }))).timesS).toEqual([0.25, 0.75]);
  });

  test("what it does not say is asked, with a guess by the clip that is open", async () => {
    const found = await described(fileOf({ features: f32([4, 12, 2]) }));
    if (!isAsking(found)) throw new Error("asked nothing");
    expect(found).toMatchObject({
      F: 4,
      tokens: 12,
      times: true,
      guess: { name: "mine", grid: [3, 4], fps: 2, startS: 0 },
    });
    // 320×240 is 4 to 3, so 3 rows of 4 come first; every other factor is offered.
    expect(found.grids.map(String)).toEqual(["3,4", "4,3", "2,6", "6,2", "1,12", "12,1"]);
    const { layers, timesS } = await known(fileOf({ features: f32([4, 12, 2]) }), {
      ...found.guess,
      grid: [2, 6],
      startS: 1,
    });
    expect([layers[0].grid, timesS]).toEqual([{ F: 4, H: 2, W: 6, C: 2 }, [1, 1.5, 2, 2.5]]);
  });
});

test("an encoder's id is all that a link needs, whatever the name holds", () => {
  const name = fc.string({ minLength: 1, maxLength: 60, unit: "grapheme" });
  const size = fc.integer({ min: 1, max: 999_999 });
  const layer = fc.record({
    hash: fc.constant("0123456789abcdef"),
    F: size,
    H: size,
    W: size,
    layer: fc.nat(99),
    name,
  });
  fc.assert(
    fc.property(layer, (one) => {
      const id = broughtId(one);
      expect(isBroughtId(id)).toBe(true);
      expect(broughtLayer(id)).toEqual(one);
    }),
  );
  for (const wrong of [
    "xfeat",
    "features:",
    "features:0123456789abcdef:0x1x1:0:n",
    "features:0123456789abcdeg:1x1x1:0:n",
  ]) {
    expect(isBroughtId(wrong)).toBe(false);
  }
});

describe("a malformed file is refused with a sentence that has both values", () => {
  const features = f32([2, 2, 2, 3]);
  const times = { frame_times_s: "0,0.5" };
  const hostile = (value: number) => f32([2, 2, 2, 3], (i) => (i === 17 ? value : i));
  const bytes = writeSafetensors({ features }, times);
  const header = (text: string) => {
    const json = new TextEncoder().encode(text);
    const out = new Uint8Array(8 + json.length);
    new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true);
    out.set(json, 8);
    return new Blob([out]);
  };
  const long = new Uint8Array(16);
  new DataView(long.buffer).setBigUint64(0, 2n ** 40n, true);
  const frames = (shape: readonly number[]) => ({ features, frames: u8(shape) });

  test.each<[string, Blob, RegExp]>([
    ["shorter than a header's length", new Blob([bytes.subarray(0, 5)]), /8 bytes of header length, this file has 5/],
    ["a header too long", new Blob([long]), /claims 1099511627776 bytes, longer than the 8/],
    ["a header that is no JSON", header("pickle"), /header is not JSON/],
    ["cut short", new Blob([bytes.subarray(0, -4)]), /ends at byte 96 of the data, which has 92/],
    [
      "a wrong product of its shape",
      header(JSON.stringify({ features: { dtype: "F32", shape: [2, 2, 2, 3], data_offsets: [0, 0] } })),
      /\[2,2,2,3\] needs 96 bytes, its offsets hold 0/,
    ],
    ["no features", fileOf({ weights: features }), /no tensor "features"/],
    [
      "whole numbers",
      fileOf({ features: { dtype: "I32", shape: [2, 1, 1, 1], data: new Int32Array(2) } }),
      /is I32: features are F32, F16, BF16/,
    ],
    ["two clips", fileOf({ features: f32([2, 2, 1, 1, 1]) }), /2 clips in front.*features\[0\]/],
    ["a batch of one", fileOf({ features: f32([1, 2, 1, 1, 1]) }), /one clip in front.*features\[0\]/],
    ["flat tokens", fileOf({ features: f32([8, 3]) }), /\[F, H, W, C\] or \[F, S, C\], got \[8,3\]/],
    ["one frame", fileOf({ features: f32([1, 2, 2, 3]) }), /has 1 frame, and at least 2/],
    ["an empty side", fileOf({ features: f32([2, 0, 2, 3]) }), /is empty/],
    [
      "layers of two clips",
      fileOf({ "features.a": features, "features.b": f32([3, 2, 2, 3]) }),
      /"features.a" has 2 frames and "features.b" has 3/,
    ],
    [
      "layers of two sizes and no grid",
      fileOf({ "features.a": f32([2, 4, 1]), "features.b": f32([2, 9, 1]) }),
      /4 tokens a frame and "features.b" has 9/,
    ],
    [
      "a grid that is none",
      fileOf({ features: f32([2, 4, 1]) }, { ...times, grid: "2 by 2" }),
      /rows x columns as in "10x15", got "2 by 2"/,
    ],
    [
      "a class token",
      fileOf({ features: f32([2, 5, 1]) }, { ...times, grid: "2x2" }),
      /5 tokens a frame and the grid of 2×2 has 4: leave out the token/,
    ],
    [
      "times backwards",
      fileOf({ features }, { frame_times_s: "0.5,0" }),
      /frame 1 has 0, and must have later than 0.5/,
    ],
    [
      "a time twice",
      fileOf({ features }, { frame_times_s: "0.5,0.5" }),
      /frame 1 has 0.5, and must have later than 0.5/,
    ],
    [
      "times before the clip",
      fileOf({ features }, { frame_times_s: "-1,0" }),
      /frame 0 has -1, and must have 0 or more/,
    ],
    ["too few times", fileOf({ features }, { frame_times_s: "0" }), /must list 2 numbers, one a frame, got 1/],
    ["times that are words", fileOf({ features }, { frame_times_s: "0,soon" }), /frame 1 has NaN/],
    [
      "frames of another kind",
      fileOf({ features, frames: f32([2, 16, 16, 3]) }, times),
      /"frames" must be U8 \[F, height, width, 3\], got F32/,
    ],
    ["frames with the channels first", fileOf(frames([2, 3, 16, 16]), times), /got U8 \[2,3,16,16\]/],
    ["frames too small", fileOf(frames([2, 8, 16, 3]), times), /16×8 px, and a side must have 16/],
    [
      "frames of another number",
      fileOf(frames([3, 16, 16, 3]), { fps: "8" }),
      /features have 2 frames and tensor "frames" has 3/,
    ],
    [
      "an index beyond the frames",
      fileOf(frames([3, 16, 16, 3]), { fps: "8", frame_indices: "0,3" }),
      /count the 3 frames from 0, got 3/,
    ],
    ["no rate", fileOf(frames([2, 16, 16, 3]), { fps: "0" }), /"fps" must be a number over 0, got "0"/],
    ["a NaN", fileOf({ features: hostile(Number.NaN) }, times), /hold NaN at frame 1, row 0, column 1, channel 2/],
    ["an infinity", fileOf({ features: hostile(Number.NEGATIVE_INFINITY) }, times), /hold -Infinity at frame 1/],
  ])("%s", async (_, file, sentence) => {
    const reading = known(file).then(({ layers }) => readLayer(file, layers[0]));
    const error: unknown = await reading.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Error);
    const { message } = error as Error;
    expect(message).toMatch(sentence);
    expect(message).not.toMatch(/\n/);
  });
});
