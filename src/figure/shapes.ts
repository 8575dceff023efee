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
      readonly bold?: boolean;
    };

export type ImageShape = Extract<Shape, { kind: "image" }>;
export type TextShape = Extract<Shape, { kind: "text" }>;

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

export const FONT = 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif';
/** As a canvas filter. */
export const MUTED = "grayscale(1) brightness(0.7)";

/** All of a picture. */
export const whole = ({ width, height }: Picture): Box => ({ x: 0, y: 0, width, height });

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Paints the shapes at `scale` device pixels for each CSS pixel. */
export function paint(context: Context, shapes: readonly Shape[], scale: number): void {
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const pictures = resampledOnce(shapes, scale);
  for (const shape of shapes) {
    switch (shape.kind) {
      case "image": {
        const { box, smooth, alpha = 1 } = shape;
        // A bitmap that was closed since has size 0: its clip is on the way out.
        if (shape.image.width === 0) break;
        const { image, crop, filter } = pictures(shape);
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
        setType(context, shape);
        context.fillStyle = shape.color;
        context.fillText(shape.text, shape.x, shape.y);
        break;
      default:
        shape satisfies never;
    }
  }
}

/**
 * Resamples a frame that stands in several rows of a figure once, to the size at which it is shown, and copies it from there: where no
 * GPU draws, resampling and filtering take nine tenths of the time of a painting.
 */
function resampledOnce(shapes: readonly Shape[], scale: number) {
  const key = ({ box, filter }: ImageShape) => `${box.width} ${box.height} ${filter ?? ""}`;
  const uses = new Map<Picture, Map<string, number>>();
  const smooth = shapes.filter((shape): shape is ImageShape => shape.kind === "image" && shape.smooth && !shape.crop);
  for (const shape of smooth) {
    const sizes = uses.get(shape.image) ?? new Map<string, number>();
    uses.set(shape.image, sizes.set(key(shape), (sizes.get(key(shape)) ?? 0) + 1));
  }
  const made = new Map<Picture, Map<string, OffscreenCanvas>>();
  return (shape: ImageShape) => {
    const { image, crop = whole(image), filter } = shape;
    const asItIs = { image, crop, filter };
    if (!shape.smooth || shape.crop || (uses.get(image)?.get(key(shape)) ?? 0) < 2) return asItIs;
    const sizes = made.get(image) ?? new Map<string, OffscreenCanvas>();
    let copy = sizes.get(key(shape));
    if (!copy) {
      const { width, height } = shape.box;
      copy = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
      const context = copy.getContext("2d");
      if (!context) return asItIs;
      context.imageSmoothingQuality = "high";
      context.filter = filter ? MUTED : "none";
      context.drawImage(image, 0, 0, copy.width, copy.height);
      made.set(image, sizes.set(key(shape), copy));
    }
    return { image: copy, crop: whole(copy), filter: undefined };
  };
}

function setStroke(context: Context, { color, width, dash = [] }: Stroke): void {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.lineCap = "round";
  context.setLineDash([...dash]);
}

function setType(context: Context, { size, align, bold }: TextShape): void {
  context.font = `${bold ? "bold " : ""}${size}px ${FONT}`;
  context.textAlign = align === "middle" ? "center" : align;
  context.textBaseline = "alphabetic";
}

const measure = (() => {
  let context: OffscreenCanvasRenderingContext2D | null = null;
  return () => {
    context ??= new OffscreenCanvas(1, 1).getContext("2d");
    return context;
  };
})();

/** How wide a line of type is, in the unit of its size. */
export function textWidth(text: string, size: number): number {
  const context = measure();
  if (!context) return 0.55 * size * text.length;
  context.font = `${size}px ${FONT}`;
  return context.measureText(text).width;
}

/** Where a line of type has ink, with a margin for what browsers leave out of their measure. */
export function inkBox(shape: TextShape): Box {
  const context = measure();
  if (!context) throw new Error("no 2D canvas could be made to measure type: close other pages and try again");
  setType(context, shape);
  const ink = context.measureText(shape.text);
  const margin = shape.size / 4;
  return {
    x: shape.x - ink.actualBoundingBoxLeft - margin,
    y: shape.y - ink.actualBoundingBoxAscent - margin,
    width: ink.actualBoundingBoxLeft + ink.actualBoundingBoxRight + 2 * margin,
    height: ink.actualBoundingBoxAscent + ink.actualBoundingBoxDescent + 2 * margin,
  };
}
