/**
 * Dense optical flow by inverse search, after Kroeger, Timofte, Dai and Van Gool, "Fast Optical Flow using Dense Inverse Search",
 * ECCV 2016, without its variational refinement: overlapping patches of one frame are sought in the next, from coarse to fine, each from
 * where the coarser level or its neighbours went, by inverse-compositional Lucas-Kanade on brightness without its mean; a pixel's flow is
 * the mean of its patches', weighted by how well each explains the pixel.
 */

/** Brightness of a frame, [height, width], 0 to 255. */
export interface Luma {
  readonly width: number;
  readonly height: number;
  readonly pixels: Float32Array;
}

/** Side of a patch, and how far apart patches are. */
const PATCH = 8;
const STRIDE = 4;
const AREA = PATCH * PATCH;
const MOST_STEPS = 12;
/** A step shorter than this, in pixels, is the last one. */
const SHORT = 0.02;
/** No level has a shorter side below this: two patches. There a way of a patch half its side is found surely, so about an eighth of the frame. */
const LEAST_SIDE = 2 * PATCH;
/** Keeps a patch in place along directions in which it shows nothing: a gradient of a sixteenth of a grey level a pixel. */
const FLAT = AREA / 256;
/** A patch may leave its frame by its own side; what lies there repeats the frame's edge. */
const PAD = PATCH + 2;

/** Brightness by ITU-R BT.601. @param rgba [height, width, 4] bytes */
export function lumaOf(rgba: ArrayLike<number>, width: number, height: number): Luma {
  const pixels = Float32Array.from(
    { length: width * height },
    (_, i) => 0.299 * rgba[4 * i] + 0.587 * rgba[4 * i + 1] + 0.114 * rgba[4 * i + 2],
  );
  return { width, height, pixels };
}

/**
 * Where each pixel of `from` is in `to`, as the way there: [height, width, 2] of (x to the right, y downwards) in pixels.
 * Both frames have one size of at least LEAST_SIDE on each side.
 * @throws RangeError for frames of two sizes, or smaller ones
 */
export function opticalFlow(from: Luma, to: Luma): Float32Array {
  const { width, height } = from;
  if (width !== to.width || height !== to.height || Math.min(width, height) < LEAST_SIDE) {
    throw new RangeError(
      `optical flow needs two frames of one size of at least ${LEAST_SIDE}×${LEAST_SIDE} px, got ${width}×${height} and ${to.width}×${to.height}`,
    );
  }
  const levels: [Luma, Luma][] = [[from, to]];
  for (let [a, b] = levels[0]; Math.min(a.width, a.height) >= 2 * LEAST_SIDE; ) {
    [a, b] = [halved(a), halved(b)];
    levels.push([a, b]);
  }
  let flow: Flow = { width: 1, height: 1, xy: new Float32Array(2) };
  for (const [a, b] of levels.reverse()) flow = refined(a, b, flow);
  return flow.xy;
}

interface Flow {
  readonly width: number;
  readonly height: number;
  readonly xy: Float32Array;
}

/** Half as large, each pixel the mean of 2×2; an odd last row or column is counted twice. */
function halved({ width, height, pixels }: Luma): Luma {
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const half = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    const [above, below] = [2 * y * width, Math.min(2 * y + 1, height - 1) * width];
    for (let x = 0; x < w; x++) {
      const [left, right] = [2 * x, Math.min(2 * x + 1, width - 1)];
      half[y * w + x] =
        (pixels[above + left] + pixels[above + right] + pixels[below + left] + pixels[below + right]) / 4;
    }
  }
  return { width: w, height: h, pixels: half };
}

/** A frame with its edge repeated PAD pixels outwards. */
function padded({ width, height, pixels }: Luma) {
  const row = width + 2 * PAD;
  const inside = (value: number, size: number) => Math.min(Math.max(value - PAD, 0), size - 1);
  const data = new Float32Array(row * (height + 2 * PAD));
  for (let i = 0; i < data.length; i++)
    data[i] = pixels[inside(Math.floor(i / row), height) * width + inside(i % row, width)];
  return { row, data };
}

