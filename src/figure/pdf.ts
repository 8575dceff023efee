/** A drawing as a PDF of one page: lines as lines, type as type in an embedded font, each picture once and its pixels as pixels. */
import type { Drawing } from "./compose.ts";
import { embedded, jpegOf } from "./print.ts";
import {
  type Box,
  type ImageShape,
  inkBox,
  type Picture,
  paint,
  type Shape,
  type Stroke,
  type TextShape,
  textWidth,
  whole,
} from "./shapes.ts";
import { joined, TrueType } from "./truetype.ts";

/** Of type that the font cannot set, and that is a picture therefore: as sharp as printers print. */
const TYPE_DPI = 600;

/** @param font a TrueType font with the letters of our figures, Greek among them */
export async function drawingPdf(
  { shapes, width, height, widthMm }: Drawing,
  font: Uint8Array<ArrayBuffer>,
): Promise<Blob> {
  const file = new PdfFile();
  const type = new Type(new TrueType(font));
  const scale = ((widthMm / 25.4) * 72) / width;
  const pictures = new Pictures((scale * TYPE_DPI) / 72);
  const opacities = new Map<number, string>();
  const opacity = (alpha: number) => {
    const name = opacities.get(alpha) ?? `G${opacities.size}`;
    opacities.set(alpha, name);
    return `/${name} gs`;
  };
  const page = [num(width * scale), num(height * scale)];
  // The plane's y goes down, the page's up.
  const content = [`${num(scale)} 0 0 ${num(-scale)} 0 ${page[1]} cm`, "1 J 1 j"];
  for (const shape of shapes) content.push("q", ...operators(shape, { type, pictures, opacity }), "Q");
  const [fontId, images] = [await type.write(file), await pictures.write(file)];
  const states = [...opacities].map(([alpha, name]) => `/${name} << /ca ${alpha} /CA ${alpha} >>`);
  const contentId = await file.stream("", new TextEncoder().encode(content.join("\n")));
  const pages = file.reserve();
  const resources = `<< /Font << /F ${fontId} 0 R >> /XObject << ${images} >> /ExtGState << ${states.join(" ")} >> >>`;
  const pageId = file.object(
    `<< /Type /Page /Parent ${pages} 0 R /MediaBox [0 0 ${page.join(" ")}] /Resources ${resources} /Contents ${contentId} 0 R >>`,
  );
  file.fill(pages, `<< /Type /Pages /Kids [${pageId} 0 R] /Count 1 >>`);
  return file.finished(file.object(`<< /Type /Catalog /Pages ${pages} 0 R >>`));
}

const num = (value: number): string => String(Number(value.toFixed(3)));

interface Tools {
  readonly type: Type;
  readonly pictures: Pictures;
  readonly opacity: (alpha: number) => string;
}

function operators(shape: Shape, { type, pictures, opacity }: Tools): string[] {
  switch (shape.kind) {
    case "image": {
      const faint = shape.alpha === undefined ? [] : [opacity(shape.alpha)];
      return [...faint, ...placed(pictures.nameOf(shape), shape.box)];
    }
    case "rect":
      return painted(`${boxOf(shape.box)} re`, shape, opacity);
    case "circle":
      return painted(circle(shape.x, shape.y, shape.r), shape, opacity);
    case "line": {
      const path = shape.points.map(([x, y], i) => `${num(x)} ${num(y)} ${i === 0 ? "m" : "l"}`).join(" ");
      return painted(path, shape, opacity);
    }
    case "text":
      return type.sets(shape.text) ? type.operators(shape) : placed(pictures.nameOfType(shape), inkBox(shape));
    default:
      return shape satisfies never;
  }
}

const placed = (name: string, { x, y, width, height }: Box): string[] => [
  `${num(width)} 0 0 ${num(-height)} ${num(x)} ${num(y + height)} cm`,
  `/${name} Do`,
];

const boxOf = ({ x, y, width, height }: Box) => [x, y, width, height].map(num).join(" ");

