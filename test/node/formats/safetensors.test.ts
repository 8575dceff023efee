// The safetensors reader and writer: round trips, alignment, and one sentence for each way a file can be broken.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSafetensors, type Tensor, tensorOf, writeSafetensors } from "../../../src/formats/safetensors.ts";

/** A file with this header text and `dataBytes` bytes of data, whatever the writer would say about it. */
function forge(header: unknown, dataBytes: number, headerLength?: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength ?? json.length), true);
  bytes.set(json, 8);
  return bytes;
}
const entry = (dtype: string, shape: unknown, data_offsets: unknown) => ({ dtype, shape, data_offsets });

describe("round trip", () => {
  const tensors: Record<string, Tensor> = {
    teacher: { dtype: "F32", shape: [2, 3], data: Float32Array.of(1, -2, 3, Number.NaN, 5, 6) },
    mask: { dtype: "U8", shape: [3], data: Uint8Array.of(0, 1, 1) },
    precise: { dtype: "F64", shape: [1], data: Float64Array.of(Math.PI) },
    half: { dtype: "F16", shape: [2], data: Uint16Array.of(0x3c00, 0x7bff) },
    signed: { dtype: "I32", shape: [], data: Int32Array.of(-7) },
    index: { dtype: "U32", shape: [1, 1], data: Uint32Array.of(2 ** 32 - 1) },
    long: { dtype: "I64", shape: [1], data: BigInt64Array.of(-(2n ** 62n)) },
    unsigned: { dtype: "U64", shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
    short: { dtype: "I16", shape: [2], data: Int16Array.of(-1, 7) },
    word: { dtype: "U16", shape: [1], data: Uint16Array.of(65535) },
    byte: { dtype: "I8", shape: [1], data: Int8Array.of(-128) },
    brain: { dtype: "BF16", shape: [1], data: Uint16Array.of(0x3f80) },
    flags: { dtype: "BOOL", shape: [2], data: Uint8Array.of(0, 1) },
    eighth: { dtype: "F8_E4M3", shape: [1], data: Uint8Array.of(0x38) },
    empty: { dtype: "F32", shape: [0, 4], data: new Float32Array(0) },
  };

  test("every dtype comes back, with metadata and at any alignment of the file in memory", () => {
    const file = writeSafetensors(tensors, { loss: "tsa", tau: "0.1" });
    const shifted = new Uint8Array(file.length + 3).subarray(3);
    shifted.set(file);
    for (const bytes of [file, shifted, Buffer.from(shifted)]) {
      const parsed = parseSafetensors(bytes);
      expect(Object.fromEntries(parsed.tensors)).toEqual(tensors);
      expect(parsed.metadata).toEqual({ loss: "tsa", tau: "0.1" });
    }
  });

  test("the data starts at a multiple of 8 and missing metadata is empty", () => {
    const file = writeSafetensors({ a: tensors.mask });
    expect(Number(new DataView(file.buffer).getBigUint64(0, true)) % 8).toBe(0);
    expect(parseSafetensors(file).metadata).toEqual({});
  });

  test("any floats under any names", () => {
    const names = fc.string().filter((name) => name !== "__metadata__" && name !== "__proto__");
    fc.assert(
      fc.property(fc.dictionary(names, fc.float32Array(), { maxKeys: 6 }), (arrays) => {
        const given = Object.entries(arrays).map(([name, data]) => [
          name,
          { dtype: "F32", shape: [data.length], data },
        ]);
        const parsed = parseSafetensors(writeSafetensors(Object.fromEntries(given)));
        expect(Object.fromEntries(parsed.tensors)).toEqual(Object.fromEntries(given));
      }),
    );
  });
});

const sentenceOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error("nothing was refused");
};

describe("a tensor that nobody needs", () => {
  const data = Uint8Array.of(1, 2, 3, 4);
  /** As many values as fit two bytes; of an unknown dtype nobody knows. */
  const sizeOf = (dtype: string) => [dtype === "BF16" ? 1 : 2];
  const header = (dtype: string) => ({ frames: entry("U8", [4], [0, 4]), other: entry(dtype, sizeOf(dtype), [4, 6]) });
  const fileWith = (dtype: string) => {
    const bytes = forge(header(dtype), 6);
    bytes.set(data, bytes.length - 6);
    return parseSafetensors(bytes);
  };

  test.each(["BF16", "BOOL", "F8_E5M2", "F4", "toString", "of next year"])("may be %s", (dtype) => {
    const file = fileWith(dtype);
    expect(tensorOf(file, "frames", "U8")).toEqual({ shape: [4], data });
    const other = file.tensors.get("other");
    expect([other?.dtype, other?.shape, other?.data.byteLength]).toEqual([dtype, sizeOf(dtype), 2]);
    expect(() => tensorOf(file, "other", "F32")).toThrow(`tensor "other" must be F32, got ${dtype} [${sizeOf(dtype)}]`);
  });

  test("bytes are not taken for U8 because an array of bytes holds them", () => {
    expect(() => tensorOf(fileWith("BOOL"), "other", "U8")).toThrow('"other" must be U8, got BOOL [2]');
  });
});

