// Builds that many commands share: a folder for each state of the sources, named by their hash and never changed. It is written
// beside and takes its name when it is whole, so that commands at the same time, or one that is killed, cannot spoil it.
import { createHash, randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { MachineError } from "./command.mjs";
import { isAlive } from "./processes.mjs";
import { root } from "./ready.mjs";

const BUILDS = `${root}.cache/tempered/`;

/** Builds that stay though nobody uses them: going back to the sources of a moment ago costs nothing. */
const KEPT = 3;

/** What one process works on, with its number: a build that is not whole, or the folder of `npm run bench`. */
const OF_ONE = /\.(\d+)\.\w+\.part$|^bench-(\d+)$/;

/** Sources that change during the build are built again, this often. */
const TRIES = 3;

/**
 * The folder of a build of the sources as they are, made where it is missing. It stays as it is while this process lives.
 * @param {string} name
 * @param {() => string[]} sources paths below the root of everything that the build reads
 * @param {(folder: string) => Promise<void>} make fills a new folder
 * @param {string} builds where builds lie; a test has its own
 */
export async function sharedBuild(name, sources, make, builds = BUILDS) {
  mkdirSync(`${builds}uses`, { recursive: true });
  for (let tries = 0; tries < TRIES; tries++) {
    const hash = hashOf(sources());
    const id = `${name}-${hash}`;
    // First the use, then the look: whoever removes a build takes it away first and looks for uses then.
    use(builds, id);
    if (!existsSync(`${builds}${id}`)) {
      const part = `${builds}${id}.${process.pid}.${randomUUID().slice(0, 8)}.part`;
      try {
        await make(part);
        if (hashOf(sources()) !== hash) continue;
        takeName(part, `${builds}${id}`);
      } finally {
        rmSync(part, { recursive: true, force: true });
      }
    }
    utimesSync(`${builds}${id}`, new Date(), new Date());
    try {
      prune(builds, name);
    } catch {
      // Another command removes the same, or the system holds a file: the next command tries again, none fails by an old build.
    }
    return `${builds}${id}/`;
  }
  throw new MachineError(`the sources changed during each of ${TRIES} builds: try again when they rest`);
}

/** The name of what the files hold and are called, in 16 hexadecimal digits. */
function hashOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const bytes = readFileSync(root + path);
    hash.update(`${path} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex").slice(0, 16);
}

/** Files below folders of the root, and files themselves, in a fixed order. `keep` chooses among those in folders. */
export function filesOf(places, keep = () => true) {
  const within = (folder) =>
    readdirSync(root + folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath.slice(root.length)}/${entry.name}`.replaceAll("\\", "/"))
      .filter(keep);
  return places.flatMap((place) => (statSync(root + place).isDirectory() ? within(place) : [place])).sort();
}

function takeName(part, folder) {
  try {
    renameSync(part, folder);
  } catch (error) {
    // Another command was done first with the same.
    if (!existsSync(folder)) throw error;
  }
}

/** The files that say what this process uses. */
const uses = new Set();

/** Says that this process uses a build, until it ends. */
function use(builds, id) {
  const file = `${builds}uses/${id}.${process.pid}`;
  // Another thread of this process may have said it.
  if (existsSync(file)) return;
  if (uses.size === 0) {
    process.once("exit", () => {
      for (const one of uses) rmSync(one, { force: true });
    });
  }
  uses.add(file);
  writeFileSync(file, "");
}

/** Removes builds of this name that nobody uses, but for the last few, and what killed commands have left. */
function prune(builds, name) {
  for (const entry of readdirSync(builds)) {
    const [, part, bench] = OF_ONE.exec(entry) ?? [];
    const pid = part ?? bench;
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(`${builds}${entry}`, { recursive: true, force: true });
  }
  const changed = (id) => statSync(`${builds}${id}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const old = readdirSync(builds)
    .filter((id) => id.startsWith(`${name}-`) && !id.endsWith(".part"))
    .sort((a, b) => changed(b) - changed(a))
    .slice(KEPT);
  for (const id of old) {
    if (isUsed(builds, id)) continue;
    const away = `${builds}${id}.${process.pid}.${randomUUID().slice(0, 8)}.part`;
    renameSync(`${builds}${id}`, away);
    if (isUsed(builds, id)) takeName(away, `${builds}${id}`);
    rmSync(away, { recursive: true, force: true });
  }
}

/** Whether a living process uses a build; what dead ones have said is forgotten. */
function isUsed(builds, id) {
  let used = false;
  for (const file of readdirSync(`${builds}uses`).filter((name) => name.startsWith(`${id}.`))) {
    if (isAlive(Number(file.split(".").at(-1)))) used = true;
    else rmSync(`${builds}uses/${file}`, { force: true });
  }
  return used;
}
