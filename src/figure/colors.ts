import { interpolateInferno } from "d3-scale-chromatic";

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

/** Inferno as 256 RGB bytes: perceptually even, dark where nothing is, and legible over greyscale video. */
export const INFERNO: Uint8ClampedArray = (() => {
  const table = new Uint8ClampedArray(STEPS * 3);
  for (let i = 0; i < STEPS; i++) {
    const hex = interpolateInferno(i / (STEPS - 1));
    const [r, g, b] = hex.startsWith("#")
      ? [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
      : (hex.match(/\d+/g) ?? []).map(Number);
    table.set([r, g, b], 3 * i);
  }
  return table;
})();

/** The map as a CSS gradient, for colour bars. */
export const infernoStops = (count = 12): readonly string[] =>
  Array.from({ length: count }, (_, i) => interpolateInferno(i / (count - 1)));
