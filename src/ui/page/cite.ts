/** Of package.json; `test/node/cite.test.ts` holds them together. */
export const VERSION = "0.1.0";

export const PAPER_URL = "https://arxiv.org/abs/2605.24962";

/** What a paper that uses this page cites: the method, and the page itself. The authors are on the paper's own page. */
export const BIBTEX = `@misc{tempered-tsa,
  title         = {Tempered Self-Similarity Alignment for Physically Plausible Video Generation},
  year          = {2026},
  eprint        = {2605.24962},
  archivePrefix = {arXiv},
  url           = {${PAPER_URL}},
}

@software{tempered,
  title   = {Tempered: see, compare and train what a video model believes about motion, in the browser},
  version = {${VERSION}},
  year    = {2026},
  license = {Apache-2.0},
}`;
