// The frame of every command: options, help, one sentence for a mistake, and what happens on Ctrl+C. Plain Node: it runs before
// anything is installed.
import { existsSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { ensureInstalled } from "./install.mjs";
import { catchSignals, Stopped, stop, stopCode } from "./stop.mjs";

/** A mistake of the user: one sentence on stderr and exit code 2. */
export class UsageError extends Error {}

/** A fault of the machine, or of what the command found there: one sentence on stderr and exit code 1. */
export class MachineError extends Error {}

/** @returns {never} */
export function fail(message) {
  throw new UsageError(message);
}

/** Does what fails only by what was given: its errors are the user's mistakes. */
export function explained(act) {
  try {
    return act();
  } catch (error) {
    return fail(error.message);
  }
}

/**
 * Runs a command: usage errors end with their sentence and code 2, a stop with its sentence and the signal's code, faults of the
 * machine with their sentence and code 1. What nobody foresaw keeps its stack.
 * @param about `usage` is a text, or a function that makes it of what must be looked up; `stops: false` leaves Ctrl+C to the system: it ends the command and the programs that it started at once
 * @param {(values: Record<string, any>, positionals: string[]) => Promise<number | undefined>} run returns the exit code
 */
export async function command({ name, usage, options = {}, positionals = false, stops = true }, run) {
  if (stops) catchSignals();
  try {
    const given = parse(name, { ...options, help: { type: "boolean", default: false } }, positionals);
    await ensureInstalled();
    if (given.values.help) {
      console.log(typeof usage === "function" ? await usage() : usage);
      return;
    }
    const code = (await run(given.values, given.positionals)) ?? 0;
    process.exitCode = stop.aborted ? stopCode() : code;
  } catch (error) {
    // What was under way when the user stopped it fails in its own words, which are no news.
    if (stop.aborted) {
      console.error((error instanceof Stopped ? error : new Stopped()).message);
      process.exitCode = stopCode();
    } else if (error instanceof UsageError) {
      console.error(error.message + swallowed(process.env, name, Object.keys(options)));
      process.exitCode = 2;
    } else if (error instanceof MachineError) {
      console.error(error.message);
      process.exitCode = 1;
    } else throw error;
  }
}

function parse(name, options, allowPositionals) {
  try {
    return parseArgs({ args: joined(process.argv.slice(2), options), options, strict: true, allowPositionals });
  } catch (error) {
    return fail(`${error.message.split(/\.?\n|\. /)[0]}; see npm run ${name} -- --help`);
  }
}

/** A negative number joined to the option before it, whose value it is: parseArgs alone takes it for another option. */
function joined(args, options) {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const isValue = (i) =>
    i < end &&
    /^-[\d.]/.test(args[i]) &&
    args[i - 1]?.startsWith("--") &&
    options[args[i - 1].slice(2)]?.type === "string";
  return args.flatMap((word, i) => {
    if (isValue(i)) return [];
    return isValue(i + 1) ? [`${word}=${args[i + 1]}`] : [word];
  });
}

/**
 * PowerShell takes "--" for itself, so that npm keeps the options behind it: a sentence where that has happened, else nothing.
 * @param {Record<string, string | undefined>} env npm tells its own options to what it starts
 * @param {string[]} options the command's
 */
export function swallowed(env, name, options) {
  const lost = options.filter((option) => env[`npm_config_${option.replaceAll("-", "_")}`] !== undefined);
  if (env.npm_lifecycle_event !== name || lost.length === 0) return "";
  const words = lost.map((option) => `--${option}`).join(", ");
  return `; npm kept ${words} for itself, as it does where a shell takes "--" away: write npx tempered ${name} …`;
}

/** A number from low to high, or a sentence with both values. */
export function number(name, text, low, high) {
  const value = Number(text);
  if (text.trim() === "" || !(value >= low && value <= high)) {
    fail(`--${name} must be a number from ${low} to ${high}, got "${text}"`);
  }
  return value;
}

export function whole(name, text, low, high) {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < low || value > high) {
    const limits = high === Number.POSITIVE_INFINITY ? `≥ ${low}` : `from ${low} to ${high}`;
    fail(`--${name} must be a whole number ${limits}, got "${text}"`);
  }
  return value;
}

/** A whole number that a variable of the environment may say; one that is empty says nothing. */
export function wholeOfEnv(name, usual, low, high) {
  const text = process.env[name] || String(usual);
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high)
    fail(`${name} must be a whole number from ${low} to ${high}, got "${text}"`);
  return value;
}

/** One of the choices, the first where the variable is empty. */
export function oneOfEnv(name, choices) {
  const value = process.env[name] || choices[0];
  if (!choices.includes(value)) fail(`${name} must be one of ${choices.join(", ")}, got "${value}"`);
  return value;
}

/** Whole numbers from 0 between commas, as many as `count`, or a sentence that gives an example. */
export function wholes(name, text, count, example) {
  const parts = text.split(",");
  if (parts.length !== count || !parts.every((part) => /^\s*\d+\s*$/.test(part))) {
    fail(`--${name} must be ${count} whole numbers from 0, as in ${example}, got "${text}"`);
  }
  return parts.map(Number);
}

export function oneOf(name, value, choices) {
  if (!choices.includes(value)) fail(`--${name} must be one of ${choices.join(", ")}, got "${value}"`);
  return value;
}

/** The path of a file that is there. */
export function inputFile(path, what) {
  if (!existsSync(path) || !statSync(path).isFile()) fail(`there is no file "${path}": give the path of ${what}`);
  return path;
}
