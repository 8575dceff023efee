import type { Size } from "./types.ts";

/** No side of the encoder's input is longer: a very wide clip is squeezed rather than given a handful of token rows. */
const MAX_SIDE = 512;
/** The area may move this far from the target if that keeps the aspect ratio better. */
const AREA_RANGE = [0.75, 1.35] as const;
/** A clip that fits the encoder already is not resampled up to this much more than the target area. */
const NATIVE_AREA = 1.5;

/**
 * The size at which a clip of `source` pixels goes into an encoder that wants sides in multiples of `multiple`, about `area`
 * pixels: the size whose aspect ratio is closest (in log), and of equally close ones the nearest in area. A source that is
 * such a multiple already and at most 1.5 times the area goes in as it is.
 *
 * @throws RangeError where a side is not positive.
 */
export function chooseInputSize(source: Size, multiple = 32, area = 224 * 224): Size {
  const { width, height } = source;
  if (!(width > 0 && height > 0)) throw new RangeError(`a clip must have pixels, got ${width}×${height}`);
  const fits = width % multiple === 0 && height % multiple === 0 && Math.max(width, height) <= MAX_SIDE;
  if (fits && width * height <= NATIVE_AREA * area) return { width, height };

  const sides: number[] = [];
  for (let side = multiple; side <= Math.max(MAX_SIDE, multiple); side += multiple) sides.push(side);
  const candidates = sides.flatMap((w) =>
    sides.map((h) => ({
      size: { width: w, height: h },
      areaRatio: (w * h) / area,
      aspectError: Math.abs(Math.log((w * height) / (h * width))),
      areaError: Math.abs(Math.log((w * h) / area)),
    })),
  );
  const [low, high] = AREA_RANGE;
  const near = candidates.filter(({ areaRatio }) => areaRatio >= low && areaRatio <= high);
  // A coarse `multiple` may have no size in range; then the nearest areas compete.
  const nearest = Math.min(...candidates.map(({ areaError }) => areaError));
  const pool = near.length > 0 ? near : candidates.filter(({ areaError }) => areaError <= nearest + 1e-9);
  return pool.reduce((best, next) => {
    const gain = best.aspectError - next.aspectError;
    if (Math.abs(gain) > 1e-9) return gain > 0 ? next : best;
    return next.areaError < best.areaError ? next : best;
  }).size;
}
