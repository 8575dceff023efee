// A run that a headless page trains: saved as it goes, and ended by Ctrl+C with what there is.
import { writeWhole } from "./output.mjs";
import { Stopped, stop } from "./stop.mjs";

/** Between two saves of a run that goes on: no more than a minute is ever lost. */
const SAVE_MS = { least: 10_000, most: 60_000 };
const SAVE_SHARE = 0.05;

/** A save that takes long is made less often. @param {number} ms how long the last one took, which may be the wait for a clip that was being drawn */
export const pauseAfter = (ms) => Math.min(Math.max(SAVE_MS.least, ms / SAVE_SHARE), SAVE_MS.most);

/** Writes what a run has so far. */
export function saveRun({ out, checkpoint }, { json, checkpoint: bytes }) {
  if (out) writeWhole(out, `${JSON.stringify(json, null, 1)}\n`);
  if (checkpoint) writeWhole(checkpoint, Buffer.from(bytes, "base64"));
}

/** Saves now and then, until it is told to end; then waits for the save that is under way. */
function saveAsItGoes(page, values) {
  let [over, wake] = [false, () => {}];
  const loop = async () => {
    let pause = SAVE_MS.least;
    for (;;) {
      await new Promise((resolve) => {
        wake = resolve;
        setTimeout(resolve, pause).unref();
      });
      if (over) return;
      const started = performance.now();
      const soFar = await page.evaluate(() => window.tempered.trainingSoFar());
      if (soFar && !over) saveRun(values, soFar);
      pause = pauseAfter(performance.now() - started);
    }
  };
  // A page that is gone fails the run itself, which says so.
  const done = loop().catch(() => {});
  return () => {
    over = true;
    wake();
    return done;
  };
}

/**
 * Trains in the page; a run that the user stops answers as one that has ended.
 * @param {import("playwright-core").Page} page
 * @param {"align" | "train"} name of the page's function
 * @param {object} request
 * @param {{ out?: string, checkpoint?: string }} values where the run is saved as it goes
 */
export function trainInPage(page, name, request, values) {
  const over = saveAsItGoes(page, values);
  const result = page.evaluate(([called, sent]) => window.tempered[called](sent), [name, request]);
  const stopped = new Promise((_, reject) => {
    const onStop = async () => {
      const running = await page.evaluate(() => window.tempered.stopTraining());
      if (!running) reject(new Stopped("stopped before the first step: nothing was written"));
    };
    stop.addEventListener("abort", () => onStop().catch(reject));
    if (stop.aborted) onStop().catch(reject);
  });
  return Promise.race([result, stopped]).finally(over);
}

/** How a run ends that the user stopped. */
export function stoppedRun({ out, checkpoint }, step, steps) {
  const goOn = checkpoint ? `; --resume ${checkpoint} goes on from there` : "";
  const paths = [out, checkpoint].filter(Boolean).join(" and ");
  return new Stopped(`stopped after step ${step} of ${steps}: saved as ${paths}${goOn}`);
}
