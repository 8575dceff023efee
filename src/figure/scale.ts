/** From a value to a place on the colour map, and back to the numbers beside the colour bar. */
export interface Scale {
  readonly kind: "linear" | "log";
  readonly low: number;
  readonly high: number;
}

/** Cosines: below 0 nothing is similar. */
export const COSINE_SCALE: Scale = { kind: "linear", low: 0, high: 1 };
/** Probabilities, shared by all panes. Four decades hold both a uniform frame (1/S) and a certain match. */
export const LOG_SCALE: Scale = { kind: "log", low: 1e-4, high: 1 };
export const LINEAR_SCALE: Scale = { kind: "linear", low: 0, high: 1 };

/** Place of a value on the map, clamped to [0, 1]. */
export function place({ kind, low, high }: Scale, value: number): number {
  const at =
    kind === "log"
      ? Math.log(Math.max(value, low) / low) / Math.log(high / low)
      : (value - low) / Math.max(high - low, Number.MIN_VALUE);
  return Math.min(Math.max(at, 0), 1);
}

/** Linear over the values that occur: a pane row's own contrast. */
export function contrastScale(values: Float32Array): Scale {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { kind: "linear", low, high: high > low ? high : low + 1e-6 };
}

/** Linear with zero in its middle, for signed values. */
export function signedScale(values: Float32Array): Scale {
  let high = 0;
  for (const value of values) high = Math.max(high, Math.abs(value));
  return { kind: "linear", low: -(high || 1e-6), high: high || 1e-6 };
}

/** Linear from zero to the largest value that occurs. */
export function fromZeroScale(values: Float32Array): Scale {
  return { kind: "linear", low: 0, high: Math.max(contrastScale(values).high, 1e-6) };
}

/** Values to print beside a colour bar. */
export function ticks({ kind, low, high }: Scale): readonly number[] {
  if (kind === "log") {
    const decades = Math.round(Math.log10(high / low));
    return Array.from({ length: decades + 1 }, (_, i) => low * 10 ** i);
  }
  return [low, (low + high) / 2, high];
}

/** A number as it stands in read-outs and beside colour bars: three significant digits, plain where that is short. */
export function short(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e5) return value.toExponential(1).replace(".0e", "e");
  return String(Number(value.toPrecision(3)));
}