describe("a broken file is named in one sentence", () => {
  test.each([
    ["too short", new Uint8Array(5), /8 bytes of header length, this file has 5 bytes/],
    ["header longer than file", forge({}, 0, 999), /claims 999 bytes, longer than the 2 bytes/],
    ["absurd header length", forge({}, 0, Number.MAX_SAFE_INTEGER), /claims 9007199254740991 bytes/],
    ["not JSON", forge("{oops", 0), /header is not JSON/],
    ["not an object", forge("[1]", 0), /not a JSON object/],
    ["entry not an object", forge({ a: 3 }, 0), /tensor "a" is not described/],
    ["no dtype", forge({ a: { shape: [1], data_offsets: [0, 2] } }, 2), /dtype undefined, not a name/],
    ["bytes of a known dtype", forge({ a: entry("BF16", [3], [0, 2]) }, 2), /BF16 \[3\] needs 6 bytes/],
    ["negative size", forge({ a: entry("F32", [-1], [0, 4]) }, 4), /shape \[-1\]/],
    ["fractional size", forge({ a: entry("F32", [0.5], [0, 2]) }, 2), /shape \[0.5\]/],
    ["no shape", forge({ a: { dtype: "F32", data_offsets: [0, 4] } }, 4), /shape undefined/],
    ["backward offsets", forge({ a: entry("F32", [1], [4, 0]) }, 4), /offsets \[4,0\]/],
    [
      "end behind the file",
      forge({ a: entry("F32", [2], [0, 8]) }, 4),
      /ends at byte 8 .* 4 bytes: the file is cut short/,
    ],
    ["shape and bytes differ", forge({ a: entry("F32", [3], [0, 8]) }, 8), /needs 12 bytes, its offsets hold 8/],
    [
      "overlap",
      forge({ a: entry("F32", [1], [0, 4]), b: entry("F32", [1], [0, 4]) }, 4),
      /tensor "b" begins at byte 0 of the data, expected 4/,
    ],
    ["gap", forge({ a: entry("F32", [1], [4, 8]) }, 8), /begins at byte 4 .* expected 0/],
    ["bytes left over", forge({ a: entry("F32", [1], [0, 4]) }, 9), /fill 4 bytes, the file holds 9/],
    ["metadata not text", forge({ __metadata__: { tau: 0.1 } }, 0), /metadata "tau" must be text, got 0.1/],
    ["metadata not an object", forge({ __metadata__: "tau" }, 0), /__metadata__ is not a JSON object/],
  ])("%s", (_, bytes, message) => {
    expect(() => parseSafetensors(bytes)).toThrow(message);
  });

  test("whatever is wrong, the sentence is no longer than a few lines", () => {
    const long = "x".repeat(1e6);
    const deep = `${"[".repeat(2e5)}${"]".repeat(2e5)}`;
    const broken = [
      forge({ [long]: 3 }, 0),
      forge({ a: entry("F32", Array(1e5).fill(-1), [0, 4]) }, 4),
      forge(`{"a":{"dtype":"F32","shape":${deep},"data_offsets":[0,4]}}`, 4),
      forge({ __metadata__: { [long]: [long] } }, 0),
    ];
    for (const bytes of broken) {
      const why = sentenceOf(() => parseSafetensors(bytes));
      expect(why).toMatch(/tensor|metadata/);
      expect(why.length).toBeLessThan(300);
    }
    const many = Array.from({ length: 500 }, (_, i) => [`layer${i}.weight`, entry("F32", [0], [0, 0])]);
    const file = parseSafetensors(forge(Object.fromEntries(many), 0));
    expect(sentenceOf(() => tensorOf(file, "frames", "U8"))).toBe(
      'the file has no tensor "frames" of U8, it holds layer0.weight, layer1.weight, layer2.weight, layer3.weight and 496 more',
    );
  });

  test("the writer refuses a wrong shape, a wrong array and the reserved name", () => {
    const data = Float32Array.of(1, 2);
    expect(() => writeSafetensors({ a: { dtype: "F32", shape: [3], data } })).toThrow(
      /\[3\] = 3 values, its data has 2/,
    );
    expect(() => writeSafetensors({ a: { dtype: "F64", shape: [2], data } })).toThrow(
      /takes Float64Array, got Float32Array/,
    );
    expect(() => writeSafetensors({ __metadata__: { dtype: "F32", shape: [2], data } })).toThrow(/header's own key/);
  });
});
