/** A moment that has a frame of the clip. */
export interface MatchedMoment {
  /** Index of the moment, and of the frame in the list it was found in. */
  readonly moment: number;
  readonly frame: number;
}

/**
 * Half the usual distance of moments from each other: what lies nearer to a moment than this is nearer to no other. Infinite for
 * a single moment.
 * @param momentsS ascending
 */
export function halfStep(momentsS: readonly number[]): number {
  const steps = momentsS.slice(1).map((time, i) => time - momentsS[i]);
  const [middle = Number.POSITIVE_INFINITY] = steps.sort((a, b) => a - b).slice(Math.floor(steps.length / 2));
  return middle / 2;
}

/** Times in files are rounded to microseconds or to whole milliseconds. */
const ROUNDING_S = 0.0012;

/**
 * The frame nearest in time to each moment, where one lies within half a step of the moments; each frame for one moment at the
 * most, the nearest. Both lists ascend, and so do the pairs.
 */
export function matchMoments(momentsS: readonly number[], framesS: readonly number[]): MatchedMoment[] {
  const reach = halfStep(momentsS) + ROUNDING_S;
  const matched: MatchedMoment[] = [];
  for (const [moment, timeS] of momentsS.entries()) {
    const frame = nearest(framesS, timeS);
    const distance = Math.abs(framesS[frame] - timeS);
    if (!(distance <= reach)) continue;
    const last = matched.at(-1);
    if (last?.frame !== frame) matched.push({ moment, frame });
    else if (distance < Math.abs(framesS[frame] - momentsS[last.moment])) matched.splice(-1, 1, { moment, frame });
  }
  return matched;
}

/** Index of the nearest value of an ascending list, the earlier of two as near; 0 for an empty one. */
export function nearest(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < value) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return 0;
  return low < ascending.length && ascending[low] - value < value - ascending[low - 1] ? low : low - 1;
}
