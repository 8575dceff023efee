// One process at a time. Plain Node, which has no lock of the system's: it runs before anything is installed.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isAlive } from "./processes.mjs";
import { Stopped, stop } from "./stop.mjs";

/** How often the lock's holder is looked at, and for how long it may have a lock without its number in it. */
const [LOOK_MS, NAMELESS_MS] = [200, 5000];

/**
 * Does something that only one process may do at a time, and waits for its turn; a lock whose holder has died is taken over.
 * @template T
 * @param {string} path of the lock, a file that holds the number of the process
 * @param {string} what its holder does, for whoever waits
 * @param {() => T | Promise<T>} act
 * @returns {Promise<T>} rejects with Stopped where the user ends the command while it waits
 */
export async function withLock(path, what, act) {
  mkdirSync(dirname(path), { recursive: true });
  await take(path, what);
  const leave = () => rmSync(path, { force: true });
  process.once("exit", leave);
  try {
    return await act();
  } finally {
    process.off("exit", leave);
    leave();
  }
}

async function take(path, what) {
  const own = String(process.pid);
  let told = false;
  let nameless = 0;
  for (;;) {
    if (create(path, own)) {
      // Two that found the same dead holder may have removed each other's lock: whose number is there after a moment has it.
      await sleep(LOOK_MS);
      if (heldBy(path) === own) return;
      continue;
    }
    const holder = heldBy(path);
    nameless = holder === "" ? nameless + LOOK_MS : 0;
    if (nameless > NAMELESS_MS || (holder !== "" && !isAlive(Number(holder)))) rmSync(path, { force: true });
    else if (!told && holder !== "") {
      console.error(`Waiting for another command (process ${holder}), which ${what} …`);
      told = true;
    }
    await sleep(LOOK_MS);
    if (stop.aborted) throw new Stopped();
  }
}

function create(path, text) {
  try {
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

/** "" where the lock is gone or its holder has not written its number yet. */
function heldBy(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Not by blocking: while it waits a command hears Ctrl+C. */
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
