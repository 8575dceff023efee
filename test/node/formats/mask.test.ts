// Masks of the user's own: what the files may hold, the rule by which they become tokens, and a sentence for each way they are wrong.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkDepth,
  framesOfMask,
  type MaskFrames,
  maskOfNpz,
  maskOfPictures,
  maskOfSafetensors,
  tokensOfMask,
} from "../../../src/formats/mask_file.ts";
import { isMaskId, maskId, maskParts } from "../../../src/formats/mask_id.ts";
import { openNpz } from "../../../src/formats/npz.ts";
import { writeSafetensors } from "../../../src/formats/safetensors.ts";
import { dabbed, spread } from "../../../src/state/mask/brush.ts";
import { npy, npz } from "../../support/npz.ts";

const maskOf = (count: number, height: number, width: number, marks: readonly number[]): MaskFrames => ({
  count,
  height,
  width,
  marks: Uint8Array.from(marks),
  indices: null,
});

test("a token is kept where at least half of its area is marked", () => {
  // 2×4 pixels to 1×2 tokens: two of four pixels are half, one is not.
  expect(tokensOfMask(maskOf(1, 2, 4, [1, 0, 1, 0, 1, 0, 0, 0]), [0], { H: 1, W: 2 }, 1)).toEqual(Uint8Array.of(1, 0));
  // 1×3 pixels to 1×2 tokens: the middle pixel is shared by both, a third of each.
  expect(tokensOfMask(maskOf(1, 1, 3, [0, 1, 0]), [0], { H: 1, W: 2 }, 1)).toEqual(Uint8Array.of(0, 0));
  expect(tokensOfMask(maskOf(1, 1, 3, [1, 0, 0]), [0], { H: 1, W: 2 }, 1)).toEqual(Uint8Array.of(1, 0));
  // A coarser mask than the grid; and both frames of a tubelet together, half of whose area is marked.
  const two = maskOf(2, 1, 2, [1, 0, 0, 0]);
  expect(tokensOfMask(two, [0, 1], { H: 2, W: 4 }, 1)).toEqual(
    Uint8Array.of(1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  );
  expect(tokensOfMask(two, [0, 1], { H: 1, W: 2 }, 2)).toEqual(Uint8Array.of(1, 0, 1, 0));
});

test("a painted mask comes back from its file, token for token, on its own grid", async () => {
  const sizes = fc.tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 6 }),
  );
  await fc.assert(
    fc.asyncProperty(sizes, fc.infiniteStream(fc.constantFrom(0, 1)), async ([F, H, W], bits) => {
      const data = Uint8Array.from({ length: F * H * W }, () => bits.next().value ?? 0);
      const indices = Array.from({ length: F }, (_, f) => 3 * f);
      const file = new Blob([
        writeSafetensors({ mask: { dtype: "U8", shape: [F, H, W], data } }, { frame_indices: indices.join() }),
      ]);
      const mask = await maskOfSafetensors(file);
      expect(framesOfMask(mask, 3 * F, [])).toEqual(indices);
      expect(
        tokensOfMask(
          mask,
          indices.map((_, f) => f),
          { H, W },
          1,
        ),
      ).toEqual(data);
      const fromArray = await maskOfNpz(await openNpz(npz({ mask: npy("|u1", [F, H, W], data) }, true)));
      expect(fromArray.marks).toEqual(data);
    }),
    { numRuns: 40 },
  );
});

test("of a picture all that is not black is marked, of numbers all that is not 0", async () => {
  const rgba = Uint8ClampedArray.of(0, 0, 0, 255, 128, 0, 0, 255, 0, 0, 0, 0, 255, 255, 255, 255);
  const read = async () => ({ width: 2, height: 2, data: rgba });
  expect((await maskOfPictures([{ name: "a.png" }], read)).marks).toEqual(Uint8Array.of(0, 1, 0, 1));
  const found = await maskOfNpz(
    await openNpz(npz({ masks: npy("<f4", [2, 2], Float32Array.of(0, 0.2, -1, 0)) }, false)),
  );
  expect([found.count, found.marks]).toEqual([1, Uint8Array.of(0, 1, 1, 0)]);
});

test("pictures become marks one after another: no two are decoded at once", async () => {
  const data = new Uint8ClampedArray(4 * 2);
  const files = [0, 1, 2].map((marked) => ({ name: `${marked}.png`, width: marked === 2 ? 1 : 2, marked }));
  const read = async ({ width, marked }: (typeof files)[number]) => {
    data.fill(0).set([9, 9, 9, 255], 4 * (marked % 2));
    return { width, height: 1, data };
  };
  const { count, width, height, marks } = await maskOfPictures(files.slice(0, 2), read);
  expect([count, width, height, marks]).toEqual([2, 2, 1, Uint8Array.of(1, 0, 0, 1)]);
  await expect(maskOfPictures(files, read)).rejects.toThrow(
    "it is 2×1 px and 2.png is 1×1: the pictures of a mask have one size",
  );
});

