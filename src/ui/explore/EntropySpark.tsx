interface EntropySparkProps {
  /** Entropy of each frame's distribution in bits, [F]. */
  readonly bits: Float32Array;
  /** Entropy of a uniform frame, log2(S): a bar of full height. */
  readonly most: number;
  /** Whether there is room for the bars beside the mean. */
  readonly bars: boolean;
}

/** Entropy by frame as bars, with its mean. */
export function EntropySpark({ bits, most, bars }: EntropySparkProps) {
  const mean = bits.reduce((a, b) => a + b, 0) / bits.length;
  return (
    <>
      {bars && (
        <svg viewBox={`0 0 ${bits.length} 1`} preserveAspectRatio="none" aria-hidden="true">
          {Array.from(bits, (value, f) => {
            const height = Math.max(value / most, 0.03);
            // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its frame
            return <rect key={f} x={f + 0.1} y={1 - height} width={0.8} height={height} />;
          })}
        </svg>
      )}
      <span>{mean.toFixed(1)} bits</span>
    </>
  );
}
