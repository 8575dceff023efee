// Models of the user's own: what their files say, what is guessed, how frames go in and tokens come out, a sentence for each way it fails.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encoderTraits } from "../../../src/encoders/input.ts";
import { guessModel } from "../../../src/encoders/model_guess.ts";
import { modelInput } from "../../../src/encoders/model_input.ts";
import { fitted, outputForm, tokensOf } from "../../../src/encoders/model_output.ts";
import { modelProblem } from "../../../src/encoders/own_encoder.ts";
import {
  isModelId,
  LAYOUTS,
  type ModelSpec,
  modelId,
  ownModel,
  RANGES,
  whyNoId,
} from "../../../src/encoders/own_model.ts";
import { type OnnxFile, readOnnx } from "../../../src/formats/onnx.ts";
import { SPEC } from "../../support/own_model.ts";

const bytesOf = (name: string) => new Uint8Array(readFileSync(`test/fixtures/brought/${name}`));
const guessed = (name: string) => guessModel(readOnnx(bytesOf(name)));

describe("what PyTorch exported is read, and the guess is right but for what only a run can tell", () => {
  test("tokens of single frames", () => {
    const { spec, fixed, outputs, input } = guessed("vit.onnx");
    expect(spec).toEqual({ ...SPEC, height: 56, width: 56, skip: 0, output: "last_hidden_state" });
    expect([fixed, outputs, input.dims]).toEqual([
      { frames: true, size: true },
      ["last_hidden_state", "pooled"],
      [1, 3, 56, 56],
    ]);
    expect(fitted([1, 17, 8], spec)).toEqual({ patch: 14, tubelet: 1, skip: 1 });
  });

  test("a map of any size from frames whose colours come last, which the model centres itself", () => {
    const { spec, fixed } = guessed("map.onnx");
    expect(spec).toMatchObject({ layout: "NHWC", range: "0..1", height: 224, width: 224, patch: 4 });
    expect(fixed).toEqual({ frames: true, size: false });
    expect(fitted([1, 6, 28, 28], spec)).toEqual({ patch: 8, tubelet: 1, skip: 0 });
  });

  test("tubelets of a clip", () => {
    const { spec, fixed } = guessed("clip.onnx");
    expect(spec).toMatchObject({ layout: "NTCHW", frames: 4, patch: 8, tubelet: 2, output: "tokens" });
    expect(fixed).toEqual({ frames: true, size: true });
    expect(outputForm([1, 98, 6], spec)).toMatchObject({ t: 2, H: 7, W: 7, C: 6, start: 0 });
  });

  test("weights outside, and what its own metadata says", () => {
    expect(readOnnx(bytesOf("vit_outside.onnx")).external).toEqual(["vit_outside.onnx.data"]);
    const file: OnnxFile = {
      ...readOnnx(bytesOf("vit.onnx")),
      metadata: { mean: "[0.5, 0.5, 0.5]", patch_size: "7", num_prefix_tokens: "5" },
    };
    expect(guessModel(file).spec).toMatchObject({ range: "-1..1", patch: 7, skip: 5 });
  });
});

test("frames go in by layout and range, a value for each", () => {
  const frame = (value: number) => new Uint8ClampedArray(4 * 2 * 3).map((_, i) => value + i);
  const sizes = { height: 2, width: 3, patch: 1, skip: 0 };
  for (const layout of LAYOUTS) {
    const frames = layout.length === 5 ? [frame(0), frame(100)] : [frame(0)];
    const { data, shape } = modelInput(frames, { ...SPEC, ...sizes, layout, range: "0..255", frames: frames.length });
    const at = (place: Readonly<Record<string, number>>) =>
      [...layout].reduce((index, letter, i) => index * shape[i] + (place[letter] ?? 0), 0);
    for (const [T, pixels] of frames.entries()) {
      for (const [H, W, C] of [
        [0, 0, 0],
        [1, 2, 1],
        [0, 1, 2],
      ]) {
        // float32 of a byte over 255 and back.
        expect(data[at({ T, C, H, W })]).toBeCloseTo(pixels[4 * (3 * H + W) + C], 4);
      }
    }
  }
  const one = (range: ModelSpec["range"]) =>
    modelInput([Uint8ClampedArray.of(255, 0, 51, 9)], { ...SPEC, height: 1, width: 1, range }).data;
  expect(Array.from(one("0..1"))).toEqual([1, 0, Math.fround(0.2)]);
  expect(Array.from(one("-1..1"))).toEqual([1, -1, Math.fround(-0.6)]);
  expect(one("imagenet")[1]).toBeCloseTo(-0.456 / 0.224, 6);
});

