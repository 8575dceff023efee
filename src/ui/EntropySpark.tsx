import { CLIP_ROW, type FigureInput, RAW_ROW } from "../figure/explore_figure.ts";

/** Entropy of each frame's distribution as bars: full height is a uniform frame, log2(S) bits. */
export function EntropySpark({ input, row }: { readonly input: FigureInput; readonly row: number }) {
  if (row === CLIP_ROW || row === RAW_ROW || !input.show.entropy) return null;
  const { F, H, W } = input.encoded.grid;
  const bits = input.correspondence.entropyBits[row - 2].subarray(input.active * F, (input.active + 1) * F);
  const most = Math.log2(H * W);
  const mean = bits.reduce((a, b) => a + b, 0) / F;
  return (
    <>
      <svg viewBox={`0 0 ${F} 1`} preserveAspectRatio="none" aria-hidden="true">
        {Array.from(bits, (value, f) => {
          const height = Math.max(value / most, 0.03);
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its frame
          return <rect key={f} x={f + 0.1} y={1 - height} width={0.8} height={height} />;
        })}
      </svg>
      <span>{mean.toFixed(1)} bits</span>
    </>
  );
}
