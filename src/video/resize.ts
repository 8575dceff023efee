import type { Size } from "./types.ts";

/**
 * The sizes on the way from one size to another: each at least half of the one before, because a canvas looks at no more than
 * about 2×2 pixels for each one it draws, and would skip the others.
 * @throws RangeError for a side below 1, which no halving comes to
 */
export function shrinkSteps(from: Size, to: Size): Size[] {
  if (!(to.width >= 1 && to.height >= 1))
    throw new RangeError(`a picture must have sides of 1 px or more, got ${to.width}×${to.height}`);
  const steps: Size[] = [];
  let { width, height } = from;
  do {
    width = Math.max(to.width, Math.ceil(width / 2));
    height = Math.max(to.height, Math.ceil(height / 2));
    // A source smaller than the target on one side is enlarged on it, in the first step.
    steps.push({ width, height });
  } while (width > to.width || height > to.height);
  return steps;
}

/** The size of `source` with its longer side at most `maxSide`, never enlarged. */
export function fitWithin(source: Size, maxSide: number): Size {
  const scale = Math.min(1, maxSide / Math.max(source.width, source.height));
  return {
    width: Math.max(1, Math.round(source.width * scale)),
    height: Math.max(1, Math.round(source.height * scale)),
  };
}

/** A canvas that is drawn on again and again. */
export interface Surface {
  readonly canvas: OffscreenCanvas;
  readonly context: OffscreenCanvasRenderingContext2D;
}

export function createSurface({ width, height }: Size): Surface {
  const canvas = new OffscreenCanvas(width, height);
  // Read back for every frame: in main memory that costs nothing, and gives the same bytes on every GPU.
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true, colorSpace: "srgb" });
  if (!context)
    throw new Error(`no 2D canvas of ${width}×${height} pixels could be made; close other tabs and try again`);
  context.imageSmoothingQuality = "high";
  return { canvas, context };
}

/** Resizes pictures of one size to another through canvases that it keeps. The result is valid until the next call. */
export function createResizer(from: Size, to: Size): (picture: CanvasImageSource) => Surface {
  const [first, ...rest] = shrinkSteps(from, to).map((size, step, { length }) => {
    const surface = createSurface(size);
    // "low" is bilinear, which at one half is the mean of 2×2 pixels: what "high" gives there too, at a seventh of its
    // 69 ms for a 4K frame. The last step is seldom a half.
    if (step < length - 1) surface.context.imageSmoothingQuality = "low";
    return surface;
  });
  const draw = ({ canvas, context }: Surface, picture: CanvasImageSource) =>
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return (picture) => {
    draw(first, picture);
    return rest.reduce((previous, next) => {
      draw(next, previous.canvas);
      return next;
    }, first);
  };
}