test("tokens come out of every form of output alike", () => {
  const spec = { ...SPEC, layout: "NTCHW", frames: 4, tubelet: 2, height: 28, width: 42, skip: 2 } as const;
  const [t, H, W, C] = [2, 2, 3, 4];
  const value = (time: number, row: number, col: number, c: number) => 1000 * time + 100 * row + 10 * col + c;
  const places = Array.from(
    { length: t * H * W },
    (_, i) => [Math.floor(i / 6), Math.floor(i / 3) % 2, i % 3] as const,
  );
  const expected = Float32Array.from(
    places.flatMap(([a, b, c]) => Array.from({ length: C }, (_, k) => value(a, b, c, k))),
  );
  const inFront = Float32Array.from(
    Array.from({ length: C }, (_, k) => places.map(([a, b, c]) => value(a, b, c, k))).flat(),
  );
  expect(
    tokensOf(Float32Array.of(...new Array<number>(2 * C).fill(-1), ...expected), outputForm([1, 14, 4], spec)),
  ).toEqual(expected);
  expect(tokensOf(expected, outputForm([1, 2, 2, 3, 4], spec))).toEqual(expected);
  expect(tokensOf(inFront, outputForm([1, 4, 2, 2, 3], spec))).toEqual(expected);
});

test("an id holds all of a model, and nothing else is one", () => {
  const whole = (min: number, max: number) => fc.integer({ min, max });
  const spec = fc.record({
    hash: fc.stringMatching(/^[0-9a-f]{16}$/),
    layout: fc.constantFrom(...LAYOUTS),
    range: fc.constantFrom(...RANGES),
    frames: whole(1, 128),
    height: whole(8, 2048),
    width: whole(8, 2048),
    patch: whole(1, 512),
    tubelet: whole(1, 16),
    skip: whole(0, 64),
    output: fc.stringMatching(/^[\w./:]{1,20}$/),
    name: fc.stringMatching(/^[^\p{Cc}]{1,40}$/u),
  });
  fc.assert(
    fc.property(spec, (model) => {
      const id = modelId(model);
      expect([isModelId(id), ownModel(id)]).toEqual([true, model]);
    }),
  );
  for (const other of ["model:1:x", "xfeat", "features:0123456789abcdef:4x14x20:0:a"])
    expect(isModelId(other)).toBe(false);
});

test("an output may be named by a path of modules; what no id has room for is said, and a damaged link is no model", () => {
  const of = (part: Partial<ModelSpec>) => ({ ...SPEC, ...part, hash: "0123456789abcdef", name: "m" });
  const long = of({ output: "/vision_model/encoder/layers.23/layer_norm2/LayerNormalization_output_0" });
  expect([whyNoId(long), ownModel(modelId(long))]).toEqual([null, long]);
  expect(whyNoId(of({ output: "/a".repeat(70) }))).toMatch(
    /^the name of its output “\/a\/a.*” takes 280 characters in a link, which has room for 240/,
  );
  expect(whyNoId(of({ patch: 1000 }))).toMatch(/^1 frames of 84×56 px in patches of 1000 px are beyond/);
  const damaged = modelId(long).replace("%2F", "%zz");
  expect(isModelId(damaged)).toBe(false);
  expect(() => ownModel(damaged as typeof damaged & `model:${string}`)).toThrow(RangeError);
});

