// node scripts/align_table.mjs FOLDER [--steps 80] [--clips discs] [--tables]: the runs behind the tables of docs/align.md, each by
// `npm run align`, and the tables as Markdown. A run that is done in FOLDER already is not run again, so it can be stopped and
// continued; the runs come in the order of what they decide. Done is a run that has ended and was measured after --steps, perhaps on
// its way to more. --tables runs nothing and shows what is there.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { importShell } from "./lib/bundle.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { makeFolder } from "./lib/output.mjs";
import { run } from "./lib/run.mjs";

await ensureInstalled();

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "80" },
    clips: { type: "string", default: "coffee,chelsea,discs" },
    tables: { type: "boolean", default: false },
  },
});
if (positionals.length !== 1) {
  console.error("one folder for the runs is needed: node scripts/align_table.mjs FOLDER");
  process.exit(2);
}
const folder = resolve(positionals[0]);
makeFolder("FOLDER", folder);

const LOSSES = Object.keys((await importShell("choices")).LOSSES);
const CLIPS = ["coffee", "chelsea"];
const SEEDS = [1, 2, 3];
const TAUS = [1, 0.2, 0.1, 0.05, 0.02, 0.01];

const product = (clips, losses) =>
  SEEDS.flatMap((seed) => clips.flatMap((clip) => losses.map((loss) => ({ clip, loss, seed, tau: 0.05 }))));
const PLAN = [
  ...product(CLIPS, ["tsa", "trd"]),
  ...product(["discs"], ["tsa", "mtsa"]),
  ...product(CLIPS, ["mtsa", "repa"]),
  ...TAUS.filter((tau) => tau !== 0.05).map((tau) => ({ clip: "coffee", loss: "tsa", seed: 1, tau })),
  ...product([...CLIPS, "discs"], LOSSES),
];

const fileOf = ({ clip, loss, seed, tau }) => `${folder}/${clip}-${loss}-${seed}-${tau}.json`;

/** A run as `npm run align` saved it; null where there is none. */
const runOf = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null);

/** Trains one run of the plan and writes its file. */
function train(planned) {
  const { clip, loss, seed, tau } = planned;
  const video = [`public/clips/${clip}.mp4`, "--truth", `public/clips/${clip}.truth.json`];
  const frames = ["--frames", "16", "--train", "0-7", "--held", "8-15"];
  const recipe = ["--loss", loss, "--tau", tau, "--seed", seed, "--steps", values.steps, "--every", "10"];
  const args = ["scripts/align.mjs", ...video, ...frames, ...recipe, "--out", fileOf(planned)].map(String);
  if (run(process.execPath, args) !== 0) process.exit(1);
}

const afterSteps = ({ agreement }) => agreement.find(({ step }) => step === Number(values.steps));

function isDone(planned) {
  const found = runOf(fileOf(planned));
  return found?.status === "done" && afterSteps(found) !== undefined;
}

if (!values.tables) {
  const wanted = values.clips.split(",");
  for (const planned of PLAN) {
    // A run may stand in the plan twice.
    if (wanted.includes(planned.clip) && !isDone(planned)) train(planned);
  }
}

/** The agreement of one run before its first step and after `--steps`, and its least time for a step; null where it has not run. */
function reached(clip, loss, seed, tau = 0.05) {
  const found = runOf(fileOf({ clip, loss, seed, tau }));
  if (!found) return null;
  const { agreement, steps } = found;
  const last = afterSteps(found);
  return last ? { ...last, first: agreement[0], ms: Math.min(...steps.map(({ ms }) => ms)) } : null;
}

const two = (value) => (value === null ? "–" : value.toFixed(2).replace(/^0/, ""));
const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);
const head = (...cells) => {
  row(...cells);
  row(...cells.map(() => "---"));
};
const take = (found, of) => (found === null ? "…" : two(of(found)));
const each = (clip, loss, of) => SEEDS.map((seed) => take(reached(clip, loss, seed), of)).join(" ");

console.log(
  `\n## Unseen frames after ${values.steps} steps: share within one token of the teacher's match, seeds 1 2 3\n`,
);
head("clip", "untrained", ...LOSSES);
for (const clip of CLIPS) {
  const cells = LOSSES.map((loss) => each(clip, loss, ({ held }) => held));
  row(
    clip,
    each(clip, "tsa", ({ first }) => first.held),
    ...cells,
  );
}

console.log("\n## The same over τ: TSA, coffee, seed 1\n");
head("τ", ...TAUS);
row("held", ...TAUS.map((tau) => take(reached("coffee", "tsa", 1, tau), ({ held }) => held)));

console.log(
  "\n## Moving objects over a still photograph: share within one token of the truth on unseen frames, seeds 1 2 3\n",
);
head("discs", "moving", "still", "teacher's, moving", "teacher's, still", "least step / TSA's");
// The least of all seeds: a busy machine only ever adds.
const leastMs = (loss) =>
  Math.min(...SEEDS.map((seed) => reached("discs", loss, seed)?.ms ?? Number.POSITIVE_INFINITY));
for (const loss of LOSSES) {
  const of = (name) => each("discs", loss, ({ details }) => details.held[name]);
  const ratio = leastMs(loss) / leastMs("tsa");
  row(
    loss,
    of("moving"),
    of("still"),
    of("teacherMoving"),
    of("teacherStill"),
    Number.isFinite(ratio) ? two(ratio) : "…",
  );
}
