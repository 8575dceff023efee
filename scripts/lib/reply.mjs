// @ts-check
// What the page answers to a command: where it failed, whose fault that was, and so with which code the command ends.
import { fail, MachineError } from "./command.mjs";

/** @typedef {import("../../src/worker/protocol/failure.ts").FailureCode} FailureCode */

/**
 * Failures of the machine, its browser, or the page and its files. All others are of what was asked for, or of a file that was given.
 * @type {ReadonlySet<FailureCode>}
 */
const OF_THE_MACHINE = new Set([
  "no-webgpu",
  "no-adapter",
  "out-of-memory",
  "device-lost",
  "model-hash",
  "model-download",
  "file-missing",
  "file-download",
  "internal",
]);

/**
 * Goes on with an answer that is none of a failure.
 * @template {{ ok: true } | { ok: false, message: string, code: string }} Reply
 * @param {Reply} reply
 * @returns {Extract<Reply, { ok: true }>}
 * @throws UsageError, for code 2, where something else has to be asked for or given; MachineError, for code 1, where the same may work elsewhere
 */
export function answered(reply) {
  if (reply.ok) return /** @type {Extract<Reply, { ok: true }>} */ (reply);
  if (OF_THE_MACHINE.has(/** @type {FailureCode} */ (reply.code))) throw new MachineError(reply.message);
  return fail(reply.message);
}