test("the clip is cut in the model's own pixels where its patches are usual, else in 16 px a token", () => {
  const traits = (part: Partial<ModelSpec>) =>
    encoderTraits(modelId({ ...SPEC, ...part, hash: "0123456789abcdef", name: "m" })).fixed;
  expect(traits({})).toEqual({ frames: null, size: { width: 84, height: 56 }, token: 14, tubelet: 1 });
  expect(traits({ patch: 7 })).toMatchObject({ size: { width: 192, height: 128 }, token: 16 });
  expect(traits({ layout: "NTCHW", frames: 16, tubelet: 2 })).toMatchObject({ frames: 16, tubelet: 2 });
});

describe("a sentence for each way in which a model is wrong", () => {
  test("whatever is cut from a file, or put in its place, is read or refused in one sentence", () => {
    const whole = bytesOf("vit.onnx").subarray(0, 3000);
    const damaged = fc.tuple(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255)).map(([length, at, value]) => {
      const bytes = whole.slice(0, length);
      if (at < length) bytes[at] = value;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        try {
          guessModel(readOnnx(bytes));
        } catch (error) {
          expect((error as Error).message).toMatch(
            /^(this is no ONNX file|the model has|its input|none of its outputs)/,
          );
        }
      }),
      { numRuns: 300 },
    );
    expect(() => readOnnx(new Uint8Array(0))).toThrow(/no ONNX file, or it is cut short \(it has no graph\)/);
  });

  const file = (dims: readonly (number | null)[], part: Partial<OnnxFile> = {}): OnnxFile => ({
    inputs: [{ name: "x", type: 1, dims }],
    outputs: [{ name: "y", type: 1, dims: [] }],
    nodes: [],
    metadata: {},
    external: [],
    ...part,
  });
  const input = (name: string, type = 1) => ({ name, type, dims: [1, 3, 8, 8] });
  test.each([
    ["no input", file([], { inputs: [] }), /no input/],
    [
      "a mask beside the frames",
      file([], { inputs: [input("pixels"), input("mask")] }),
      /has 2 inputs \(pixels, mask\)/,
    ],
    ["half precision", file([], { inputs: [input("x", 10)] }), /"x" is float16: export it for float32/],
    ["text in", file([1, 77]), /"x" has 2 sides/],
    ["one colour", file([1, 1, 28, 28]), /"x" has 1 colours: frames have 3/],
    [
      "whole numbers out",
      file([1, 3, 8, 8], { outputs: [{ name: "y", type: 7, dims: [1] }] }),
      /none of its outputs is float32/,
    ],
  ])("%s", (_, model, sentence) => {
    expect(() => guessModel(model)).toThrow(sentence);
  });

  test.each([
    [
      [1, 8],
      /gives \[1,8\] for a frame of 84×56 px, one vector for all of it: export its tokens before they are pooled/,
    ],
    [[2, 25, 8], /first side must be 1/],
    [[1, 24, 8], /24 tokens: 4×6 of 14 px are 24 and 1 in front; patches of 14 px would fit/],
    [[1, 8, 7, 10], /4×6 tokens of 14 px are neither behind its channels nor before them/],
    [[1, 8, 7, 10.5], /neither/],
  ])("an output of %j", (shape, sentence) => {
    expect(() => outputForm(shape, SPEC)).toThrow(sentence);
  });

  test.each([
    ["Could not find an implementation for GridSample(20) node with name '/a'", "no operator GridSample in version 20"],
    [
      "ERROR_MESSAGE: Fatal error: com.example:Sharpen(-1) is not a registered function/op",
      "no operator com.example:Sharpen:",
    ],
    ["No Op registered for Foo with domain_version of 21", "no operator Foo in version 21"],
    [
      "Got invalid dimensions for input: x for the following indices\n index: 2 Got: 5 Expected: 6",
      "does not take frames in this form: x for the following",
    ],
    ["something else", "cannot run it: something else"],
  ])("onnxruntime's “%s”", (message, sentence) => {
    expect(modelProblem(new Error(message))).toContain(sentence);
  });
});
