/** As much of a canvas as figures need, for Node: its first pixel, as [red, green, blue, alpha], stands for all of them. */
import { vi } from "vitest";

type Pixel = [number, number, number, number];

/** What lies over what, as canvases lay it: all of it or nothing. */
const over = (top: Pixel, below: Pixel): Pixel => (top[3] > 0 ? top : below);

export class FakeCanvas {
  pixel: Pixel = [0, 0, 0, 0];

  constructor(
    readonly width: number,
    readonly height: number,
  ) {}

  getContext() {
    const canvas = this;
    let size = 10;
    return {
      canvas,
      fillStyle: "#000000",
      set font(css: string) {
        size = Number(/([\d.]+)px/.exec(css)?.[1]);
      },
      /** Half as wide as high. */
      measureText: (text: string) => ({
        width: 0.5 * size * text.length,
        actualBoundingBoxLeft: 0,
        actualBoundingBoxRight: 0.5 * size * text.length,
        actualBoundingBoxAscent: 0.75 * size,
        actualBoundingBoxDescent: 0.25 * size,
      }),
      fillRect() {
        const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(this.fillStyle.slice(at, at + 2), 16));
        canvas.pixel = [red, green, blue, 255];
      },
      drawImage(image: FakeCanvas) {
        canvas.pixel = over(image.pixel, canvas.pixel);
      },
      fillText() {},
      setTransform() {},
      putImageData() {},
      getImageData: (_: number, __: number, width: number, height: number) => ({
        data: Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => canvas.pixel[i % 4]),
      }),
    };
  }

  /** Its pixel: of a JPEG, as browsers make it, on black. */
  async convertToBlob({ type }: { readonly type: string }): Promise<Blob> {
    const pixel = type === "image/jpeg" ? over(this.pixel, [0, 0, 0, 255]).slice(0, 3) : this.pixel;
    return new Blob([Uint8Array.from(pixel)], { type });
  }
}

/** Pixels that are filled, and read by nobody. */
class FakeImageData {
  readonly data: Uint8ClampedArray;

  constructor(width: number, height: number) {
    this.data = new Uint8ClampedArray(4 * width * height);
  }
}

/** For the tests of a file: they take it away again with `vi.unstubAllGlobals`. */
export function stubCanvas(): void {
  vi.stubGlobal("OffscreenCanvas", FakeCanvas);
  vi.stubGlobal("ImageData", FakeImageData);
}
