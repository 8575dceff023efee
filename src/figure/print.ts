/** Drawings as files for print: SVG in millimetres, PNG with its resolution. */
import type { Drawing } from "./compose.ts";
import {
  type Box,
  FONT,
  type ImageShape,
  MUTED,
  type Picture,
  paint,
  type Shape,
  type Stroke,
  whole,
} from "./shapes.ts";

const MM_PER_INCH = 25.4;

/** The drawing as a PNG of so many dots an inch, which it says of itself. */
export async function drawingPng({ shapes, width, height, widthMm }: Drawing, dpi: number): Promise<Blob> {
  const scale = ((widthMm / MM_PER_INCH) * dpi) / width;
  const canvas = new OffscreenCanvas(Math.round(width * scale), Math.round(height * scale));
  const context = canvas.getContext("2d");
  if (!context) {
    throw new Error(
      `no 2D canvas of ${canvas.width}×${canvas.height} could be made: choose fewer dots or a smaller figure`,
    );
  }
  paint(context, shapes, scale);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  return new Blob([withResolution(new Uint8Array(await blob.arrayBuffer()), dpi)], { type: "image/png" });
}

/** Signature and IHDR of a PNG: the chunk that says the resolution comes before the pixels. */
const AFTER_HEADER = 8 + 25;

/** A PNG with a pHYs chunk: dots a metre. */
export function withResolution(png: Uint8Array<ArrayBuffer>, dpi: number): Uint8Array<ArrayBuffer> {
  const perMetre = Math.round((dpi * 1000) / MM_PER_INCH);
  const chunk = new Uint8Array(4 + 4 + 9 + 4);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, 9);
  chunk.set(new TextEncoder().encode("pHYs"), 4);
  view.setUint32(8, perMetre);
  view.setUint32(12, perMetre);
  chunk[16] = 1;
  view.setUint32(17, crc32(chunk.subarray(4, 17)));
  const made = new Uint8Array(png.length + chunk.length);
  made.set(png.subarray(0, AFTER_HEADER));
  made.set(chunk, AFTER_HEADER);
  made.set(png.subarray(AFTER_HEADER), AFTER_HEADER + chunk.length);
  return made;
}

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const escapeXml = (text: string) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/**
 * The drawing as a standalone SVG. Each picture is embedded once, muted ones as they look, since printers drop filters; pixels stay
 * pixels.
 */
export async function drawingSvg({ shapes, width, height, widthMm }: Drawing): Promise<Blob> {
  const pictures = new Pictures();
  const body = shapes.map((shape) => element(shape, pictures));
  const heightMm = (widthMm * height) / width;
  const text = [
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${number(widthMm)}mm" height="${number(heightMm)}mm" viewBox="0 0 ${number(width)} ${number(height)}" font-family='${FONT}'>`,
    `<defs>`,
    ...(await pictures.elements()),
    `</defs>`,
    ...body,
    "</svg>",
  ].join("\n");
  return new Blob([text], { type: "image/svg+xml" });
}

/** Three digits are a thousandth of a unit: less than any printer sees. */
const number = (value: number): string => String(Number(value.toFixed(3)));

/** Pictures by what they show and how large: one `<image>` each, used wherever it stands. */
class Pictures {
  readonly #ids = new Map<string, { readonly id: string; readonly shape: ImageShape }>();
  readonly #sources = new Map<Picture, number>();