/** Four curves, as near to a circle as a thousandth of its radius. */
function circle(x: number, y: number, r: number): string {
  const k = 0.5523 * r;
  const curve = (...p: number[]) => `${p.map(num).join(" ")} c`;
  return [
    `${num(x + r)} ${num(y)} m`,
    curve(x + r, y + k, x + k, y + r, x, y + r),
    curve(x - k, y + r, x - r, y + k, x - r, y),
    curve(x - r, y - k, x - k, y - r, x, y - r),
    curve(x + k, y - r, x + r, y - k, x + r, y),
    "h",
  ].join(" ");
}

interface Painted {
  readonly fill?: string;
  readonly stroke?: Stroke;
}

/** Fills, then strokes: they may be of different opacity. */
function painted(path: string, { fill, stroke }: Painted, opacity: (alpha: number) => string): string[] {
  const lines: string[] = [];
  if (fill) {
    const { rgb, alpha } = colourOf(fill);
    lines.push(opacity(alpha), `${rgb} rg`, path, "f");
  }
  if (stroke) {
    const { rgb, alpha } = colourOf(stroke.color);
    lines.push(
      opacity(alpha),
      `${rgb} RG`,
      `${num(stroke.width)} w`,
      `[${(stroke.dash ?? []).join(" ")}] 0 d`,
      path,
      "S",
    );
  }
  return lines;
}

/** `#rrggbb`, `#rrggbbaa` or `rgb(r, g, b)`, as CSS writes them. */
function colourOf(css: string): { readonly rgb: string; readonly alpha: number } {
  const hex = /^#([0-9a-f]{6})([0-9a-f]{2})?$/i.exec(css);
  const numbers = hex
    ? [0, 2, 4].map((at) => Number.parseInt(hex[1].slice(at, at + 2), 16))
    : (css.match(/[\d.]+/g) ?? []).map(Number);
  const alpha = hex ? Number.parseInt(hex[2] ?? "ff", 16) / 255 : (numbers[3] ?? 1);
  return {
    rgb: numbers
      .slice(0, 3)
      .map((value) => num(value / 255))
      .join(" "),
    alpha: Number(alpha.toFixed(2)),
  };
}

/** Hebrew, Arabic and the like, whose letters run the other way and join: the font has some of them, but only browsers lay them out. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff]/;

/** The letters of a line; what breaks a line is a space in it, as on a canvas. */
const lettersOf = (text: string): string[] => [...text.replaceAll(/[\t\n\f\r]/g, " ")];

const numberOf = (letter: string): number => letter.codePointAt(0) ?? 0;

/** The type of a page: which glyphs it uses. */
class Type {
  readonly #font: TrueType;
  /** The letter of each glyph, as its number: one of the first 65,536, since the font is asked for no others. */
  readonly #used = new Map<number, number>();

  constructor(font: TrueType) {
    this.#font = font;
  }

