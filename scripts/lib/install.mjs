// The packages, installed where they are missing. Plain Node: it runs before anything is there.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isAlive } from "./processes.mjs";
import { root } from "./ready.mjs";
import { run } from "./run.mjs";

/** Held while packages are installed: two npm at once in one folder break each other. */
const LOCK = `${root}.cache/tempered/install.lock`;

/** Runs `npm ci` unless node_modules already matches the lock file. */
export function ensureInstalled() {
  if (isInstalled()) return;
  mkdirSync(dirname(LOCK), { recursive: true });
  takeLock(LOCK);
  // Another command may have installed them meanwhile.
  const done = isInstalled() || install();
  rmSync(LOCK, { force: true });
  if (done) return;
  console.error("the packages could not be installed: npm's reason stands above");
  process.exit(1);
}

function install() {
  console.error("Installing packages (npm ci) …");
  // No package needs its install script here, and what npm says about them is of no use to a newcomer.
  const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  // npm ci refuses a lock file that was written where another platform's optional binaries could not be seen; npm install
  // takes the same locked versions and adds what this platform lacks.
  return ["ci", "install"].some((how) => run("npm", [how, ...options], { quiet: true }) === 0);
}

function isInstalled() {
  const [want, have] = [`${root}package-lock.json`, `${root}node_modules/.package-lock.json`];
  return existsSync(have) && sameTree(want, have);
}

/** npm writes the tree it installed into node_modules; same versions means nothing to do. Optional packages may be absent. */
function sameTree(wantFile, haveFile) {
  const want = JSON.parse(readFileSync(wantFile, "utf8")).packages;
  const have = JSON.parse(readFileSync(haveFile, "utf8")).packages;
  return Object.entries(want).every(
    ([path, entry]) => path === "" || entry.optional || have[path]?.version === entry.version,
  );
}

/** How often the lock's holder is looked at, and for how long it may have a lock without its number in it. */
const [LOOK_MS, NAMELESS_MS] = [200, 5000];

/** Waits until the lock is this process's; one whose holder has died is taken over. */
function takeLock(path) {
  const own = String(process.pid);
  let told = false;
  let nameless = 0;
  for (;;) {
    if (create(path, own)) {
      // Two that found the same dead holder may have removed each other's lock: whose number is there after a moment has it.
      sleep(LOOK_MS);
      if (heldBy(path) === own) return;
      continue;
    }
    const holder = heldBy(path);
    nameless = holder === "" ? nameless + LOOK_MS : 0;
    if (nameless > NAMELESS_MS || (holder !== "" && !isAlive(Number(holder)))) rmSync(path, { force: true });
    else if (!told && holder !== "") {
      console.error(`Waiting for another command (process ${holder}) that installs the packages …`);
      told = true;
    }
    sleep(LOOK_MS);
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

const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
