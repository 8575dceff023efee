/**
 * Where tokens lie in the block. One unit is the longer side of a frame; x grows with columns, y against rows, and time runs
 * along −z: seen from the front (+z) frame 0 is the nearest, seen from the right (+x) time runs from left to right. The block's
 * middle is the origin.
 */
export interface BlockLayout {
  readonly F: number;
  readonly H: number;
  readonly W: number;
  /** Of a frame. */
  readonly width: number;
  readonly height: number;
  /** From the first frame to the last. */
  readonly depth: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** @param aspect height of a frame over its width */
export function blockLayout(
  { F, H, W }: { readonly F: number; readonly H: number; readonly W: number },
  aspect: number,
  depth: number,
): BlockLayout {
  const longer = Math.max(1, aspect);
  return { F, H, W, width: 1 / longer, height: aspect / longer, depth };
}

/** Between one frame and the next. */
export const gapOf = ({ F, depth }: BlockLayout): number => depth / Math.max(F - 1, 1);

/** The middle of a token; fractions of frames, rows and columns lie between. */
export function pointOf(layout: BlockLayout, frame: number, row: number, col: number): Point {
  const { H, W, width, height, depth } = layout;
  return {
    x: ((col + 0.5) / W - 0.5) * width,
    y: (0.5 - (row + 0.5) / H) * height,
    z: depth / 2 - frame * gapOf(layout),
  };
}

/** The token under a point of a frame's plane, kept inside the frame. */
export function tokenAtPoint({ H, W, width, height }: BlockLayout, x: number, y: number): readonly [number, number] {
  const inside = (value: number, size: number) => Math.min(Math.max(Math.floor(value), 0), size - 1);
  return [inside((0.5 - y / height) * H, H), inside((x / width + 0.5) * W, W)];
}

/** The eight corners of the block. */
export function cornersOf({ width, height, depth }: BlockLayout): Point[] {
  const signs = [-0.5, 0.5];
  return signs.flatMap((x) => signs.flatMap((y) => signs.map((z) => ({ x: x * width, y: y * height, z: z * depth }))));
}

/** Unit vectors of a camera: to its right, up, and the way it looks. */
export interface Directions {
  readonly right: Point;
  readonly up: Point;
  readonly forward: Point;
}

/** The part of the picture that points take up, as tangents from the middle of the picture. */
export interface Extent {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/** What a perspective camera sees of points from a distance before their origin. Points beside or behind it are at infinity. */
export function extentOf(points: readonly Point[], { right, up, forward }: Directions, distance: number): Extent {
  const dot = (a: Point, b: Point) => a.x * b.x + a.y * b.y + a.z * b.z;
  const extent = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
  for (const point of points) {
    const depth = distance + dot(point, forward);
    if (depth <= 0) return { left: -Infinity, right: Infinity, bottom: -Infinity, top: Infinity };
    const [x, y] = [dot(point, right) / depth, dot(point, up) / depth];
    extent.left = Math.min(extent.left, x);
    extent.right = Math.max(extent.right, x);
    extent.bottom = Math.min(extent.bottom, y);
    extent.top = Math.max(extent.top, y);
  }
  return extent;
}

/**
 * From how far away the points just fill the picture when they are moved to its middle.
 *
 * @param tangents of the whole angle of view: across and upright, from edge to edge
 */
export function fitDistance(
  points: readonly Point[],
  view: Directions,
  tangents: { readonly across: number; readonly upright: number },
): number {
  const fits = (distance: number) => {
    const { left, right, bottom, top } = extentOf(points, view, distance);
    return right - left <= tangents.across && top - bottom <= tangents.upright;
  };
  let [near, far] = [0, 1];
  while (!fits(far)) far *= 2;
  // The picture of a block shrinks steadily with distance: halving finds the place to a thousandth in a dozen rounds.
  for (let i = 0; i < 24; i++) {
    const middle = (near + far) / 2;
    if (fits(middle)) far = middle;
    else near = middle;
  }
  return far;
}
