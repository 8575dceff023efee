// npm run train -- --start base --task solids --loss mtsa --share 0.5 --steps 20 --batch 4 --seed 1 --out run.json
// Trains the page's diffusion student from the shell, through the built app in headless Chromium (docs/train.md).
import { command, fail, inputFile, oneOf } from "./lib/command.mjs";
import { givenLaws, LAW_OPTIONS, LAW_USAGE } from "./lib/laws.mjs";
import { checkOutputs } from "./lib/output.mjs";
import { answered } from "./lib/reply.mjs";
import { earlierRun, saveRun, stoppedRun, trainInPage } from "./lib/training.mjs";

async function choices() {
  const { importShell } = await import("./lib/bundle.mjs");
  return importShell("choices");
}

async function usage() {
  const { ARMS, DRAWN, TASKS, TEACHERS, OPTIMIZER_NAMES } = await choices();
  const teachers = Object.entries(TEACHERS).map(([name, says]) => `${name} (${says})`);
  return `usage: npm run train -- --out run.json [options]

  --start base        base (the shipped student before its learning rate fell), random, or a safetensors file with a student's weights
                      (of a run's checkpoint the averaged ones)
  --task everything   ${Object.keys(TASKS).join(", ")}, or a sentence in quotes
  --clips 256         how many different clips
${LAW_USAGE}
  --loss mtsa         ${ARMS.join(", ")}
  --teacher videomae  ${teachers.join(", ")}
  --share 0.5         λ is moved to where its gradient is this share of the diffusion loss's, or
  --lambda 0.05       λ as it is
  --balance-every 20  steps between two moves of λ
  --stop 0            no alignment after this step; 0: to the end
  --tau 0.1           temperature
  --rho 0.2           share of each frame's tokens that are queries (mtsa)
  --margin 0.1        how far two cosines may be apart at no cost (trd)
  --block 0           features are taken after so many blocks; 0: about 60 % of them
  --self-block 0      the block that teaches with --teacher self; 0: the last
  --spatial 0         α of the teacher's spatial normalisation; 0: none
  --hidden 256,256,256  of the projector
  --given 0.5         share of clips whose first token frame is given
  --prompt-dropped 0.1  share of clips whose prompt is left out
  --steps 300
  --batch 4           clips of a micro-batch
  --accumulate 1      micro-batches of a step
  --seed 1
  --optimizer muon    ${OPTIMIZER_NAMES.join(", ")}: muon for the matrices in blocks and AdamW for the rest
  --lr 0.0003         AdamW's rate
  --muon-lr 0.00075   Muon's rate
  --warmup 20         steps in which the rates rise
  --rate-decay none   then they stay (none) or fall to nothing at the last step (cosine)
  --decay 0.01        weight decay of matrices
  --clip 1            largest norm of the gradient
  --ema 0.98          decay of the averaged weights, which draw the samples
  --width, --depth, --heads   of a student with --start random (the shipped one's are 192, 6 and 3; fewer heads where the width is no multiple of 12)
  --eval-every 50     steps between two looks at drawn clips
  --samples 4         clips that are drawn; 0: none
  --drawn unseen      ${DRAWN.join(", ")}: other clips of the task, or the first that it trains on
  --sampler-steps 16
  --out run.json      recipe, steps and samples, saved as it goes; "status" says whether the run is "done"
  --checkpoint c.safetensors   student, projector and optimiser, with PyTorch's names; models/pretrain starts from it
  --resume c.safetensors       goes on from a checkpoint, with its recipe; --steps may go beyond its end,
                      which rates that fall (cosine) follow from there on

Ctrl+C ends the run after its current step, with both files; twice ends it at once, with both as last saved.`;
}

/** Any number, or a sentence; the recipe checks its range. */
function anyNumber(name, value) {
  const parsed = Number(value);
  if (value.trim() === "" || !Number.isFinite(parsed)) fail(`--${name} must be a number, got "${value}"`);
  return parsed;
}

const asIs = (_, value) => value;
const threeNumbers = (name, value) => {
  const parts = value.split(",").map((part) => anyNumber(name, part));
  if (parts.length !== 3) fail(`--${name} must be 3 numbers, as in 256,256,256, got "${value}"`);
  return parts;
};

