// @ts-check
// What `figure` and `ship-features` ask the page for. The compiler holds it against what the page reads, as it cannot in the
// commands themselves: a field that the page wants and a command forgets is found before it runs.

/** @typedef {import("../../src/headless/figure.ts").FigureRequest} FigureRequest */

/**
 * What is asked where nobody says: all of the clip, with the mask and the colours that the page begins with.
 * @satisfies {Partial<FigureRequest>}
 */
export const USUAL = /** @type {const} */ ({
  startS: 0,
  lengthS: null,
  stride: null,
  rho: 0.2,
  scale: "shared-log",
});

/**
 * @param {Omit<FigureRequest, keyof typeof USUAL> & Partial<FigureRequest>} asked
 * @returns {FigureRequest}
 */
export const figureRequest = (asked) => ({ ...USUAL, ...asked });

/**
 * The features of a clip alone. A figure needs a query and a temperature: nobody reads what comes of these.
 * @param {Pick<FigureRequest, "encoder" | "token" | "frames">} input
 */
export const featuresRequest = ({ encoder, token, frames }) =>
  figureRequest({ encoder, token, frames, queries: [[0, 0, 0]], taus: [1], files: ["features"] });
