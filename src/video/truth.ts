/**
 * What is true of a built-in clip: where each point of it is in every frame. A clip is a stack of layers, later ones in
 * front, each moved by one affine map per frame.
 *
 * Pixel coordinates are continuous: pixel i covers [i, i + 1), so the centre of the first pixel is at 0.5.
 */
import * as v from "valibot";

const finite = v.pipe(v.number(), v.finite());

/** Maps layer coordinates (u, v) to pixels of one frame: x = a·u + b·v + tx, y = c·u + d·v + ty. */
const affineSchema = v.pipe(
  v.strictTuple([finite, finite, finite, finite, finite, finite]),
  v.check(([a, b, , c, d]) => Math.abs(a * d - b * c) > 1e-9, "an affine map must be invertible"),
);

const positiveInteger = v.pipe(v.number(), v.integer(), v.minValue(1));

const truthSchema = v.pipe(
  v.strictObject({
    version: v.literal(1),
    width: positiveInteger,
    height: positiveInteger,
    frames: positiveInteger,
    layers: v.pipe(
      v.array(
        v.strictObject({
          name: v.string(),
          shape: v.variant("kind", [
            v.strictObject({ kind: v.literal("everything") }),
            /** Centred on (0, 0) of its layer. */
            v.strictObject({ kind: v.literal("disc"), radius: v.pipe(v.number(), v.gtValue(0)) }),
          ]),
          /** One per frame. */
          affine: v.array(affineSchema),
        }),
      ),
      v.minLength(1, "a clip's truth needs at least one layer"),
    ),
  }),
  v.check(
    ({ frames, layers }) => layers.every(({ affine }) => affine.length === frames),
    ({ input: { frames, layers } }) => {
      const wrong = layers.find(({ affine }) => affine.length !== frames);
      return `layer "${wrong?.name}" must have one affine map for each of the ${frames} frames, got ${wrong?.affine.length}`;
    },
  ),
);

export type Truth = v.InferOutput<typeof truthSchema>;
type Layer = Truth["layers"][number];

/** Reads a `<clip>.truth.json`. @throws Error naming the field, what it must be and what it was; unknown keys are errors. */
export function parseTruth(json: unknown): Truth {
  const result = v.safeParse(truthSchema, json);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(`a clip's truth is wrong at ${v.getDotPath(issue) ?? "its root"}: ${issue.message}`);
}

/** Where a point of one frame is in another. */
export interface Tracked {
  readonly x: number;
  readonly y: number;
  /** Inside the frame and not behind a layer further in front. */
  readonly visible: boolean;
}

/**
 * Follows the topmost thing at pixel (x, y) of `fromFrame` into `toFrame`. Where no layer covers the point, the answer is NaN
 * and not visible.
 *
 * @throws RangeError for a frame that the clip does not have.
 */
export function track(truth: Truth, fromFrame: number, x: number, y: number, toFrame: number): Tracked {
  const from = topmost(truth, fromFrame, x, y);
  if (!from) return { x: Number.NaN, y: Number.NaN, visible: false };
  const [a, b, tx, c, d, ty] = mapAt(truth, from.layer, toFrame);
  const to = { x: a * from.u + b * from.v + tx, y: c * from.u + d * from.v + ty };
  const inside = to.x >= 0 && to.y >= 0 && to.x < truth.width && to.y < truth.height;
  return { ...to, visible: inside && topmost(truth, toFrame, to.x, to.y)?.layer === from.layer };
}

/** A clip's true motion, whatever it is known from: layers under affine maps, or a simulation. Frames are counted in the file. */
export interface TrueMotion {
  /** Pixels of the frames in which `track` counts. */
  readonly width: number;
  readonly height: number;
  /** @param reach px beside and below (x, y) within which a point that somebody followed stands for it; a whole motion needs none */
  track(fromFrame: number, x: number, y: number, toFrame: number, reach: Reach): Tracked;
}

type Reach = readonly [x: number, y: number];

