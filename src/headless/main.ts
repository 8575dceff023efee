/**
 * The page that shell commands drive: the product's own client, worker and figure code behind a few functions that take and
 * return plain data. `scripts/lib/page.mjs` calls them.
 */
import { align, alignSoFar, stopAlign } from "./align.ts";
import { figure } from "./figure.ts";
import { recordFrames } from "./record.ts";
import { verify } from "./verify.ts";

const tempered = { align, alignSoFar, stopAlign, figure, recordFrames, verify };

declare global {
  interface Window {
    tempered: typeof tempered;
  }
}

window.tempered = tempered;
