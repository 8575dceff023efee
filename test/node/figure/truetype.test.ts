import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { TrueType } from "../../../src/figure/truetype.ts";

const bytes = Uint8Array.from(readFileSync("node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf"));
const font = new TrueType(bytes);
const glyph = (letter: string) => font.glyphOf(letter.codePointAt(0) ?? 0);

test("the font has the letters of our figures, and their widths", () => {
  for (const letter of "aZ0 .,=τρλ∂‖×·–…é") expect(glyph(letter), letter).toBeGreaterThan(0);
  expect(glyph("漢")).toBe(0);
  // DejaVu Sans: 2048 units an em, a digit 1303 of them.
  expect(font.widthOf(glyph("0"))).toBeCloseTo((1000 * 1303) / 2048, 6);
});

test("a part of it has the outlines of what was asked for, their parts included, and no others", () => {
  const wanted = [..."é0"].map(glyph);
  const part = font.subset(new Set(wanted));
  expect(part.length).toBeLessThan(bytes.length / 4);
  const made = new TrueType(part);
  expect(wanted.map((one) => made.widthOf(one))).toEqual(wanted.map((one) => font.widthOf(one)));
  const outline = (of: Uint8Array, one: number) => {
    const view = new DataView(of.buffer, of.byteOffset);
    const table = (tag: string) => {
      for (let i = 0; i < view.getUint16(4); i++) {
        const at = 12 + 16 * i;
        if (String.fromCharCode(...of.subarray(at, at + 4)) === tag) return view.getUint32(at + 8);
      }
      throw new Error(tag);
    };
    const [loca, glyf] = [table("loca"), table("glyf")];
    expect(view.getInt16(table("head") + 50)).toBe(1);
    return of.subarray(glyf + view.getUint32(loca + 4 * one), glyf + view.getUint32(loca + 4 * one + 4));
  };
  const whole = outline(bytes, wanted[1]);
  expect(whole.length).toBeGreaterThan(40);
  expect([...outline(part, wanted[1]).subarray(0, whole.length)]).toEqual([...whole]);
  // é is put together from e and an accent.
  expect(outline(part, glyph("e")).length).toBeGreaterThan(40);
  expect(outline(part, glyph("Z")).length).toBe(0);
});
