// npm run align -- VIDEO --teacher xfeat --loss tsa --tau 0.05 --steps 300 --seed 1 --frames 16 --train 0-7 --held 8-15 --out run.json
// Trains the page's student on a video from the shell, through the built app in headless Chromium (docs/align.md).
import { existsSync, statSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { importShell } from "./lib/bundle.mjs";
import { ENCODER_CHOICES, encoderInput } from "./lib/encoder_input.mjs";
import { ensureInstalled } from "./lib/run.mjs";

ensureInstalled();
const { main, UsageError, withHeadlessPage } = await import("./lib/page.mjs");
const { LOSSES } = await importShell("choices");
const LOSS_NAMES = Object.keys(LOSSES);
/** The losses that read a parameter, for the usage text. */
const readers = (parameter) => LOSS_NAMES.filter((name) => LOSSES[name].reads.includes(parameter)).join(", ");

const USAGE = `usage: npm run align -- VIDEO --out run.json [options]

  --teacher xfeat     ${ENCODER_CHOICES}
  --loss tsa          ${LOSS_NAMES.join(", ")}
  --tau 0.05          temperature (${readers("tau")})
  --rho 0.2           share of each frame's tokens that are queries (${readers("rho")})
  --margin 0.1        how far two cosines may be apart at no cost (${readers("margin")})
  --lambda 0.5        weight of the loss
  --lr 0.001          learning rate
  --decay 0.01        AdamW's weight decay
  --clip 1            largest norm of the gradient
  --ema 0.99          decay of the moving average
  --evaluate raw      which parameters are measured: raw or ema
  --hidden 256,256,128
  --steps 300
  --seed 1
  --windows 1         windows of a step
  --window 0          frames of a window; 0 for all that are trained on
  --flips             mirrors every other window on average
  --every 25          steps between two measurements of agreement
  --frames 16         frames sampled from the video, 4 to 32 (videomae: 16)
  --train 0-7         which of them are trained on
  --held 8-15         which are only measured, or none
  --start 0           start of the window of the video in seconds
  --length 2          its length in seconds (default: the whole clip, at most 10)
  --token 16          token size in pixels, 8 or 16 (videomae: 8)
  --truth clip.truth.json   also measures against what is true of the clip
  --query f,row,col   a token whose matches by the final student go into the run; may be given several times
  --out run.json      recipe, steps, agreement and matches
  --checkpoint out.safetensors
  --resume in.safetensors   goes on from a checkpoint, with its recipe; --steps may go beyond its end`;

const text = (fallback) => (fallback === undefined ? { type: "string" } : { type: "string", default: fallback });
const OPTIONS = {
  teacher: text("xfeat"),
  loss: text(),
  tau: text(),
  rho: text(),
  margin: text(),
  lambda: text(),
  lr: text(),
  decay: text(),
  clip: text(),
  ema: text(),
  evaluate: text(),
  hidden: text(),
  steps: text(),
  seed: text(),
  windows: text(),
  window: text(),
  flips: { type: "boolean" },
  every: text(),
  frames: text(),
  train: text(),
  held: text(),
  start: text("0"),
  length: text(),
  token: text(),
  truth: text(),
  query: { type: "string", multiple: true, default: [] },
  out: text(),
  checkpoint: text(),
  resume: text(),
  help: { type: "boolean", default: false },
};

/** Options that the recipe holds, and so cannot be given beside --resume. */
const OF_THE_RECIPE = [
  ...["loss", "tau", "rho", "margin", "lambda", "lr", "decay", "clip", "ema", "evaluate", "hidden", "seed"],
  ...["windows", "window", "flips", "every", "train", "held"],
];

const fail = (message) => {
  throw new UsageError(message);
};

/** A number, or a sentence; the recipe checks its range. */
function number(name, value) {
  const parsed = Number(value);
  if (value.trim() === "" || !Number.isFinite(parsed)) fail(`--${name} must be a number, got "${value}"`);
  return parsed;
}

function within(name, value, low, high) {
  const parsed = number(name, value);
  if (!(parsed >= low && parsed <= high)) fail(`--${name} must be from ${low} to ${high}, got "${value}"`);
  return parsed;
}

function oneOf(name, value, choices) {
  if (!choices.includes(value)) fail(`--${name} must be one of ${choices.join(", ")}, got "${value}"`);
  return value;
}

function range(name, value) {
  const parts = /^(\d+)-(\d+)$/.exec(value);
  if (!parts) fail(`--${name} must be frames from first to last, as in 0-7, got "${value}"`);
  return [Number(parts[1]), Number(parts[2])];
}

function numbers(name, value, count) {
  const parts = value.split(",").map(Number);
  if (parts.length !== count || !parts.every((n) => Number.isInteger(n) && n >= 0)) {
    fail(`--${name} must be ${count} whole numbers, got "${value}"`);
  }
  return parts;
}

function fileOf(name, path) {
  if (!existsSync(path) || !statSync(path).isFile()) fail(`there is no file "${path}": give the path of ${name}`);
  return path;
}

/** The recipe as far as it was given; what is left out has its default in src/train/recipe.ts. */
function recipeOf(values) {
  const given = (name, key, parse) => (values[name] === undefined ? {} : { [key]: parse(name, values[name]) });
  const asIs = (_, value) => value;
  const heldOf = (name, value) => (value === "none" ? null : range(name, value));
  return {
    ...given("loss", "loss", (name, value) => oneOf(name, value, LOSS_NAMES)),
    ...given("tau", "tau", number),
    ...given("rho", "rho", number),
    ...given("margin", "margin", number),
    ...given("lambda", "lambda", number),
    ...given("lr", "learningRate", number),
    ...given("decay", "weightDecay", number),
    ...given("clip", "clipNorm", number),
    ...given("ema", "emaDecay", number),
    ...given("evaluate", "evaluate", (name, value) => oneOf(name, value, ["raw", "ema"])),
    ...given("hidden", "hidden", (name, value) => numbers(name, value, 3)),
    ...given("steps", "steps", number),
    ...given("seed", "seed", number),
    ...given("every", "evaluateEvery", number),
    ...given("train", "trainFrames", range),
    ...given("held", "heldFrames", heldOf),
    batch: {
      ...given("windows", "windows", number),
      ...given("window", "frames", number),
      ...given("flips", "flips", asIs),
    },
  };
}

function parse(argv) {
  let parsed;
  try {
    parsed = parseArgs({ args: argv, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    fail(`${error.message.split(". ")[0]}; see npm run align -- --help`);
  }
  const { values, positionals } = parsed;
  if (values.help) return { help: true };
  if (positionals.length !== 1) fail(`one video is needed, got ${positionals.length}; see npm run align -- --help`);
  if (!values.out && !values.checkpoint) fail("nothing to write: give --out or --checkpoint");
  const files = [fileOf("a video", positionals[0])];
  const add = (name, path) => (path === undefined ? null : files.push(fileOf(name, path)) - 1);
  const truth = add("a clip's truth", values.truth);
  const resume = add("a checkpoint", values.resume);
  const refused = resume === null ? undefined : OF_THE_RECIPE.find((name) => values[name] !== undefined);
  if (refused) fail(`--${refused} is part of the checkpoint's recipe: leave it out with --resume, or start anew`);
  const recipe = recipeOf(values);
  return {
    files,
    out: values.out,
    checkpoint: values.checkpoint,
    request: {
      teacher: values.teacher,
      ...encoderInput("teacher", { ...values, encoder: values.teacher }, { frames: 16, token: 16 }, fail),
      startS: within("start", values.start, 0, 1e6),
      lengthS: values.length === undefined ? null : within("length", values.length, 0.01, 1e6),
      truth,
      resume,
      recipe,
      queries: values.query.map((value) => numbers("query", value, 3)),
      taus: [recipe.tau ?? 0.05],
      checkpoint: values.checkpoint !== undefined,
    },
  };
}

await main(async () => {
  const { help, files, out, checkpoint, request } = parse(process.argv.slice(2));
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const reply = await withHeadlessPage(async (page) => {
    page.setDefaultTimeout(0);
    page.on("console", (message) => message.type() === "info" && console.error(message.text()));
    await page.setInputFiles("input[type=file]", files);
    return page.evaluate((sent) => window.tempered.align(sent), request);
  });
  if (!reply.ok && reply.code === "internal") throw new Error(reply.message);
  if (!reply.ok) fail(reply.message);
  for (const notice of reply.notices) console.error(notice);
  if (out) writeFileSync(out, `${JSON.stringify(reply.json, null, 1)}\n`);
  if (checkpoint) writeFileSync(checkpoint, Buffer.from(reply.checkpoint, "base64"));
  const last = reply.json.agreement.at(-1);
  if (last)
    console.log(`step ${last.step}: agreement ${last.train.toFixed(3)} train, ${last.held?.toFixed(3) ?? "–"} held`);
  if (!reply.problem) return 0;
  console.error(reply.problem);
  return 1;
});
