/** As much of a TrueType font as a PDF needs: which glyph a character has, how wide it is, and a font of only some glyphs. */

interface Table {
  readonly tag: string;
  readonly data: Uint8Array;
}

/** What a printer needs; names, kerning and the rest stay behind. */
const KEPT = ["cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep"];

export class TrueType {
  readonly unitsPerEm: number;
  readonly ascent: number;
  readonly descent: number;
  readonly #tables = new Map<string, DataView>();
  readonly #glyphs: number;
  readonly #metrics: number;

  /** @throws Error where it is no TrueType font, or has no outlines or no Unicode */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < view.getUint16(4); i++) {
      const at = 12 + 16 * i;
      const tag = String.fromCharCode(...bytes.subarray(at, at + 4));
      const [offset, length] = [view.getUint32(at + 8), view.getUint32(at + 12)];
      this.#tables.set(tag, new DataView(bytes.buffer, bytes.byteOffset + offset, length));
    }
    this.unitsPerEm = this.#table("head").getUint16(18);
    this.ascent = this.#table("hhea").getInt16(4);
    this.descent = this.#table("hhea").getInt16(6);
    this.#metrics = this.#table("hhea").getUint16(34);
    this.#glyphs = this.#table("maxp").getUint16(4);
  }

  #table(tag: string): DataView {
    const table = this.#tables.get(tag);
    if (!table) throw new Error(`the font has no table "${tag}"`);
    return table;
  }

  /** 0, the box of a missing glyph, where the font has none; of letters beyond the first 65,536 always: a table of format 4 ends there. */
  glyphOf(codePoint: number): number {
    const cmap = this.#table("cmap");
    for (let i = 0; i < cmap.getUint16(2); i++) {
      const at = cmap.getUint32(4 + 8 * i + 4);
      if (cmap.getUint16(at) === 4) return inSegments(cmap, at, codePoint);
    }
    throw new Error("the font has no Unicode table of format 4");
  }

  /** In thousandths of the type's size. */
  widthOf(glyph: number): number {
    const at = 4 * Math.min(glyph, this.#metrics - 1);
    return (1000 * this.#table("hmtx").getUint16(at)) / this.unitsPerEm;
  }

  #range(glyph: number): readonly [from: number, to: number] {
    const loca = this.#table("loca");
    const long = this.#table("head").getInt16(50) === 1;
    const at = (i: number) => (long ? loca.getUint32(4 * i) : 2 * loca.getUint16(2 * i));
    return [at(glyph), at(glyph + 1)];
  }

  /** The glyphs with those that they are put together from. */
  #closed(glyphs: ReadonlySet<number>): Set<number> {
    const all = new Set([0, ...glyphs]);
    const glyf = this.#table("glyf");
    for (const glyph of all) {
      const [from, to] = this.#range(glyph);
      if (to === from || glyf.getInt16(from) >= 0) continue;
      for (let at = from + 10; ; ) {
        const flags = glyf.getUint16(at);
        all.add(glyf.getUint16(at + 2));
        at += 4 + (flags & 1 ? 4 : 2) + (flags & 8 ? 2 : flags & 0x40 ? 4 : flags & 0x80 ? 8 : 0);
        if (!(flags & 0x20)) break;
      }
    }
    return all;
  }

  /** A font with the same numbers of glyphs, of which only these have outlines. */
  subset(glyphs: ReadonlySet<number>): Uint8Array<ArrayBuffer> {
    const kept = this.#closed(glyphs);
    const glyf = this.#table("glyf");
    const parts: Uint8Array[] = [];
    const loca = new DataView(new ArrayBuffer(4 * (this.#glyphs + 1)));
    let length = 0;
    for (let glyph = 0; glyph < this.#glyphs; glyph++) {
      loca.setUint32(4 * glyph, length);
      const [from, to] = this.#range(glyph);
      if (!kept.has(glyph) || to === from) continue;
      const padded = new Uint8Array(Math.ceil((to - from) / 4) * 4);
      padded.set(new Uint8Array(glyf.buffer, glyf.byteOffset + from, to - from));
      parts.push(padded);
      length += padded.length;
    }
    loca.setUint32(4 * this.#glyphs, length);
    const head = bytesOf(this.#table("head")).slice();
    // Places in the table of outlines are of 32 bits here.
    new DataView(head.buffer).setInt16(50, 1);
    const made: Readonly<Record<string, Uint8Array>> = { head, loca: bytesOf(loca), glyf: joined(parts) };
    const tables = KEPT.flatMap((tag): Table[] => {
      const table = this.#tables.get(tag);
      const data = made[tag] ?? (table && bytesOf(table));
      return data ? [{ tag, data }] : [];
    });
    return fontOf(tables);
  }
}

/** A character's glyph in a table of segments, each of characters that follow one another. */
function inSegments(cmap: DataView, at: number, codePoint: number): number {
  const count = cmap.getUint16(at + 6) / 2;
  for (let i = 0; i < count; i++) {
    if (cmap.getUint16(at + 14 + 2 * i) < codePoint) continue;
    const start = cmap.getUint16(at + 16 + 2 * (count + i));
    if (start > codePoint) return 0;
    const delta = cmap.getInt16(at + 16 + 2 * (2 * count + i));
    const rangeAt = at + 16 + 2 * (3 * count + i);
    const range = cmap.getUint16(rangeAt);
    if (range === 0) return (codePoint + delta) & 0xffff;
    const glyph = cmap.getUint16(rangeAt + range + 2 * (codePoint - start));
    return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
  }
  return 0;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: DataView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Tables as a font file. */
function fontOf(tables: readonly Table[]): Uint8Array<ArrayBuffer> {
  const directory = new Uint8Array(12 + 16 * tables.length);
  const view = new DataView(directory.buffer);
  view.setUint32(0, 0x00010000);
  view.setUint16(4, tables.length);
  const power = Math.floor(Math.log2(tables.length));
  view.setUint16(6, 16 * 2 ** power);
  view.setUint16(8, power);
  view.setUint16(10, 16 * (tables.length - 2 ** power));
  const parts: Uint8Array[] = [directory];
  let offset = directory.length;
  tables.forEach(({ tag, data }, i) => {
    const at = 12 + 16 * i;
    directory.set(new TextEncoder().encode(tag), at);
    view.setUint32(at + 4, checksum(data));
    view.setUint32(at + 8, offset);
    view.setUint32(at + 12, data.length);
    const padded = new Uint8Array(Math.ceil(data.length / 4) * 4);
    padded.set(data);
    parts.push(padded);
    offset += padded.length;
  });
  return joined(parts);
}

function checksum(data: Uint8Array): number {
  let sum = 0;
  data.forEach((byte, i) => {
    sum = (sum + byte * 2 ** (8 * (3 - (i % 4)))) % 2 ** 32;
  });
  return sum;
}
