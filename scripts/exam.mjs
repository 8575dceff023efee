// npm run exam: the law judge's own examination (docs/judge.md).
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { command, fail, whole } from "./lib/command.mjs";
import { checkOutputs, writeWhole } from "./lib/output.mjs";
import { Stopped, stop, turn, whenStopped } from "./lib/stop.mjs";

const USAGE = `usage: npm run exam -- [--clips 20] [--from 0] [--template NAME]… [--only PART]… [--kind NAME]… [--threads 1]

  --clips 20        clips of each template, with seeds from --from on
  --from 0          first seed; seeds from 1000000 on are kept for the report
  --template NAME   these templates only; may be said more than once
  --only PART       pass, corruptions, controls or robustness; may be said more than once
  --kind NAME       these corruptions, controls or softenings only; may be said more than once
  --threads 1       clips are shared out to this many threads, 256 at most
  --minutes N       takes up no further clip after this long, as Ctrl+C does; clips go seed by seed, so all templates are as far
  --out FILE        also writes the counts as JSON, saved as it goes; a report of the same tolerances that is there keeps its
                    rows, and those whose seeds all come before --from are added to
  --misses          also prints each miss: seed, what is broken and by how many tolerances`;

const OPTIONS = {
  clips: { type: "string", default: "20" },
  from: { type: "string", default: "0" },
  template: { type: "string", multiple: true, default: [] },
  only: { type: "string", multiple: true, default: [] },
  kind: { type: "string", multiple: true, default: [] },
  threads: { type: "string", default: "1" },
  minutes: { type: "string" },
  out: { type: "string" },
  misses: { type: "boolean", default: false },
};

/** Clips that are examined, a template and a seed each: seed by seed, and of each seed all templates. */
function* jobsOf({ from, clips, templates }) {
  for (let i = 0; i < clips; i++) for (const template of templates) yield { template, seed: from + i };
}

/** A thread's share of the jobs, which go round the threads. `ended` holds 1 once no further one is to be taken up. */
async function work({ plan, share: [own, threads], parts, kinds, until, ended }, done) {
  const { importShell } = await import("./lib/bundle.mjs");
  const exam = await (await importShell("exam")).createExam();
  let job = 0;
  for (const { template, seed } of jobsOf(plan)) {
    if (job++ % threads !== own) continue;
    await turn();
    if (Date.now() > until || Atomics.load(ended, 0) === 1) return;
    done(exam(template, seed, parts, kinds));
  }
}

/** Examines, in threads, and hands the trials of each clip to `done`. */
async function examine(plan, parts, kinds, threads, until, done) {
  const ended = new Int32Array(new SharedArrayBuffer(4));
  whenStopped(() => Atomics.store(ended, 0, 1));
  const dataOf = (k) => ({ plan, share: [k, threads], parts, kinds, until, ended });
  if (threads === 1) return work(dataOf(0), done);
  await Promise.all(
    Array.from({ length: threads }, (_, k) => {
      return new Promise((resolve, reject) => {
        const worker = new Worker(fileURLToPath(import.meta.url), { workerData: dataOf(k) });
        worker.on("message", done);
        worker.on("error", reject);
        worker.on("exit", resolve);
      });
    }),
  );
}

/** Trials in the order of the jobs, whichever thread was first. */
function ordered(trials, { templates }) {
  const place = ({ template }) => templates.indexOf(template);
  return trials.toSorted((a, b) => a.seed - b.seed || place(a) - place(b));
}

const share = (part, all) => (all === 0 ? "–" : `${((100 * part) / all).toFixed(1)} %`);

function print(tables) {
  for (const [template, rows] of Object.entries(tables)) {
    console.log(`\n${template}`);
    for (const { part, kind, clips, none, right, sa, pc, joint, discarded, broken, wrong } of rows) {
      const counts = Object.entries(broken).map(([rule, count]) => `${rule} ${count}`);
      const cells = [
        kind.padEnd(24),
        share(right, clips).padStart(8),
        `n ${clips}${none > 0 ? ` (${none} not applicable)` : ""}`.padEnd(12),
        part === "pass" ? `SA* ${share(sa, clips)}, PC* ${share(pc, clips)}, Joint* ${share(joint, clips)}` : "",
        discarded > 0 ? `discarded ${discarded}` : "",
        counts.length > 0 ? `broken: ${counts.join(", ")}` : "",
        wrong.length > 0 ? `seeds ${wrong.join(" ")}` : "",
      ];
      console.log(`  ${cells.filter((cell) => cell !== "").join("  ")}`);
    }
  }
}

/** Two rows of one kind over different seeds, counted together. */
function added(before, now) {
  const sums = (a, b) =>
    Object.fromEntries(
      [...new Set([...Object.keys(a), ...Object.keys(b)])].map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)]),
    );
  const { from, part, kind, wrong, broken, ...counts } = before;
  const { from: _, part: __, kind: ___, wrong: more, broken: alsoBroken, ...others } = now;
  return { from, part, kind, ...sums(counts, others), broken: sums(broken, alsoBroken), wrong: [...wrong, ...more] };
}

