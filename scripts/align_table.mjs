// node scripts/align_table.mjs FOLDER [--steps 80]: the runs behind the tables of docs/align.md, each by `npm run align`, and the
// tables as Markdown. A run whose file is in FOLDER already is not run again, so it can be stopped and continued.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ensureInstalled, root, run } from "./lib/run.mjs";

ensureInstalled();
const { build } = await import("vite");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { steps: { type: "string", default: "80" } },
});
if (positionals.length !== 1) {
  console.error("one folder for the runs is needed: node scripts/align_table.mjs FOLDER");
  process.exit(2);
}
const [folder] = positionals;
mkdirSync(folder, { recursive: true });

const LOSSES = ["tsa", "mtsa", "repa", "trd"];
const SEEDS = [1, 2, 3];
const TAUS = [1, 0.2, 0.1, 0.05, 0.02, 0.01];

let built = false;
/** The last agreement of one run, and the median time of its steps. */
async function reached(clip, loss, seed, tau = 0.05) {
  const out = `${folder}/${clip}-${loss}-${seed}-${tau}.json`;
  if (!existsSync(out)) {
    if (!built) await build({ root, logLevel: "error" });
    built = true;
    const video = [`public/clips/${clip}.mp4`, "--truth", `public/clips/${clip}.truth.json`];
    const frames = ["--frames", "16", "--train", "0-7", "--held", "8-15"];
    const recipe = ["--loss", loss, "--tau", tau, "--seed", seed, "--steps", values.steps, "--every", "20"];
    const args = ["run", "-s", "align", "--", ...video, ...frames, ...recipe, "--out", out].map(String);
    if (run("npm", args, { TEMPERED_DIST: "keep" }) !== 0) process.exit(1);
  }
  const { agreement, steps } = JSON.parse(readFileSync(out, "utf8"));
  const times = steps.map(({ ms }) => ms).sort((a, b) => a - b);
  return { ...agreement.at(-1), first: agreement[0], ms: times[times.length >> 1] };
}

const two = (value) => (value === null ? "–" : value.toFixed(2).replace(/^0/, ""));
const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);
const head = (...cells) => {
  row(...cells);
  row(...cells.map(() => "---"));
};
const each = async (clip, loss, take) => {
  const runs = [];
  for (const seed of SEEDS) runs.push(take(await reached(clip, loss, seed)));
  return runs.map(two).join(" ");
};

console.log(
  `\n## Unseen frames after ${values.steps} steps: share within one token of the teacher's match, seeds 1 2 3\n`,
);
head("clip", "untrained", ...LOSSES);
for (const clip of ["coffee", "chelsea"]) {
  const cells = [];
  for (const loss of LOSSES) cells.push(await each(clip, loss, ({ held }) => held));
  row(clip, await each(clip, "tsa", ({ first }) => first.held), ...cells);
}

console.log("\n## The same over τ: TSA, coffee, seed 1\n");
head("τ", ...TAUS);
const sweep = [];
for (const tau of TAUS) sweep.push(two((await reached("coffee", "tsa", 1, tau)).held));
row("held", ...sweep);

console.log(
  "\n## Moving objects over a still photograph: share within one token of the truth on unseen frames, seeds 1 2 3\n",
);
head("discs", "moving", "still", "teacher's, moving", "teacher's, still", "median step / TSA's");
const base = (await reached("discs", "tsa", 1)).ms;
for (const loss of LOSSES) {
  const of = (name) => each("discs", loss, ({ details }) => details.held[name]);
  const ratio = ((await reached("discs", loss, 1)).ms / base).toFixed(2);
  row(loss, await of("moving"), await of("still"), await of("teacherMoving"), await of("teacherStill"), ratio);
}