/** One level: patches from where the coarser one says, then the pixels from their patches. */
function refined(from: Luma, to: Luma, coarse: Flow): Flow {
  const { width, height } = from;
  const [a, b] = [padded(from), padded(to)];
  const { row } = a;
  const [columns, rows] = [width, height].map((side) => Math.ceil((side - PATCH) / STRIDE) + 1);
  const left = (column: number) => Math.min(column * STRIDE, width - PATCH);
  const top = (line: number) => Math.min(line * STRIDE, height - PATCH);
  const found = new Float32Array(2 * columns * rows);
  const difference = new Float32Array(AREA);

  /** Differences between patch (x, y) and where (u, v) leads it, and the sum of their squares without their mean. */
  const compare = (x: number, y: number, u: number, v: number): number => {
    const atX = Math.min(Math.max(x + u, 1 - PAD), width + PAD - PATCH - 2);
    const atY = Math.min(Math.max(y + v, 1 - PAD), height + PAD - PATCH - 2);
    const [px, py] = [Math.floor(atX), Math.floor(atY)];
    const [fx, fy] = [atX - px, atY - py];
    const [w00, w01, w10, w11] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
    let [sum, squares] = [0, 0];
    for (let j = 0; j < PATCH; j++) {
      const at = (py + PAD + j) * row + px + PAD;
      const own = (y + PAD + j) * row + x + PAD;
      for (let i = 0; i < PATCH; i++) {
        const k = at + i;
        const there = w00 * b.data[k] + w01 * b.data[k + 1] + w10 * b.data[k + row] + w11 * b.data[k + row + 1];
        const d = there - a.data[own + i];
        difference[j * PATCH + i] = d;
        sum += d;
        squares += d * d;
      }
    }
    return squares - (sum * sum) / AREA;
  };

  const [gx, gy] = [new Float32Array(AREA), new Float32Array(AREA)];
  /** Lucas-Kanade from the best of some starts. @returns where it ends */
  const sought = (x: number, y: number, starts: readonly (readonly [number, number])[]): readonly [number, number] => {
    let [u, v] = starts[0];
    let least = compare(x, y, u, v);
    for (const [su, sv] of starts.slice(1)) {
      const error = compare(x, y, su, sv);
      if (error < least) [least, u, v] = [error, su, sv];
    }
    const [startU, startV] = [u, v];
    let [mx, my, xx, xy, yy] = [0, 0, 0, 0, 0];
    for (let k = 0; k < AREA; k++) {
      const at = (y + PAD + Math.floor(k / PATCH)) * row + x + PAD + (k % PATCH);
      gx[k] = (a.data[at + 1] - a.data[at - 1]) / 2;
      gy[k] = (a.data[at + row] - a.data[at - row]) / 2;
      mx += gx[k] / AREA;
      my += gy[k] / AREA;
    }
    for (let k = 0; k < AREA; k++) {
      gx[k] -= mx;
      gy[k] -= my;
      xx += gx[k] * gx[k];
      xy += gx[k] * gy[k];
      yy += gy[k] * gy[k];
    }
    const determinant = (xx + FLAT) * (yy + FLAT) - xy * xy;
    compare(x, y, u, v);
    for (let step = 0; step < MOST_STEPS; step++) {
      let [bx, by] = [0, 0];
      for (let k = 0; k < AREA; k++) {
        bx += gx[k] * difference[k];
        by += gy[k] * difference[k];
      }
      const du = ((yy + FLAT) * bx - xy * by) / determinant;
      const dv = ((xx + FLAT) * by - xy * bx) / determinant;
      const error = compare(x, y, u - du, v - dv);
      if (error >= least) break;
      [least, u, v] = [error, u - du, v - dv];
      if (Math.hypot(du, dv) < SHORT) break;
    }
    // Further than its own side no gradient could lead it.
    return Math.hypot(u - startU, v - startV) > PATCH ? [startU, startV] : [u, v];
  };

  const at = (patch: number) => [found[2 * patch], found[2 * patch + 1]] as const;
  // Down from the upper left, then back: what one patch found reaches all behind it.
  for (const back of [0, 1]) {
    for (let n = 0; n < columns * rows; n++) {
      const patch = back ? columns * rows - 1 - n : n;
      const [line, column] = [Math.floor(patch / columns), patch % columns];
      const [x, y] = [left(column), top(line)];
      const starts: (readonly [number, number])[] = back
        ? [at(patch)]
        : [coarseAt(coarse, x + PATCH / 2, y + PATCH / 2), [0, 0]];
      const side = back ? 1 : -1;
      if (column + side >= 0 && column + side < columns) starts.push(at(patch + side));
      if (line + side >= 0 && line + side < rows) starts.push(at(patch + side * columns));
      found.set(sought(x, y, starts), 2 * patch);
    }
  }

  const sums = new Float32Array(3 * width * height);
  for (let patch = 0; patch < columns * rows; patch++) {
    const [x, y] = [left(patch % columns), top(Math.floor(patch / columns))];
    const [u, v] = at(patch);
    compare(x, y, u, v);
    for (let k = 0; k < AREA; k++) {
      const pixel = 3 * ((y + Math.floor(k / PATCH)) * width + x + (k % PATCH));
      const weight = 1 / Math.max(1, difference[k] ** 2);
      sums[pixel] += weight * u;
      sums[pixel + 1] += weight * v;
      sums[pixel + 2] += weight;
    }
  }
  const xy = new Float32Array(2 * width * height);
  for (let i = 0; i < width * height; i++) {
    xy[2 * i] = sums[3 * i] / sums[3 * i + 2];
    xy[2 * i + 1] = sums[3 * i + 1] / sums[3 * i + 2];
  }
  return { width, height, xy };
}

/** The coarser level's flow at a place of this one. */
function coarseAt({ width, height, xy }: Flow, x: number, y: number): readonly [number, number] {
  const [column, row] = [Math.min(Math.floor(x / 2), width - 1), Math.min(Math.floor(y / 2), height - 1)];
  const i = 2 * (row * width + column);
  return [2 * xy[i], 2 * xy[i + 1]];
}
