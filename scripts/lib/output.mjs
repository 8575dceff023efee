// Files that commands write: checked before the work begins, and never half-written under their own name.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { fail, MachineError } from "./command.mjs";

/** A file that is written beside another, until it takes that one's name. */
const beside = (path) => `${path}.${process.pid}.part`;

const isFolder = (path) => existsSync(path) && statSync(path).isDirectory();

/**
 * Checks what a command is to write, and makes the folders: hours of work must not end at a missing one.
 * @param {Record<string, string | undefined>} outputs path by option, without its dashes; undefined where it was not given
 * @param {string[]} inputs what the command reads
 * @param {Record<string, string | undefined>} renewed by option, the input that it alone may replace
 */
export function checkOutputs(outputs, inputs = [], renewed = {}) {
  const taken = new Map(inputs.filter(existsSync).map((path) => [realpathSync(path), `the input ${path}`]));
  for (const [option, path] of Object.entries(outputs)) {
    if (path === undefined) continue;
    if (path === "" || isFolder(path))
      fail(`--${option} must name a file, got ${path === "" ? "nothing" : `the folder ${path}`}`);
    if (isSpecial(path)) continue;
    makeFolder(option, dirname(path));
    const target = targetOf(path);
    const by = taken.get(target);
    if (by !== undefined && by !== `the input ${renewed[option]}`)
      fail(`--${option} ${path} would overwrite ${by}: choose another name`);
    taken.set(target, `--${option}`);
    probe(option, path, target);
  }
}

/** Makes a folder that a command fills. */
export function makeFolder(option, path) {
  if (existsSync(path) && !isFolder(path))
    fail(`--${option} needs the folder ${path}, which is a file: choose another`);
  try {
    makeAll(resolve(path));
  } catch (error) {
    fail(`--${option}: the folder ${path} cannot be made: ${error.message}`);
  }
}

/** Not mkdir's own `recursive`, which never ends below /proc. */
function makeAll(path) {
  if (existsSync(path)) return;
  makeAll(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another command was faster.
    if (!isFolder(path)) throw error;
  }
}

/** Where a link leads; the path itself where nothing is. */
function targetOf(path) {
  return existsSync(path) ? realpathSync(path) : `${realpathSync(dirname(path))}/${path.split(/[\\/]/).at(-1)}`;
}

/** Only trying tells whether a file can be written: rights, a full name, a disk that is only for reading. */
function probe(option, path, target) {
  try {
    if (existsSync(target)) closeSync(openSync(target, "r+"));
    closeSync(openSync(beside(target), "w"));
    rmSync(beside(target));
  } catch (error) {
    fail(`--${option} ${path} cannot be written: ${error.message}`);
  }
}

/** A pipe or a device, which nothing can take the place of. Asked of the name that was given: that of a pipe leads nowhere. */
const isSpecial = (path) => existsSync(path) && !statSync(path).isFile();

/** Writes a file in one piece: whoever stops or kills the command finds the old one or the new one. */
export function writeWhole(path, data) {
  try {
    if (isSpecial(path)) writeFileSync(path, data);
    else replace(targetOf(path), data);
  } catch (error) {
    throw new MachineError(`${path} could not be written: ${error.message}`);
  }
}

function replace(target, data) {
  const mode = existsSync(target) ? { mode: statSync(target).mode } : {};
  try {
    writeFileSync(beside(target), data, mode);
    renameSync(beside(target), target);
  } finally {
    rmSync(beside(target), { force: true });
  }
}