  idOf(shape: ImageShape): string {
    const { image, crop = whole(image), box, filter } = shape;
    if (!this.#sources.has(image)) this.#sources.set(image, this.#sources.size);
    const key = [this.#sources.get(image), crop.x, crop.y, box.width, box.height, filter].join(" ");
    const known = this.#ids.get(key);
    if (known) return known.id;
    const id = `p${this.#ids.size}`;
    this.#ids.set(key, { id, shape });
    return id;
  }

  elements(): Promise<string[]> {
    return Promise.all(
      [...this.#ids.values()].map(async ({ id, shape }) => {
        const { box, smooth } = shape;
        const style = smooth ? "" : ' style="image-rendering:pixelated"';
        const size = `width="${number(box.width)}" height="${number(box.height)}"`;
        return `<image id="${id}" ${size} preserveAspectRatio="none" xlink:href="${await dataUrl(shape)}"${style}/>`;
      }),
    );
  }
}

function element(shape: Shape, pictures: Pictures): string {
  switch (shape.kind) {
    case "image": {
      const { box, alpha = 1 } = shape;
      const faint = alpha < 1 ? ` opacity="${alpha}"` : "";
      return `<use xlink:href="#${pictures.idOf(shape)}" x="${number(box.x)}" y="${number(box.y)}"${faint}/>`;
    }
    case "rect":
      return `<rect ${boxAttributes(shape.box)} ${paintAttributes(shape)}/>`;
    case "circle":
      return `<circle cx="${number(shape.x)}" cy="${number(shape.y)}" r="${number(shape.r)}" ${paintAttributes(shape)}/>`;
    case "line": {
      const points = shape.points.map(([x, y]) => `${number(x)},${number(y)}`).join(" ");
      return `<polyline points="${points}" stroke-linejoin="round" stroke-linecap="round" ${paintAttributes(shape)}/>`;
    }
    case "text": {
      const weight = shape.bold ? ' font-weight="bold"' : "";
      return `<text x="${number(shape.x)}" y="${number(shape.y)}" font-size="${number(shape.size)}"${weight} fill="${shape.color}" text-anchor="${shape.align}">${escapeXml(shape.text)}</text>`;
    }
    default:
      return shape satisfies never;
  }
}

const boxAttributes = ({ x, y, width, height }: Box) =>
  `x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}"`;

/** `#rrggbbaa` as colour and opacity: not every program knows the short form. */
function colour(name: "fill" | "stroke", css: string): string {
  const [, rgb, alpha] = /^(#[0-9a-f]{6})([0-9a-f]{2})$/i.exec(css) ?? [];
  if (rgb === undefined) return `${name}="${css}"`;
  return `${name}="${rgb}" ${name}-opacity="${(Number.parseInt(alpha, 16) / 255).toFixed(2)}"`;
}

function paintAttributes({ fill, stroke }: { readonly fill?: string; readonly stroke?: Stroke }): string {
  const line = stroke
    ? ` ${colour("stroke", stroke.color)} stroke-width="${number(stroke.width)}"${stroke.dash ? ` stroke-dasharray="${stroke.dash.join(" ")}"` : ""}`
    : "";
  return `${colour("fill", fill ?? "none")}${line}`;
}

/** Pixels of the file for each token of heat: a program that smooths all the same blurs an edge of an eighth of a token. */
const PIXELS_PER_TOKEN = 8;

/** What is shown of a picture, as a file for print embeds it: its own pixels, muted where it is shown so. */
export function embedded({ image, crop = whole(image), smooth, filter }: ImageShape) {
  const times = smooth ? 1 : PIXELS_PER_TOKEN;
  const canvas = new OffscreenCanvas(crop.width * times, crop.height * times);
  const context = canvas.getContext("2d");
  if (!context) throw new Error(`no 2D canvas of ${canvas.width}×${canvas.height} could be made: export fewer frames`);
  if (smooth) {
    // It becomes a JPEG, which has no transparency: browsers would put black where there is nothing, and paper is white.
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  context.imageSmoothingEnabled = smooth;
  context.filter = filter ? MUTED : "none";
  context.drawImage(image, crop.x, crop.y, crop.width, crop.height, 0, 0, canvas.width, canvas.height);
  return { canvas, context };
}

/** Of frames, which are photographs. */
export const jpegOf = (canvas: OffscreenCanvas): Promise<Blob> =>
  canvas.convertToBlob({ type: "image/jpeg", quality: 0.92 });

async function dataUrl(shape: ImageShape): Promise<string> {
  const { canvas } = embedded(shape);
  // Heat has hard edges and transparency.
  const blob = await (shape.smooth ? jpegOf(canvas) : canvas.convertToBlob({ type: "image/png" }));
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