test("no room is made for more marks than are held", async () => {
  const read = async () => ({ width: 20000, height: 30000, data: new Uint8ClampedArray() });
  await expect(maskOfPictures([{ name: "1.png" }, { name: "2.png" }], read)).rejects.toThrow(
    "a mask of 2 pictures of 20000×30000 px has 1200000000 marks and 1073741824 are held at the most",
  );
  const header = JSON.stringify({ mask: { dtype: "U8", shape: [2, 20000, 30000], data_offsets: [0, 1.2e9] } });
  const length = new BigUint64Array([BigInt(header.length)]);
  const file = Object.defineProperty(new Blob([length, header]), "size", { value: 8 + header.length + 1.2e9 });
  await expect(maskOfSafetensors(file)).rejects.toThrow(
    'tensor "mask" [2,20000,30000] has 1200000000 marks and 1073741824 are held at the most',
  );
});

test("which frames a mask is of: one for all, all of the clip, those that are looked at", () => {
  const frames = (count: number) => framesOfMask(maskOf(count, 1, 1, new Array<number>(count).fill(1)), 24, [0, 6, 12]);
  expect(frames(1)).toBe(null);
  expect(frames(24)).toEqual(Array.from({ length: 24 }, (_, f) => f));
  expect(frames(3)).toEqual([0, 6, 12]);
  expect(() => frames(5)).toThrow(
    "the mask has 5 frames, and the clip has 24, of which 3 are looked at: write 1, 3 or 24",
  );
});

test("a name survives an id, and the brush keeps to its frame", () => {
  const id = maskId("0123456789abcdef", "a: b\nc");
  expect([isMaskId(id), maskParts(id)]).toEqual([true, { hash: "0123456789abcdef", name: "a: b c" }]);
  const empty = new Uint8Array(2 * 2 * 3);
  const one = dabbed(empty, { H: 2, W: 3 }, [1, 0, 2], 3, 1);
  expect(one).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 1));
  expect(dabbed(one, { H: 2, W: 3 }, [1, 1, 1], 1, 0)).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1));
  expect(spread(one, { H: 2, W: 3 }, 1).subarray(0, 6)).toEqual(one.subarray(6));
});

describe("a sentence for each way in which a mask is wrong", () => {
  test("16 bits a sample, of which a browser sees 8: numbers of things from 1 to 127 would all be black", async () => {
    // Signature and first chunk: 2×1 pixels of grey.
    const png = (depth: number) => {
      const head = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];
      return new File([Uint8Array.of(...head, 0, 0, 0, 2, 0, 0, 0, 1, depth, 0, 0, 0, 0)], "ids.png");
    };
    await expect(checkDepth(png(16))).rejects.toThrow(
      /^ids\.png has 16 bits a sample, of which a browser sees the upper 8: write an 8-bit PNG/,
    );
    const others = [png(1), png(8), new File([new Uint8Array(40).fill(16)], "a.bmp"), new File([], "empty.png")];
    for (const file of others) await expect(checkDepth(file)).resolves.toBeUndefined();
  });

  const tensor = (dtype: "U8" | "F32", shape: readonly number[], metadata: Record<string, string> = {}) => {
    const length = shape.reduce((a, b) => a * b, 1);
    const data = dtype === "U8" ? new Uint8Array(length) : new Float32Array(length);
    return new Blob([writeSafetensors({ mask: { dtype, shape, data } }, metadata)]);
  };
  test.each([
    ["other numbers", tensor("F32", [2, 2, 2]), /"mask" is F32: a mask is U8 or BOOL/],
    ["four sides", tensor("U8", [1, 2, 2, 2]), /must be \[F, H, W\], or \[H, W\] for every frame, got \[1,2,2,2\]/],
    ["nothing in it", tensor("U8", [0, 2, 2]), /got \[0,2,2\]/],
    ["too few indices", tensor("U8", [2, 2, 2], { frame_indices: "1" }), /must list 2 frames/],
    ["indices backwards", tensor("U8", [2, 2, 2], { frame_indices: "4,2" }), /rising from 0 on, got "4,2"/],
    [
      "no tensor of it",
      new Blob([writeSafetensors({ a: { dtype: "U8", shape: [1], data: new Uint8Array(1) } })]),
      /no tensor "mask"/,
    ],
  ])("%s", async (_, file, sentence) => {
    await expect(maskOfSafetensors(file)).rejects.toThrow(sentence);
  });

  test("no array of it, NaN in it, a pickle of it, and of another clip", async () => {
    const read = async (arrays: Parameters<typeof npz>[0]) => maskOfNpz(await openNpz(npz(arrays, false)));
    await expect(read({ a: npy("|u1", [1], new Uint8Array(1)) })).rejects.toThrow(
      /no array "mask" \[F, H, W\], it holds "a"/,
    );
    await expect(read({ mask: npy("<f4", [1, 2], Float32Array.of(0, Number.NaN)) })).rejects.toThrow(
      /"mask" holds NaN at 1/,
    );
    await expect(read({ mask: npy("|O", [1, 2], new Uint8Array(16)) })).rejects.toThrow(
      /holds Python objects.*never opened/,
    );
    expect(() => framesOfMask({ ...maskOf(1, 1, 1, [1]), indices: [30] }, 24, [])).toThrow(
      /of frame 30 and the clip has frames 0 to 23/,
    );
  });
});