/** Points that somebody followed: those within reach stand for what is around them, the nearest first. */
export function motionOfTracks(
  { xy, visible, frames }: { readonly xy: Float32Array; readonly visible: Uint8Array; readonly frames: number },
  { width, height }: { readonly width: number; readonly height: number },
): TrueMotion {
  const nowhere = { x: Number.NaN, y: Number.NaN, visible: false };
  return {
    width,
    height,
    track(fromFrame, x, y, toFrame, [reachX, reachY]) {
      let nearest = nowhere;
      let least = Number.POSITIVE_INFINITY;
      for (let at = fromFrame; at < visible.length; at += frames) {
        const [dx, dy] = [xy[2 * at] - x, xy[2 * at + 1] - y];
        const distance = dx * dx + dy * dy;
        if (visible[at] === 0 || Math.abs(dx) > reachX || Math.abs(dy) > reachY || distance >= least) continue;
        least = distance;
        const to = at - fromFrame + toFrame;
        // What is asked for went where the point went, as far from it as it was.
        nearest = { x: xy[2 * to] - dx, y: xy[2 * to + 1] - dy, visible: visible[to] === 1 };
      }
      return nearest;
    },
  };
}

export const motionOf = (truth: Truth): TrueMotion => ({
  width: truth.width,
  height: truth.height,
  track: (fromFrame, x, y, toFrame) => track(truth, fromFrame, x, y, toFrame),
});

/**
 * The true track of a token's centre, [F, 2] as (row, col) in units of tokens, where a token's own centre has its integer
 * index; NaN where it is hidden or outside.
 *
 * @param frames index in the file of each of the F token frames
 * @param query [frame, row, col], the frame counted in `frames`
 */
export function tokenTracks(
  motion: TrueMotion,
  frames: readonly number[],
  grid: { readonly H: number; readonly W: number },
  query: readonly [frame: number, row: number, col: number],
): Float32Array {
  const [tokenHeight, tokenWidth] = [motion.height / grid.H, motion.width / grid.W];
  const reach = [tokenWidth / 2, tokenHeight / 2] as const;
  const [f, row, col] = query;
  if (!(f in frames)) throw new RangeError(`the query's frame must be below ${frames.length}, got ${f}`);
  const tracks = new Float32Array(frames.length * 2).fill(Number.NaN);
  frames.forEach((frame, i) => {
    const to = motion.track(frames[f], (col + 0.5) * tokenWidth, (row + 0.5) * tokenHeight, frame, reach);
    if (to.visible) tracks.set(tokenPlace(motion, grid, to.x, to.y), i * 2);
  });
  return tracks;
}

/** A pixel's place in units of tokens, where a token's own centre has its integer index. */
export const tokenPlace = (
  { width, height }: Pick<TrueMotion, "width" | "height">,
  { H, W }: { readonly H: number; readonly W: number },
  x: number,
  y: number,
): readonly [row: number, col: number] => [(y * H) / height - 0.5, (x * W) / width - 0.5];

function mapAt(truth: Truth, layer: Layer, frame: number): Layer["affine"][number] {
  const map = layer.affine[frame];
  if (!map) throw new RangeError(`the clip has frames 0 to ${truth.frames - 1}, got ${frame}`);
  return map;
}

/** The layer in front at a point of a frame, with the point in that layer's coordinates. */
function topmost(
  truth: Truth,
  frame: number,
  x: number,
  y: number,
): { layer: Layer; u: number; v: number } | undefined {
  for (const layer of truth.layers.toReversed()) {
    const [a, b, tx, c, d, ty] = mapAt(truth, layer, frame);
    const determinant = a * d - b * c;
    const point = {
      u: (d * (x - tx) - b * (y - ty)) / determinant,
      v: (a * (y - ty) - c * (x - tx)) / determinant,
    };
    if (layer.shape.kind === "everything" || Math.hypot(point.u, point.v) <= layer.shape.radius)
      return { layer, ...point };
  }
  return undefined;
}
