// node scripts/train_table.mjs FOLDER [--steps 400] [--tables]: nothing beside M-TSA on a small task from random weights, three seeds
// each, by `npm run train`, and the table of docs/train.md as Markdown, with the curves that it is made from in models/curves/train.
// A run that is done in FOLDER already is not run again, and one that was stopped goes on from its checkpoint. --tables runs nothing and
// makes the table from the committed curves.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ensureInstalled } from "./lib/install.mjs";
import { makeFolder, writeWhole } from "./lib/output.mjs";
import { root } from "./lib/ready.mjs";
import { run } from "./lib/run.mjs";

await ensureInstalled();

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { steps: { type: "string", default: "400" }, tables: { type: "boolean", default: false } },
});

const SEEDS = [1, 2, 3];
const ARMS = { none: "nothing", mtsa: "M-TSA" };
const CURVES = `${root}models/curves/train`;
/** Steps of one line of a curve. */
const STRETCH = 25;

const SENTENCE = "a small red ball bounces on the floor";
const RECIPE = [
  ...["--start", "random", "--width", "64", "--depth", "3", "--heads", "2", "--hidden", "64,64,16"],
  ...["--task", SENTENCE, "--clips", "64", "--batch", "2", "--share", "0.5", "--samples", "16"],
];
// Seed by seed, so that what is there at any time can be compared.
const PLAN = SEEDS.flatMap((seed) => Object.keys(ARMS).map((loss) => ({ loss, seed })));

/** SA\* holds from this score on. */
const HOLDS = 0.5;

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const round = (value) => (value === null ? null : Number(value.toPrecision(5)));

/** A run as `npm run train` saved it, in lines: the recipe, means over stretches of steps, the drawn clips. */
function curveOf({ recipe, parameters, steps, samples }) {
  const lines = [{ recipe, parameters }];
  for (let i = 0; i < steps.length; i += STRETCH) {
    const part = steps.slice(i, i + STRETCH);
    const of = (name) => round(mean(part.map((step) => step[name])));
    lines.push({
      step: part.at(-1).step,
      diffusion: of("diffusion"),
      alignment: of("alignment"),
      lambda: of("lambda"),
      ms: of("ms"),
    });
  }
  for (const { prompt, seed, step, centre_error, still_error, sa, pc, joint } of samples) {
    lines.push({
      sample: step,
      prompt,
      seed,
      centre_error: round(centre_error),
      still_error: round(still_error),
      sa,
      pc,
      joint,
    });
  }
  return `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
}

/** Trains one run of the plan, or goes on with it, and writes its curve. */
function train(folder, { loss, seed }) {
  const [out, checkpoint] = [`${folder}/${loss}-${seed}.json`, `${folder}/${loss}-${seed}.safetensors`];
  const found = () => (existsSync(out) ? JSON.parse(readFileSync(out, "utf8")) : null);
  const { steps } = found()?.recipe ?? values;
  if (Number(steps) !== Number(values.steps)) {
    console.error(
      `${out} is a run of ${steps} steps, got --steps ${values.steps}: give another folder, or --steps ${steps}`,
    );
    process.exit(2);
  }
  if (found()?.status !== "done") {
    const begin = [...RECIPE, "--loss", loss, "--seed", seed, "--steps", values.steps, "--eval-every", values.steps];
    const args = existsSync(checkpoint) ? ["--resume", checkpoint] : begin;
    const all = ["scripts/tempered.mjs", "train", ...args, "--out", out, "--checkpoint", checkpoint].map(String);
    if (run(process.execPath, all) !== 0) process.exit(1);
  }
  mkdirSync(CURVES, { recursive: true });
  writeWhole(`${CURVES}/${loss}-${seed}.jsonl`, curveOf(found()));
}

if (!values.tables) {
  if (positionals.length !== 1) {
    console.error("one folder for the runs is needed: node scripts/train_table.mjs FOLDER");
    process.exit(2);
  }
  const folder = resolve(positionals[0]);
  makeFolder("FOLDER", folder);
  for (const planned of PLAN) train(folder, planned);
}

/** Loss of the last tenth of the steps, and the drawn clips' means after the last step; null where the run is missing. */
function reached(loss, seed) {
  const file = `${CURVES}/${loss}-${seed}.jsonl`;
  if (!existsSync(file)) return null;
  const lines = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const steps = lines.filter(({ diffusion }) => diffusion !== undefined);
  const last = steps.at(-1).step;
  const drawn = (step) => lines.filter(({ sample }) => sample === step);
  const rated = (step, of) =>
    mean(
      drawn(step)
        .map(of)
        .filter((value) => value !== null),
    );
  return {
    steps: last,
    loss: mean(steps.filter(({ step }) => step > 0.9 * last).map(({ diffusion }) => diffusion)),
    centre: rated(last, ({ centre_error }) => centre_error),
    still: rated(last, ({ still_error }) => still_error),
    sa: 100 * rated(last, ({ sa }) => Number(sa >= HOLDS)),
    joint: 100 * rated(last, ({ joint }) => Number(joint)),
    ms: mean(steps.map(({ ms }) => ms)),
  };
}

const MEASURES = [
  ["diffusion loss, last tenth of the steps", "loss", 3],
  ["centre error, px", "centre", 2],
  ["of a still clip", "still", 2],
  ["SA\\*, %", "sa", 0],
  ["Joint\\*, %", "joint", 0],
];
const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);
row("seeds 1 2 3", ...Object.values(ARMS), "M-TSA − nothing, 95 % over seeds");
row("---", "---", "---", "---");
for (const [title, of, digits] of MEASURES) {
  const found = Object.keys(ARMS).map((loss) => SEEDS.map((seed) => reached(loss, seed)?.[of] ?? Number.NaN));
  const cells = found.map((numbers) => numbers.map((number) => number.toFixed(digits)).join(" "));
  const differences = found[1].map((number, i) => number - found[0][i]);
  const centre = mean(differences);
  // Student's t with two degrees of freedom: the training run is what was repeated.
  const spread = Math.sqrt(differences.reduce((sum, d) => sum + (d - centre) ** 2, 0) / (SEEDS.length - 1));
  const half = (4.303 * spread) / Math.sqrt(SEEDS.length);
  row(title, ...cells, `${centre.toFixed(digits)} ± ${half.toFixed(digits)}`);
}
