// A run that a headless page trains: saved as it goes, and ended by Ctrl+C with what there is.
import { existsSync, readFileSync } from "node:fs";
import { MachineError } from "./command.mjs";
import { writeWhole } from "./output.mjs";
import { Stopped, stop, whenStopped } from "./stop.mjs";

/** Until the first save, and between two of a run that goes on: no more than a minute is ever lost. */
const SAVE_MS = { first: 1000, least: 10_000, most: 60_000 };
const SAVE_SHARE = 0.05;

/** A save that takes long is made less often. @param {number} ms how long the last one took, which may be the wait for a clip that was being drawn */
export const pauseAfter = (ms) => Math.min(Math.max(SAVE_MS.least, ms / SAVE_SHARE), SAVE_MS.most);

/**
 * The run that a file holds and that a resumed one goes on with: its lines stay in front of the new ones.
 * @param {{ out?: string, resume?: string }} values
 * @returns {object | null} null where nothing is resumed, or the file is none or another's
 */
export function earlierRun({ out, resume }) {
  if (!out || !resume || !existsSync(out)) return null;
  try {
    return JSON.parse(readFileSync(out, "utf8"));
  } catch {
    return null;
  }
}

/** A resumed run with what was written of it before its checkpoint; as it is where the earlier run is another. */
export function withEarlier(earlier, json) {
  const recipeOf = (run) => JSON.stringify({ ...run.recipe, steps: null });
  if (!earlier?.recipe || recipeOf(earlier) !== recipeOf(json)) return json;
  const lines = Object.entries(json).map(([name, found]) => {
    const before = earlier[name];
    if (!Array.isArray(found) || !Array.isArray(before)) return [name, found];
    const renewed = new Set(found.map(({ step }) => step));
    return [name, [...before.filter(({ step }) => step <= json.resumed_at && !renewed.has(step)), ...found]];
  });
  return Object.fromEntries(lines);
}

/** Writes what a run has so far. Where one of the files cannot be written the other is, and the error says why. */
export function saveRun({ out, checkpoint, earlier }, { json, checkpoint: bytes }) {
  const problems = [];
  const write = (path, data) => {
    if (!path) return;
    try {
      writeWhole(path, data());
    } catch (error) {
      problems.push(error.message);
    }
  };
  write(out, () => `${JSON.stringify(withEarlier(earlier, json), null, 1)}\n`);
  write(checkpoint, () => Buffer.from(bytes, "base64"));
  if (problems.length === 0) return;
  const message = problems.join("; ");
  // What else fails of a command that is being stopped is no news.
  throw stop.aborted ? new Stopped(message) : new MachineError(message);
}

/** Saves now and then, until it is told to end; then waits for the save that is under way. One that fails is told, and the next may do better. */
function saveAsItGoes(page, values) {
  let [over, wake] = [false, () => {}];
  const loop = async () => {
    let [pause, told] = [SAVE_MS.first, ""];
    for (;;) {
      await new Promise((resolve) => {
        wake = resolve;
        setTimeout(resolve, pause).unref();
      });
      if (over) return;
      const started = performance.now();
      try {
        const soFar = await page.evaluate(() => window.tempered.trainingSoFar());
        if (!soFar) continue;
        if (!over) saveRun(values, soFar);
        told = "";
      } catch (error) {
        if (!over && error.message !== told)
          console.error(`not saved, the run goes on and tries again: ${error.message}`);
        told = error.message;
      }
      pause = pauseAfter(performance.now() - started);
    }
  };
  const done = loop();
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
 * @param {{ out?: string, checkpoint?: string, earlier?: object | null }} values where the run is saved as it goes, and what it goes on with
 */
export function trainInPage(page, name, request, values) {
  const over = saveAsItGoes(page, values);
  const result = page.evaluate(([called, sent]) => window.tempered[called](sent), [name, request]);
  const stopped = new Promise((_, reject) => {
    const onStop = async () => {
      const running = await page.evaluate(() => window.tempered.stopTraining());
      if (!running) reject(new Stopped("stopped before the first step: nothing was written"));
    };
    whenStopped(() => onStop().catch(reject));
  });
  return Promise.race([result, stopped]).finally(over);
}

/** How a run ends that the user stopped. */
export function stoppedRun({ out, checkpoint }, step, steps) {
  const goOn = checkpoint ? `; --resume ${checkpoint} goes on from there` : "";
  const paths = [out, checkpoint].filter(Boolean).join(" and ");
  return new Stopped(`stopped after step ${step} of ${steps}: saved as ${paths}${goOn}`);
}
