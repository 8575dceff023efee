// npm run align -- VIDEO --teacher xfeat --loss tsa --tau 0.05 --steps 300 --seed 1 --frames 16 --train 0-7 --held 8-15 --out run.json
// Trains the page's student on a video from the shell, through the built app in headless Chromium (docs/align.md).
import { command, fail, inputFile, number, oneOf, wholes } from "./lib/command.mjs";
import { encoderInput, encoderInputs, encoderWords } from "./lib/encoder_input.mjs";
import { checkOutputs } from "./lib/output.mjs";
import { answered } from "./lib/reply.mjs";
import { earlierRun, saveRun, stoppedRun, trainInPage } from "./lib/training.mjs";

/** What the user may choose, from the page's own tables: losses with what each reads, optimisers, what rates do. */
async function choices() {
  const { importShell } = await import("./lib/bundle.mjs");
  const { LOSSES, OPTIMIZER_NAMES, RATE_DECAY_NAMES } = await importShell("choices");
  return { losses: LOSSES, optimizers: OPTIMIZER_NAMES, rateDecays: RATE_DECAY_NAMES };
}

async function usage() {
  const { losses, optimizers, rateDecays } = await choices();
  const encoders = encoderWords(await encoderInputs());
  const readers = (parameter) =>
    Object.keys(losses)
      .filter((name) => losses[name].reads.includes(parameter))
      .join(", ");
  return `usage: npm run align -- VIDEO --out run.json [options]

  --teacher xfeat     ${encoders.names}
  --loss tsa          ${Object.keys(losses).join(", ")}
  --tau 0.05          temperature (${readers("tau")})
  --rho 0.2           share of each frame's tokens that are queries (${readers("rho")})
  --margin 0.1        how far two cosines may be apart at no cost (${readers("margin")})
  --lambda 0.5        weight of the loss
  --lr 0.001          learning rate
  --optimizer adamw   ${optimizers.join(", ")}; Muon takes the linear layers' matrices and leaves the rest to AdamW
  --muon-lr 0.001     Muon's rate
  --warmup 0          steps in which the rates rise
  --rate-decay none   ${rateDecays.join(", ")}: what they do then; none: they stay
  --decay 0.01        weight decay of matrices; vectors do not decay
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
  --frames 16         frames sampled from the video, 4 to 32${encoders.frames}
  --train 0-7         which of them are trained on
  --held 8-15         which are only measured, or none
  --start 0           start of the window of the video in seconds
  --length 2          its length in seconds (default: up to the clip's end, at most 10)
  --token 16          token size in pixels, 8 or 16${encoders.token}
  --truth clip.truth.json   also measures against what is true of the clip
  --query f,row,col   a token whose matches by the final student, at the recipe's τ, go into the run; may be given several times
  --out run.json      recipe, steps, agreement and matches, saved as it goes; "status" says whether the run is "done"
  --checkpoint out.safetensors
  --resume in.safetensors   goes on from a checkpoint, with its recipe; --steps may go beyond its end

Ctrl+C ends the run after its current step, with both files; twice ends it at once, with both as last saved.`;
}

const text = (fallback) => (fallback === undefined ? { type: "string" } : { type: "string", default: fallback });
const OPTIONS = {
  teacher: text("xfeat"),
  loss: text(),
  tau: text(),
  rho: text(),
  margin: text(),
  lambda: text(),
  lr: text(),
  optimizer: text(),
  "muon-lr": text(),
  warmup: text(),
  "rate-decay": text(),
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
};

/** Options that the recipe holds, and so cannot be given beside --resume. */
const OF_THE_RECIPE = [
  ...[
    "loss",
    "tau",
    "rho",
    "margin",
    "lambda",
    "lr",
    "optimizer",
    "muon-lr",
    "warmup",
    "rate-decay",
    "decay",
    "clip",
    "ema",
    "evaluate",
    "hidden",
    "seed",
  ],
  ...["windows", "window", "flips", "every", "train", "held"],
];

/** Any number, or a sentence; the recipe checks its range. */
function anyNumber(name, value) {
  const parsed = Number(value);
  if (value.trim() === "" || !Number.isFinite(parsed)) fail(`--${name} must be a number, got "${value}"`);
  return parsed;
}

function range(name, value) {
  const parts = /^(\d+)-(\d+)$/.exec(value);
  if (!parts) fail(`--${name} must be frames from first to last, as in 0-7, got "${value}"`);
  return [Number(parts[1]), Number(parts[2])];
}

