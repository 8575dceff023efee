#!/usr/bin/env node
// tempered COMMAND …: what npm run's commands start, and what `npx tempered` and `node scripts/tempered.mjs` are.
import { root, whereTheUserStands } from "./lib/ready.mjs";

/** Each is scripts/NAME.mjs; package.json starts the same ones by the same names. */
const COMMANDS = {
  start: "build and serve the app, and print its address",
  figure: "the heatmaps of a video as a picture and as numbers",
  align: "train a projector on a video",
  train: "train the diffusion student on simulated clips",
  world: "clips of the sandbox",
  judge: "the law judge's verdict on clips",
  exam: "examine the judge",
  verify: "our GPU losses against truths that others computed",
  bench: "time our kernels and losses",
  measure: "time the page",
  calibrate: "how far the page's doubt and its advised τ are right",
  screenshot: "what a link shows, as a picture",
  manifest: "sizes and hashes of the model files, after one was replaced",
  shaders: "the types of the WGSL's modules",
  "ship-features": "the features that ship with the built-in clips",
  "record-student": "the recorded run that plays where a student cannot be trained live",
  test: "run every check",
};

const name = process.argv[2];
if (Object.hasOwn(COMMANDS, name)) {
  const started = `node scripts/tempered.mjs ${name}`;
  process.chdir(whereTheUserStands(process.env, started, process.cwd()));
  const file = `${name.replace("-", "_")}.mjs`;
  process.argv.splice(1, 2, `${root}scripts/${file}`);
  import(`./${file}`);
} else {
  const asked = name === undefined || name === "--help" || name === "help";
  const lines = Object.keys(COMMANDS).map((one) => `  ${one.padEnd(16)}${COMMANDS[one]}`);
  const usage = `usage: npx tempered COMMAND …, or npm run COMMAND -- …; COMMAND --help says more\n\n${lines.join("\n")}`;
  if (asked) console.log(usage);
  else console.error(`there is no command "${name}": choose of ${Object.keys(COMMANDS).join(", ")}`);
  process.exitCode = asked ? 0 : 2;
}
