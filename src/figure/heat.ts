import { type ColorMap, wayColor } from "./colors.ts";
import { place, type Scale } from "./scale.ts";

/** Opacity, of 255, of the shade over what the motion mask leaves out. */
const SHADE = 176;

/**
 * Heat of many panes on one canvas, a pixel a token: making a canvas is expensive, so the panes share it. Tiles lie in
 * figure rows from the top, frames from the left.
 */
export class HeatAtlas {
  readonly canvas: OffscreenCanvas;
  readonly #pixels: ImageData;
  readonly #words: Uint32Array;

  constructor(
    readonly W: number,
    readonly H: number,
    columns: number,
    rows: number,
  ) {
    this.canvas = new OffscreenCanvas(W * columns, H * rows);
    this.#pixels = new ImageData(this.canvas.width, this.canvas.height);
    this.#words = new Uint32Array(this.#pixels.data.buffer);
  }

  /** Fills a tile with the colours of values. @param values [S] of the pane, row-major; @param words 256 of a colour map */
  fill(column: number, row: number, values: Float32Array, scale: Scale, words: ColorMap["words"]): void {
    this.#fill(column, row, (s) => words[Math.round(place(scale, values[s]) * 255)]);
  }

  /** Fills a tile with ways, by the colour wheel. @param lengths [S] @param directions [S] as in `wayColor` */
  fillWays(column: number, row: number, lengths: Float32Array, directions: Float32Array, scale: Scale): void {
    this.#fill(column, row, (s) => {
      // Where no way is known, the frame shows.
      if (Number.isNaN(lengths[s])) return 0;
      const [red, green, blue, alpha] = wayColor(directions[s], place(scale, lengths[s]));
      return (red | (green << 8) | (blue << 16) | (alpha << 24)) >>> 0;
    });
  }

  /** Fills a tile with the shade over what a motion mask leaves out. @param mask [S] */
  shade(column: number, row: number, mask: Uint8Array): void {
    this.#fill(column, row, (s) => (mask[s] ? 0 : SHADE << 24));
  }

  /** Where a tile lies on the canvas. */
  tile(column: number, row: number) {
    return { x: column * this.W, y: row * this.H, width: this.W, height: this.H };
  }

  /** Puts what was filled on the canvas. */
  commit(): void {
    this.canvas.getContext("2d")?.putImageData(this.#pixels, 0, 0);
  }

  #fill(column: number, row: number, color: (s: number) => number): void {
    const { W, H } = this;
    for (let y = 0; y < H; y++) {
      const start = (row * H + y) * this.canvas.width + column * W;
      for (let x = 0; x < W; x++) this.#words[start + x] = color(y * W + x);
    }
  }
}
