import { interpolateInferno, interpolatePuOr } from "d3-scale-chromatic";

/** Okabe–Ito: told apart with any colour vision. The first is the paper's red query, nudged to the set's vermillion. */
export const QUERY_COLORS: readonly string[] = [
  "#ff4b3e",
  "#56b4e9",
  "#009e73",
  "#f0e442",
  "#cc79a7",
  "#e69f00",
  "#0072b2",
];

/** Best match: yellow, as in the paper's Fig. 3. Truth: white ring, so that it reads over any heat. */
export const BEST_MATCH_COLOR = "#ffe14d";
export const TRUTH_COLOR = "#ffffff";

const STEPS = 256;

/** A colour map over [0, 1]: as RGBA words for tokens, and as CSS colours for bars. */
export interface ColorMap {
  /** 256 RGBA words in the byte order of ImageData. */
  readonly words: Uint32Array;
  /** The same colours, over a large frame: where there is nothing, the frame is seen as it is. */
  readonly clearWords: Uint32Array;
  readonly css: (at: number) => string;
}

/** How much of the frame below is covered at each place of the map. */
type Opacity = (at: number) => number;

function colorMap(css: (at: number) => string, opacity: Opacity, clear: Opacity): ColorMap {
  const words = (covered: Opacity) => {
    const bytes = new Uint8ClampedArray(4 * STEPS);
    for (let i = 0; i < STEPS; i++) {
      const at = i / (STEPS - 1);
      const color = css(at);
      const rgb = color.startsWith("#")
        ? [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16))
        : (color.match(/\d+/g) ?? []).map(Number);
      bytes.set([...rgb, 255 * covered(at)], 4 * i);
    }
    return new Uint32Array(bytes.buffer);
  };
  return { words: words(opacity), clearWords: words(clear), css };
}

/**
 * Inferno: perceptually even, dark where nothing is, legible over greyscale video. In the small panes its dark end is the ground, so that
 * frames of any brightness compare; over a large frame it covers by its value alone.
 */
export const HEAT_MAP = colorMap(
  interpolateInferno,
  (at) => 0.45 + 0.5 * at,
  (at) => 0.65 * at,
);

/** Purple to orange through white, safe for any colour vision; zero, in the middle, shows the frame. */
export const SIGNED_MAP = colorMap(
  interpolatePuOr,
  (at) => 0.1 + 0.85 * Math.sqrt(Math.abs(2 * at - 1)),
  (at) => 0.65 * Math.sqrt(Math.abs(2 * at - 1)),
);

/** Steps from one colour of the wheel to the next, after Baker et al., "A Database and Evaluation Methodology for Optical Flow", IJCV 2011. */
const WHEEL = [
  { steps: 15, from: [255, 0, 0], to: [255, 255, 0] },
  { steps: 6, from: [255, 255, 0], to: [0, 255, 0] },
  { steps: 4, from: [0, 255, 0], to: [0, 255, 255] },
  { steps: 11, from: [0, 255, 255], to: [0, 0, 255] },
  { steps: 13, from: [0, 0, 255], to: [255, 0, 255] },
  { steps: 6, from: [255, 0, 255], to: [255, 0, 0] },
].flatMap(({ steps, from, to }) =>
  Array.from({ length: steps }, (_, i) => from.map((byte, c) => byte + ((to[c] - byte) * i) / steps)),
);

/**
 * The colour of a way, four bytes: hue by direction, as optical flow is usually drawn (right is red, down yellow, left cyan, up violet),
 * opacity by strength, so that what stands still shows the frame.
 * @param direction radians from the right, downwards
 * @param strength 0 to 1
 */
export function wayColor(direction: number, strength: number): readonly [number, number, number, number] {
  const turn = direction / (2 * Math.PI);
  const at = (turn - Math.floor(turn)) * WHEEL.length;
  const [low, high] = [WHEEL[Math.floor(at) % WHEEL.length], WHEEL[(Math.floor(at) + 1) % WHEEL.length]];
  const part = at - Math.floor(at);
  const [red, green, blue] = low.map((byte, c) => Math.round(byte + part * (high[c] - byte)));
  return [red, green, blue, Math.round(255 * 0.9 * Math.sqrt(strength))];
}