/** The report that is there, which a run adds to; null where there is none. */
function reportOf(file) {
  if (file === undefined || !existsSync(file)) return null;
  try {
    const report = JSON.parse(readFileSync(file, "utf8"));
    if (typeof report.tables === "object") return report;
  } catch {
    // No JSON: the same sentence.
  }
  return fail(`--out ${file} holds something else than a report of this examination: choose another name`);
}

/** One row a line, so that a change can be read. */
function writeReport(file, before, from, tables, tolerances) {
  const same = before !== null && JSON.stringify(before.tolerances) === JSON.stringify(tolerances);
  const names = [...new Set([...Object.keys(same ? before.tables : {}), ...Object.keys(tables)])];
  const lines = names.map((template) => {
    const rows = new Map((same ? (before.tables[template] ?? []) : []).map((row) => [`${row.part} ${row.kind}`, row]));
    for (const row of tables[template] ?? []) {
      const key = `${row.part} ${row.kind}`;
      const old = rows.get(key);
      const later = old !== undefined && from >= old.from + old.clips + old.none;
      rows.set(key, later ? added(old, { from, ...row }) : { from, ...row });
    }
    return `  ${JSON.stringify(template)}: [\n${[...rows.values()].map((row) => `   ${JSON.stringify(row)}`).join(",\n")}\n  ]`;
  });
  writeWhole(file, `{\n "tolerances": ${JSON.stringify(tolerances)},\n "tables": {\n${lines.join(",\n")}\n }\n}\n`);
}

function printMisses(trials) {
  for (const { template, seed, kind, right, verdict } of trials) {
    if (!verdict || right) continue;
    const broken = Object.entries(verdict.broken).map(([rule, by]) => `${rule} ${by.toFixed(2)}`);
    const scores = `SA* ${verdict.sa ? "holds" : "fails"}, PC* ${verdict.pc ? "holds" : "fails"}`;
    console.log(
      `${template} ${seed} ${kind}: ${scores}${verdict.discarded ? `, discarded: ${verdict.discarded}` : ""} ${broken.join(", ")}`,
    );
  }
}

/** What is said, where it is one of them; all where nothing is said. */
function chosen(name, said, all) {
  const odd = said.find((one) => !all.includes(one));
  if (odd !== undefined) fail(`--${name} must be one of ${all.join(", ")}, got "${odd}"`);
  return said.length > 0 ? [...new Set(said)] : all;
}

/** A seed is a u32. */
const SEEDS = 2 ** 32;

/** Between two saves of the report. */
const SAVE_MS = 10_000;

async function run(values) {
  const { importShell } = await import("./lib/bundle.mjs");
  const { KINDS, kindsOf, PARTS, TEMPLATE_NAMES, tally, tolerances } = await importShell("exam");
  const said = chosen("template", values.template, TEMPLATE_NAMES);
  const parts = chosen("only", values.only, PARTS);
  const kinds = chosen("kind", values.kind, KINDS);
  const templates = said.filter((template) => kindsOf(template, parts, kinds).length > 0);
  if (templates.length === 0)
    fail(
      `no ${kinds.join(" or ")} is asked in ${parts.join(", ")} of ${said.join(", ")}: take another --kind, --only or --template`,
    );
  const number = (name, low, high) => whole(name, values[name], low, high);
  const [clips, from] = [number("clips", 1, SEEDS), number("from", 0, SEEDS - 1)];
  if (from + clips > SEEDS)
    fail(
      `--from ${from} and --clips ${clips} go past the last seed, ${SEEDS - 1}: take fewer clips or an earlier seed`,
    );
  const plan = { from, clips, templates };
  const threads = number("threads", 1, 256);
  const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : number("minutes", 1, 1e6);
  const until = Date.now() + 60_000 * minutes;
  const { out } = values;
  checkOutputs({ out });
  const before = reportOf(out);
  const trials = [];
  let [examined, saved] = [0, 0];
  const save = (tables) => out !== undefined && writeReport(out, before, from, tables, tolerances);
  await examine(plan, parts, kinds, threads, until, (more) => {
    examined++;
    trials.push(...more);
    if (Date.now() - saved < SAVE_MS) return;
    save(tally(ordered(trials, plan)));
    saved = Date.now();
  });
  const inOrder = ordered(trials, plan);
  const tables = tally(inOrder);
  print(tables);
  if (values.misses) printMisses(inOrder);
  save(tables);
  if (stop.aborted) throw new Stopped(`stopped, clips examined: ${examined} of ${clips * templates.length}`);
}

if (isMainThread) await command({ name: "exam", usage: USAGE, options: OPTIONS }, run);
else await work(workerData, (trials) => parentPort.postMessage(trials));
