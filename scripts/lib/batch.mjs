// Many inputs in one command: a bad one gets its sentence, the others are done, and the end says which failed.

import { UsageError } from "./command.mjs";

/** Names in the last sentence; whoever has more failures reads the lines above it. */
const NAMED = 10;

/** @param {string} done what is done with an input, as in "3 of 5 could not be judged" */
export function createBatch(done) {
  const failed = [];
  let tried = 0;
  return {
    /** Does one input; a mistake in it becomes its sentence, any other error ends the command. @returns undefined where it failed */
    async each(name, act) {
      tried++;
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        failed.push(name);
        console.error(`${name}: ${error.message}`);
        return undefined;
      }
    },
    get tried() {
      return tried;
    },
    /** Says which failed, where more than one was tried. @returns the exit code */
    end() {
      if (failed.length === 0) return 0;
      const more = failed.length > NAMED ? ` and ${failed.length - NAMED} more` : "";
      if (tried > 1) {
        console.error(`${failed.length} of ${tried} could not be ${done}: ${failed.slice(0, NAMED).join(", ")}${more}`);
      }
      return 2;
    },
  };
}
