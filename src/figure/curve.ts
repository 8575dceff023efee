type Point = readonly [x: number, y: number];

/**
 * A curve as a picture needs it: of all points that fall in one column, only the first, the lowest, the highest and the last, in their order.
 * Drawn in lines a pixel wide it looks the same, whether a run has a hundred steps or a million.
 * @param points places in pixels, x rising
 */
export function thinned(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (let start = 0; start < points.length; ) {
    const column = Math.floor(points[start][0]);
    let [low, high, end] = [start, start, start];
    for (; end < points.length && Math.floor(points[end][0]) === column; end++) {
      if (points[end][1] < points[low][1]) low = end;
      if (points[end][1] > points[high][1]) high = end;
    }
    const corners = [...new Set([start, low, high, end - 1])].sort((a, b) => a - b);
    for (const i of corners) kept.push(points[i]);
    start = end;
  }
  return kept;
}

/** Least and greatest value, without a call that has as many arguments as there are values. Infinity and -Infinity of none. */
export function extent(values: Iterable<number>): readonly [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
