// The laws of the world as options of a command; src/world/laws.ts has what each may be, and a test compares the names.
import { fail } from "./command.mjs";

export const LAWS = ["gravity", "restitution", "sinking", "floating", "heavy"];

export const LAW_OPTIONS = Object.fromEntries(LAWS.map((name) => [name, { type: "string" }]));

export const LAW_USAGE = `  --gravity 0.5       px/frame² in scenes seen from the side, 0.05 to 2
  --restitution 0.8   share of the closing speed at which solids part, 0 to 1 (in tanks it stays 0.2)
  --sinking 2  --floating 0.5  --heavy 3
                      densities of what sinks, floats and is heavy; a liquid's is 1`;

/** The laws that were given, by name; whether they can be is for `lawsWith` to say. */
export function givenLaws(values) {
  const given = LAWS.filter((name) => values[name] !== undefined);
  return Object.fromEntries(
    given.map((name) => {
      const value = Number(values[name]);
      if (values[name].trim() === "" || Number.isNaN(value)) fail(`--${name} must be a number, got "${values[name]}"`);
      return [name, value];
    }),
  );
}