/** Each option of the recipe: its field, and how its text is read. */
const RECIPE = {
  task: ["task", asIs],
  clips: ["clips", anyNumber],
  loss: ["loss", (name, value, { ARMS }) => oneOf(name, value, ARMS)],
  teacher: ["teacher", (name, value, { TEACHERS }) => oneOf(name, value, Object.keys(TEACHERS))],
  share: ["share", anyNumber],
  lambda: ["lambda", anyNumber],
  "balance-every": ["balanceEvery", anyNumber],
  stop: ["stop", anyNumber],
  tau: ["tau", anyNumber],
  rho: ["rho", anyNumber],
  margin: ["margin", anyNumber],
  block: ["block", anyNumber],
  "self-block": ["selfBlock", anyNumber],
  spatial: ["spatial", anyNumber],
  hidden: ["hidden", threeNumbers],
  given: ["given", anyNumber],
  "prompt-dropped": ["promptDropped", anyNumber],
  batch: ["batch", anyNumber],
  accumulate: ["accumulate", anyNumber],
  seed: ["seed", anyNumber],
  optimizer: ["optimizer", (name, value, { OPTIMIZER_NAMES }) => oneOf(name, value, OPTIMIZER_NAMES)],
  lr: ["learningRate", anyNumber],
  "muon-lr": ["muonRate", anyNumber],
  warmup: ["warmup", anyNumber],
  "rate-decay": ["rateDecay", (name, value, { RATE_DECAY_NAMES }) => oneOf(name, value, RATE_DECAY_NAMES)],
  decay: ["weightDecay", anyNumber],
  clip: ["clipNorm", anyNumber],
  ema: ["emaDecay", anyNumber],
  width: ["width", anyNumber],
  depth: ["depth", anyNumber],
  heads: ["heads", anyNumber],
  "eval-every": ["evaluateEvery", anyNumber],
  samples: ["samples", anyNumber],
  "sampler-steps": ["samplerSteps", anyNumber],
  drawn: ["drawn", (name, value, { DRAWN }) => oneOf(name, value, DRAWN)],
};

const text = { type: "string" };
const OPTIONS = {
  ...Object.fromEntries(Object.keys(RECIPE).map((name) => [name, text])),
  ...LAW_OPTIONS,
  start: text,
  steps: text,
  out: text,
  checkpoint: text,
  resume: text,
};

async function requestOf(values) {
  if (!values.out && !values.checkpoint) fail("nothing to write: give --out or --checkpoint");
  const { STARTS, ...tables } = await choices();
  const files = [];
  const add = (what, path) => (path === undefined ? null : files.push(inputFile(path, what)) - 1);
  const named = values.start === undefined || STARTS.some((name) => name === values.start && name !== "file");
  const weights = named ? null : add("a student's weights", values.start);
  const resume = add("a checkpoint", values.resume);
  const given = Object.keys(RECIPE).filter((name) => values[name] !== undefined);
  const laws = givenLaws(values);
  const refused = values.start === undefined ? (given[0] ?? Object.keys(laws)[0]) : "start";
  if (resume !== null && refused) {
    fail(`--${refused} is part of the checkpoint's recipe: leave it out with --resume, or start anew`);
  }
  const fields = given.map((name) => [RECIPE[name][0], RECIPE[name][1](name, values[name], tables)]);
  const start = named ? (values.start ?? "base") : "file";
  const steps = values.steps === undefined ? {} : { steps: anyNumber("steps", values.steps) };
  const recipe = { ...(resume === null ? { start, laws } : {}), ...steps, ...Object.fromEntries(fields) };
  checkOutputs({ out: values.out, checkpoint: values.checkpoint }, files, { checkpoint: values.resume });
  return { files, request: { weights, resume, recipe, checkpoint: values.checkpoint !== undefined } };
}

await command({ name: "train", usage, options: OPTIONS }, async (values) => {
  const { files, request } = await requestOf(values);
  const into = { ...values, earlier: earlierRun(values) };
  const { withHeadlessPage } = await import("./lib/page.mjs");
  const reply = await withHeadlessPage(
    async (page) => {
      page.setDefaultTimeout(0);
      page.on("console", (message) => message.type() === "info" && console.error(message.text()));
      if (files.length > 0) await page.setInputFiles("input[type=file]", files);
      return answered(await trainInPage(page, "train", request, into));
    },
    { keepsOn: true },
  );
  saveRun(into, reply);
  const { steps, samples, recipe, status } = reply.json;
  const [last, drawn] = [steps.at(-1), samples.filter(({ step }) => step === samples.at(-1)?.step)];
  const mean = (key) => drawn.reduce((sum, sample) => sum + sample[key], 0) / drawn.length;
  if (last) console.log(`step ${last.step}: diffusion loss ${last.diffusion.toPrecision(4)}`);
  if (drawn.length > 0) {
    const errors = `${mean("centre_error").toFixed(2)} px off the simulator's, a still clip ${mean("still_error").toFixed(2)}`;
    console.log(`${drawn.length} clips drawn at step ${drawn[0].step}: ${errors}`);
  }
  if (status === "paused") throw stoppedRun(values, reply.step, recipe.steps);
  if (!reply.problem) return 0;
  console.error(reply.problem);
  return 1;
});
