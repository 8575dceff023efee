interface SliderAt {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly ticks: readonly number[];
}

/** Stops of a decade, about equal ratios apart: ten presses are a factor of ten. */
const STOPS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];
const DIRECTIONS: Readonly<Record<string, 1 | -1>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 1,
  PageDown: -1,
};

/**
 * Where a key moves a slider to: arrows by round steps, a tenth of a decade on a log scale and about a hundredth of the range on a
 * linear one; Page keys to the next marked value.
 * @returns undefined for other keys, and with Shift, which leaves the browser's own finest step
 */
export function keyed(key: string, shift: boolean, { value, low, high, log, ticks }: SliderAt): number | undefined {
  const direction = DIRECTIONS[key];
  if (direction === undefined || shift) return undefined;
  const stops = key.startsWith("Page") ? ticks : log ? decades(low, high) : undefined;
  const within = (to: number) => Number(Math.min(Math.max(to, low), high).toPrecision(6));
  if (stops) {
    // A hair's breadth beyond the value, so that standing on a stop means the next one.
    const beyond = stops.filter((stop) => direction * (stop - value) > 1e-9 * Math.abs(value));
    return within(direction > 0 ? Math.min(high, ...beyond) : Math.max(low, ...beyond));
  }
  const step = 10 ** Math.round(Math.log10((high - low) / 100));
  return within(Math.round(value / step + direction) * step);
}

function decades(low: number, high: number): readonly number[] {
  const stops: number[] = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++)
    for (const stop of STOPS) stops.push(Number((stop * 10 ** power).toPrecision(3)));
  return stops.filter((stop) => stop >= low && stop <= high);
}
