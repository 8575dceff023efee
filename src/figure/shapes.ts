/**
 * A figure as a list of shapes, in CSS pixels. The same list is painted on a canvas (screen, PNG) and written as SVG, so that
 * what the user exports is what they saw.
 */
export type Shape =
  | {
      readonly kind: "image";
      readonly image: Picture;
      readonly box: Box;
      /** The part of the image that is shown, in its pixels; all of it without. */
      readonly crop?: Box;
      readonly smooth: boolean;
      readonly filter?: PictureFilter;
      readonly alpha?: number;
    }
  | { readonly kind: "rect"; readonly box: Box; readonly stroke?: Stroke; readonly fill?: string }
  | {
      readonly kind: "circle";
      readonly x: number;
      readonly y: number;
      readonly r: number;
      readonly stroke?: Stroke;
      readonly fill?: string;
    }
  | { readonly kind: "line"; readonly points: readonly (readonly [number, number])[]; readonly stroke: Stroke }
  | {
      readonly kind: "text";
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly size: number;
      readonly color: string;
      readonly align: "start" | "middle" | "end";
    };

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Stroke {
  readonly color: string;
  readonly width: number;
  readonly dash?: readonly number[];
}

export type Picture = ImageBitmap | OffscreenCanvas;

/** "muted" frames are grey and dim, so that heat reads over them. */
export type PictureFilter = "muted";

const FONT = 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif';
const MUTED = "grayscale(1) brightness(0.7)";

const whole = ({ width, height }: Picture): Box => ({ x: 0, y: 0, width, height });

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Paints the shapes at `scale` device pixels for each CSS pixel. */
export function paint(context: Context, shapes: readonly Shape[], scale: number): void {
  context.setTransform(scale, 0, 0, scale, 0, 0);
  for (const shape of shapes) {
    switch (shape.kind) {
      case "image": {
        const { image, box, crop = whole(image), smooth, filter, alpha = 1 } = shape;
        context.imageSmoothingEnabled = smooth;
        context.imageSmoothingQuality = "high";
        context.filter = filter ? MUTED : "none";
        context.globalAlpha = alpha;
        context.drawImage(image, crop.x, crop.y, crop.width, crop.height, box.x, box.y, box.width, box.height);
        context.filter = "none";
        context.globalAlpha = 1;
        break;
      }
      case "rect": {
        const { x, y, width, height } = shape.box;
        if (shape.fill) {
          context.fillStyle = shape.fill;
          context.fillRect(x, y, width, height);
        }
        if (shape.stroke) {
          setStroke(context, shape.stroke);
          context.strokeRect(x, y, width, height);
        }
        break;
      }
      case "circle":
        context.beginPath();
        context.arc(shape.x, shape.y, shape.r, 0, 2 * Math.PI);
        if (shape.fill) {
          context.fillStyle = shape.fill;
          context.fill();
        }
        if (shape.stroke) {
          setStroke(context, shape.stroke);
          context.stroke();
        }
        break;
      case "line":
        context.beginPath();
        // The first lineTo of an empty path only moves.
        for (const [x, y] of shape.points) context.lineTo(x, y);
        setStroke(context, shape.stroke);
        context.stroke();
        break;
      case "text":
        context.font = `${shape.size}px ${FONT}`;
        context.textAlign = shape.align === "middle" ? "center" : shape.align;
        context.textBaseline = "alphabetic";
        context.fillStyle = shape.color;
        context.fillText(shape.text, shape.x, shape.y);
        break;
      default:
        shape satisfies never;
    }
  }
}

function setStroke(context: Context, { color, width, dash = [] }: Stroke): void {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.lineCap = "round";
  context.setLineDash([...dash]);
}

const escapeXml = (text: string) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** The shapes as a standalone SVG document with its images embedded. */
export async function toSvg(shapes: readonly Shape[], width: number, height: number): Promise<string> {
  const parts = await Promise.all(shapes.map(svgElement));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family='${FONT}'>`,
    `<filter id="muted"><feColorMatrix type="saturate" values="0"/><feComponentTransfer><feFuncR type="linear" slope="0.7"/><feFuncG type="linear" slope="0.7"/><feFuncB type="linear" slope="0.7"/></feComponentTransfer></filter>`,
    ...parts,
    "</svg>",
  ].join("\n");
}

async function svgElement(shape: Shape): Promise<string> {
  switch (shape.kind) {
    case "image": {
      const { box, smooth, filter, alpha = 1 } = shape;
      const href = await dataUrl(shape.image, shape.crop ?? whole(shape.image));
      const style = `${smooth ? "" : ' style="image-rendering:pixelated"'}${filter ? ' filter="url(#muted)"' : ""}${alpha < 1 ? ` opacity="${alpha}"` : ""}`;
      return `<image ${boxAttributes(box)} preserveAspectRatio="none" href="${href}"${style}/>`;
    }
    case "rect":
      return `<rect ${boxAttributes(shape.box)} ${paintAttributes(shape)}/>`;
    case "circle":
      return `<circle cx="${shape.x}" cy="${shape.y}" r="${shape.r}" ${paintAttributes(shape)}/>`;
    case "line": {
      const points = shape.points.map(([x, y]) => `${x},${y}`).join(" ");
      return `<polyline points="${points}" stroke-linejoin="round" stroke-linecap="round" ${paintAttributes(shape)}/>`;
    }
    case "text": {
      return `<text x="${shape.x}" y="${shape.y}" font-size="${shape.size}" fill="${shape.color}" text-anchor="${shape.align}">${escapeXml(shape.text)}</text>`;
    }
    default:
      return shape satisfies never;
  }
}

const boxAttributes = ({ x, y, width, height }: Box) => `x="${x}" y="${y}" width="${width}" height="${height}"`;

function paintAttributes({ fill, stroke }: { readonly fill?: string; readonly stroke?: Stroke }): string {
  const line = stroke
    ? ` stroke="${stroke.color}" stroke-width="${stroke.width}"${stroke.dash ? ` stroke-dasharray="${stroke.dash.join(" ")}"` : ""}`
    : "";
  return `fill="${fill ?? "none"}"${line}`;
}

async function dataUrl(image: Picture, { x, y, width, height }: Box): Promise<string> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context?.drawImage(image, x, y, width, height, 0, 0, width, height);
  // Heat has hard edges and transparency, frames are photographs.
  const blob = await canvas.convertToBlob(
    image instanceof OffscreenCanvas ? { type: "image/png" } : { type: "image/jpeg", quality: 0.92 },
  );
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** The shapes as a PNG, `scale` pixels for each CSS pixel. */
export async function toPng(shapes: readonly Shape[], width: number, height: number, scale: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(Math.round(width * scale), Math.round(height * scale));
  const context = canvas.getContext("2d");
  if (!context) throw new Error(`no 2D canvas of ${canvas.width}×${canvas.height} could be made: export fewer frames`);
  paint(context, shapes, scale);
  return canvas.convertToBlob({ type: "image/png" });
}
