/** Figures that stay as they are: the page closes its frames when others take their place. */
import type { PaneFigure } from "./panes.ts";
import type { Picture } from "./shapes.ts";

/** The figure with copies of its pictures, for whoever still has it when another is on show. */
export function keptFigure(figure: PaneFigure): PaneFigure {
  const copies = new Map<Picture, Picture>();
  const kept = (image: Picture): Picture => {
    const copy = copies.get(image) ?? copyOf(image);
    copies.set(image, copy);
    return copy;
  };
  return {
    ...figure,
    images: figure.images.map(kept),
    rows: figure.rows.map(({ images, ...row }) => ({ ...row, ...(images && { images: images.map(kept) }) })),
  };
}

/** For as long as somebody has it: nobody can close it. @throws Error where there is no room for it */
export function copyOf(image: Picture | HTMLCanvasElement): OffscreenCanvas {
  const copy = new OffscreenCanvas(image.width, image.height);
  const context = copy.getContext("2d");
  if (!context) throw new Error(`no 2D canvas of ${copy.width}×${copy.height} could be made: export fewer frames`);
  context.drawImage(image, 0, 0);
  return copy;
}