  /** Whether the font can set it: of a letter that it lacks it would print an empty box. */
  sets(text: string): boolean {
    return !RIGHT_TO_LEFT.test(text) && lettersOf(text).every((letter) => this.#font.glyphOf(numberOf(letter)) !== 0);
  }

  operators({ text, x, y, size, color, align, bold }: TextShape): string[] {
    const glyphs = lettersOf(text).map((letter) => {
      const glyph = this.#font.glyphOf(numberOf(letter));
      this.#used.set(glyph, numberOf(letter));
      return glyph;
    });
    // As wide as it is on the screen, whose font may be another: nothing that fits there runs out here.
    const own = glyphs.reduce((sum, glyph) => sum + this.#font.widthOf(glyph), 0) / 1000;
    const measured = textWidth(text, size);
    const stretch = own > 0 ? (100 * measured) / (own * size) : 100;
    const left = x - { start: 0, middle: measured / 2, end: measured }[align];
    const { rgb } = colourOf(color);
    const hex = glyphs.map((glyph) => glyph.toString(16).padStart(4, "0")).join("");
    const heavy = bold ? [`${rgb} RG`, `${num(size / 30)} w`, "2 Tr"] : ["0 Tr"];
    return [
      ...["BT", `${rgb} rg`, ...heavy, `/F ${num(size)} Tf`, `${num(stretch)} Tz`],
      ...[`1 0 0 -1 ${num(left)} ${num(y)} Tm`, `<${hex}> Tj`, "ET"],
    ];
  }

  async write(file: PdfFile): Promise<number> {
    const { ascent, descent, unitsPerEm } = this.#font;
    const em = (value: number) => Math.round((1000 * value) / unitsPerEm);
    const glyphs = [...this.#used.keys()].sort((a, b) => a - b);
    const data = this.#font.subset(new Set(glyphs));
    const font = await file.stream(`/Length1 ${data.length}`, data);
    // Six letters and a plus: a part of a font.
    const name = "/TMPRED+DejaVuSans";
    const descriptor = file.object(
      `<< /Type /FontDescriptor /FontName ${name} /Flags 4 /FontBBox [-1000 ${em(descent)} 2000 ${em(ascent)}] /ItalicAngle 0 /Ascent ${em(ascent)} /Descent ${em(descent)} /CapHeight 729 /StemV 80 /FontFile2 ${font} 0 R >>`,
    );
    const widths = glyphs.map((glyph) => `${glyph} [${Math.round(this.#font.widthOf(glyph))}]`).join(" ");
    const descendant = file.object(
      `<< /Type /Font /Subtype /CIDFontType2 /BaseFont ${name} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor ${descriptor} 0 R /CIDToGIDMap /Identity /W [${widths}] >>`,
    );
    const unicode = await file.stream("", new TextEncoder().encode(this.#toUnicode(glyphs)));
    return file.object(
      `<< /Type /Font /Subtype /Type0 /BaseFont ${name} /Encoding /Identity-H /DescendantFonts [${descendant} 0 R] /ToUnicode ${unicode} 0 R >>`,
    );
  }

  /** So that text can be searched and copied. */
  #toUnicode(glyphs: readonly number[]): string {
    const hex = (value: number) => value.toString(16).padStart(4, "0");
    const lines = glyphs.map((glyph) => `<${hex(glyph)}> <${hex(this.#used.get(glyph) ?? 0)}>`);
    const blocks: string[] = [];
    for (let i = 0; i < lines.length; i += 100) {
      const block = lines.slice(i, i + 100);
      blocks.push(`${block.length} beginbfchar`, ...block, "endbfchar");
    }
    return [
      "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
      "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
      "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
      "1 begincodespacerange <0000> <ffff> endcodespacerange",
      ...blocks,
      "endcmap CMapName currentdict /CMap defineresource pop end end",
    ].join("\n");
  }
}

/** Pictures by what they show: one object each. */
class Pictures {
  readonly #known = new Map<string, { readonly name: string; readonly write: (file: PdfFile) => Promise<number> }>();
  readonly #sources = new Map<Picture, number>();
  readonly #typeScale: number;

  /** @param typeScale pixels for each unit of the plane, of type that is a picture */
  constructor(typeScale: number) {
    this.#typeScale = typeScale;
  }

  nameOf(shape: ImageShape): string {
    const { image, crop = whole(image), filter } = shape;
    if (!this.#sources.has(image)) this.#sources.set(image, this.#sources.size);
    return this.#named([this.#sources.get(image), crop.x, crop.y, filter].join(" "), (file) =>
      shape.smooth ? photograph(file, shape) : pixels(file, embedded(shape).context),
    );
  }

  nameOfType(shape: TextShape): string {
    const { text, size, color, bold } = shape;
    return this.#named(JSON.stringify([text, size, color, bold]), (file) =>
      pixels(file, typePicture(shape, this.#typeScale)),
    );
  }

  #named(key: string, write: (file: PdfFile) => Promise<number>): string {
    const found = this.#known.get(key) ?? { name: `I${this.#known.size}`, write };
    this.#known.set(key, found);
    return found.name;
  }

  async write(file: PdfFile): Promise<string> {
    const names: string[] = [];
    for (const { name, write } of this.#known.values()) names.push(`/${name} ${await write(file)} 0 R`);
    return names.join(" ");
  }
}

/** A line of type as the browser sets it, whose fonts have letters that ours lacks; nothing behind it. */
function typePicture(shape: TextShape, scale: number): OffscreenCanvasRenderingContext2D {
  const { x, y, width, height } = inkBox(shape);
  const canvas = new OffscreenCanvas(Math.ceil(width * scale), Math.ceil(height * scale));
  const context = canvas.getContext("2d");
  if (!context)
    throw new Error(`no 2D canvas of ${canvas.width}×${canvas.height} could be made: choose a smaller figure`);
  paint(context, [{ ...shape, x: shape.x - x, y: shape.y - y }], scale);
  return context;
}

const imageOf = (width: number, height: number, space: string) =>
  `/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /${space} /BitsPerComponent 8 /Interpolate false`;

async function photograph(file: PdfFile, shape: ImageShape): Promise<number> {
  const { canvas } = embedded(shape);
  const bytes = new Uint8Array(await (await jpegOf(canvas)).arrayBuffer());
  return file.raw(`${imageOf(canvas.width, canvas.height, "DeviceRGB")} /Filter /DCTDecode`, bytes);
}

async function pixels(file: PdfFile, context: OffscreenCanvasRenderingContext2D): Promise<number> {
  const { width, height } = context.canvas;
  const { data } = context.getImageData(0, 0, width, height);
  const [rgb, alpha] = [new Uint8Array(3 * width * height), new Uint8Array(width * height)];
  for (let i = 0; i < alpha.length; i++) {
    rgb.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
    alpha[i] = data[4 * i + 3];
  }
  const mask = await file.stream(imageOf(width, height, "DeviceGray"), alpha);
  return file.stream(`${imageOf(width, height, "DeviceRGB")} /SMask ${mask} 0 R`, rgb);
}

/** Numbered objects, and where each begins. */
class PdfFile {
  readonly #objects: Uint8Array[] = [];

  reserve(): number {
    return this.#objects.push(new Uint8Array());
  }

  fill(id: number, body: string | readonly Uint8Array[]): void {
    const parts = typeof body === "string" ? [latin(body)] : body;
    this.#objects[id - 1] = joined([latin(`${id} 0 obj\n`), ...parts, latin("\nendobj\n")]);
  }

  object(body: string): number {
    const id = this.reserve();
    this.fill(id, body);
    return id;
  }

  /** Bytes as they are. */
  raw(entries: string, bytes: Uint8Array): number {
    const id = this.reserve();
    this.fill(id, [latin(`<< ${entries} /Length ${bytes.length} >>\nstream\n`), bytes, latin("\nendstream")]);
    return id;
  }

  /** Bytes, packed. */
  async stream(entries: string, bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
    return this.raw(`${entries} /Filter /FlateDecode`, new Uint8Array(await new Response(packed).arrayBuffer()));
  }

  finished(root: number): Blob {
    const head = joined([latin("%PDF-1.5\n%"), Uint8Array.of(0xe2, 0xe3, 0xcf, 0xd3, 0x0a)]);
    let at = head.length;
    const places = this.#objects.map(({ length }) => {
      const place = at;
      at += length;
      return `${String(place).padStart(10, "0")} 00000 n \n`;
    });
    const count = this.#objects.length + 1;
    const table = `xref\n0 ${count}\n0000000000 65535 f \n${places.join("")}trailer\n<< /Size ${count} /Root ${root} 0 R >>\nstartxref\n${at}\n%%EOF\n`;
    return new Blob([head, joined(this.#objects), latin(table)], { type: "application/pdf" });
  }
}

const latin = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
