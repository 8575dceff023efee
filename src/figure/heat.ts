import { INFERNO } from "./colors.ts";
import { place, type Scale } from "./scale.ts";

/** Least and most opacity of heat over a frame: cold positions show the frame, hot ones the map's colour. */
const OPACITY = { low: 0.45, high: 0.95 };

/**
 * One pane's heat as a canvas of W×H pixels, one for each token.
 * @param values [S] of the pane, row-major
 */
export function heatPicture(values: Float32Array, W: number, H: number, scale: Scale): OffscreenCanvas {
  const canvas = new OffscreenCanvas(W, H);
  const context = canvas.getContext("2d");
  const pixels = new ImageData(W, H);
  for (let s = 0; s < W * H; s++) {
    const at = place(scale, values[s]);
    const step = 3 * Math.round(at * 255);
    pixels.data[4 * s] = INFERNO[step];
    pixels.data[4 * s + 1] = INFERNO[step + 1];
    pixels.data[4 * s + 2] = INFERNO[step + 2];
    pixels.data[4 * s + 3] = 255 * (OPACITY.low + (OPACITY.high - OPACITY.low) * at);
  }
  context?.putImageData(pixels, 0, 0);
  return canvas;
}

/** What the motion mask leaves out, darkened. @param mask [S] */
export function maskPicture(mask: Uint8Array, W: number, H: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(W, H);
  const pixels = new ImageData(W, H);
  for (let s = 0; s < W * H; s++) {
    pixels.data[4 * s + 3] = mask[s] ? 0 : 176;
  }
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  return canvas;
}
