// Ctrl+C and its kin: a command ends with what it has and one sentence; a second Ctrl+C ends it at once.
import { constants } from "node:os";

const stopping = new AbortController();
let code = 0;

/** Aborted once the user (or the system) has asked the command to end. */
export const stop = stopping.signal;

/** What the command was stopped by, as an exit status; 0 when it was not. */
export const stopCode = () => code;

/** npm passes a terminal's Ctrl+C on to a command that has it already: the same one within this time is no second one. */
const SAME_MS = 1000;

/** From here on a signal no longer ends the process at once. */
export function catchSignals() {
  let first = Number.NEGATIVE_INFINITY;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(name, () => {
      if (!stop.aborted) {
        first = performance.now();
        code = 128 + constants.signals[name];
        stopping.abort();
      } else if (performance.now() - first > SAME_MS) process.exit(code);
    });
  }
}

/**
 * Starts one of Vite's servers without its own endings: at SIGTERM, and where stdin ends, it would end the process and with it what
 * a command still has to save and say.
 * @template T
 * @param {() => Promise<T>} start
 * @returns {Promise<T>}
 */
export async function endedByCommand(start) {
  const endings = () => [...process.listeners("SIGTERM"), ...process.stdin.listeners("end")];
  const before = endings();
  const server = await start();
  for (const ending of endings().filter((one) => !before.includes(one))) {
    process.off("SIGTERM", ending);
    process.stdin.off("end", ending);
  }
  return server;
}

/** Does something once the user asks the command to end; at once where that was before, which no event tells. */
export function whenStopped(act) {
  if (stop.aborted) act();
  else stop.addEventListener("abort", act, { once: true });
}

/** The command was stopped; the message says what is there. */
export class Stopped extends Error {
  constructor(message = "stopped: nothing was written") {
    super(message);
  }
}

/**
 * Work that nothing is kept of when it is stopped.
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T>} rejects with Stopped as soon as the user asks
 */
export function unlessStopped(work) {
  // What fails because it was stopped is no news.
  work.catch(() => {});
  if (stop.aborted) return Promise.reject(new Stopped());
  let onStop = () => {};
  const stopped = new Promise((_, reject) => {
    onStop = () => reject(new Stopped());
    stop.addEventListener("abort", onStop);
  });
  return Promise.race([work, stopped]).finally(() => stop.removeEventListener("abort", onStop));
}

/** A turn of the event loop: long work in Node makes one now and then, or no signal would ever arrive. */
export const turn = () => new Promise((done) => setImmediate(done));