/** The recipe as far as it was given; what is left out has its default in src/train/recipe.ts. */
function recipeOf(values, { losses, optimizers, rateDecays }) {
  const given = (name, key, parse) => (values[name] === undefined ? {} : { [key]: parse(name, values[name]) });
  const asIs = (_, value) => value;
  const heldOf = (name, value) => (value === "none" ? null : range(name, value));
  return {
    ...given("loss", "loss", (name, value) => oneOf(name, value, Object.keys(losses))),
    ...given("tau", "tau", anyNumber),
    ...given("rho", "rho", anyNumber),
    ...given("margin", "margin", anyNumber),
    ...given("lambda", "lambda", anyNumber),
    ...given("lr", "learningRate", anyNumber),
    ...given("optimizer", "optimizer", (name, value) => oneOf(name, value, optimizers)),
    ...given("muon-lr", "muonRate", anyNumber),
    ...given("warmup", "warmup", anyNumber),
    ...given("rate-decay", "rateDecay", (name, value) => oneOf(name, value, rateDecays)),
    ...given("decay", "weightDecay", anyNumber),
    ...given("clip", "clipNorm", anyNumber),
    ...given("ema", "emaDecay", anyNumber),
    ...given("evaluate", "evaluate", (name, value) => oneOf(name, value, ["raw", "ema"])),
    ...given("hidden", "hidden", (name, value) => wholes(name, value, 3, "256,256,128")),
    ...given("steps", "steps", anyNumber),
    ...given("seed", "seed", anyNumber),
    ...given("every", "evaluateEvery", anyNumber),
    ...given("train", "trainFrames", range),
    ...given("held", "heldFrames", heldOf),
    batch: {
      ...given("windows", "windows", anyNumber),
      ...given("window", "frames", anyNumber),
      ...given("flips", "flips", asIs),
    },
  };
}

function requestOf(values, positionals, chosen, encoders) {
  if (positionals.length !== 1) fail(`one video is needed, got ${positionals.length}; see npm run align -- --help`);
  if (!values.out && !values.checkpoint) fail("nothing to write: give --out or --checkpoint");
  const files = [inputFile(positionals[0], "a video")];
  const add = (what, path) => (path === undefined ? null : files.push(inputFile(path, what)) - 1);
  const truth = add("a clip's truth", values.truth);
  const resume = add("a checkpoint", values.resume);
  const refused = resume === null ? undefined : OF_THE_RECIPE.find((name) => values[name] !== undefined);
  if (refused) fail(`--${refused} is part of the checkpoint's recipe: leave it out with --resume, or start anew`);
  const recipe = recipeOf(values, chosen);
  const request = {
    teacher: values.teacher,
    ...encoderInput("teacher", { ...values, encoder: values.teacher }, { frames: 16, token: 16 }, encoders),
    startS: number("start", values.start, 0, 1e6),
    lengthS: values.length === undefined ? null : number("length", values.length, 0.01, 1e6),
    truth,
    resume,
    recipe,
    queries: values.query.map((value) => wholes("query", value, 3, "0,3,5")),
    checkpoint: values.checkpoint !== undefined,
  };
  checkOutputs({ out: values.out, checkpoint: values.checkpoint }, files, { checkpoint: values.resume });
  return { files, request };
}

await command({ name: "align", usage, options: OPTIONS, positionals: true }, async (values, positionals) => {
  const { files, request } = requestOf(values, positionals, await choices(), await encoderInputs());
  const into = { ...values, earlier: earlierRun(values) };
  const { withHeadlessPage } = await import("./lib/page.mjs");
  const reply = await withHeadlessPage(
    async (page) => {
      page.setDefaultTimeout(0);
      page.on("console", (message) => message.type() === "info" && console.error(message.text()));
      await page.setInputFiles("input[type=file]", files);
      return answered(await trainInPage(page, "align", request, into));
    },
    { keepsOn: true },
  );
  for (const notice of reply.notices) console.error(notice);
  saveRun(into, reply);
  const { agreement, recipe, status } = reply.json;
  const last = agreement.at(-1);
  if (last)
    console.log(
      `step ${last.step}: agreement ${last.train?.toFixed(3) ?? "–"} train, ${last.held?.toFixed(3) ?? "–"} held`,
    );
  if (status === "paused") throw stoppedRun(values, reply.step, recipe.steps);
  if (!reply.problem) return 0;
  console.error(reply.problem);
  return 1;
});
