// npm run exam: the law judge's own examination (docs/judge.md).
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { importShell } from "./lib/bundle.mjs";
import { ensureInstalled } from "./lib/run.mjs";

const USAGE = `usage: npm run exam -- [--clips 20] [--from 0] [--template NAME]… [--only PART]… [--kind NAME] [--threads 1]

  --clips 20        clips of each template, with seeds from --from on
  --from 0          first seed; seeds from 1000000 on are kept for the report
  --template NAME   these templates only; may be said more than once
  --only PART       pass, corruptions, controls or robustness; may be said more than once
  --kind NAME       one corruption, control or softening only
  --threads 1       clips are shared out to this many threads
  --minutes N       takes up no further clip after this long; clips go seed by seed, so all templates are as far
  --out FILE        also writes the counts as JSON; a report of the same tolerances that is there keeps its rows, and those
                    whose seeds all come before --from are added to
  --misses          also prints each miss: seed, what is broken and by how many tolerances`;

const OPTIONS = {
  clips: { type: "string", default: "20" },
  from: { type: "string", default: "0" },
  template: { type: "string", multiple: true, default: [] },
  only: { type: "string", multiple: true, default: [] },
  kind: { type: "string" },
  threads: { type: "string", default: "1" },
  minutes: { type: "string" },
  out: { type: "string" },
  misses: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
};

/** A thread's share: each job is a template and a seed. */
async function work({ jobs, parts, kind, until }, done) {
  const exam = await (await importShell("exam")).createExam();
  for (const { template, seed } of jobs) {
    if (Date.now() > until) return;
    done(exam(template, seed, parts, kind));
  }
}

/** All trials, in the order of the jobs. */
async function examine(jobs, parts, kind, threads, until) {
  const trials = [];
  if (threads === 1) {
    await work({ jobs, parts, kind, until }, (more) => trials.push(...more));
    return trials;
  }
  await Promise.all(
    Array.from({ length: threads }, (_, k) => {
      const workerData = { jobs: jobs.filter((_, i) => i % threads === k), parts, kind, until };
      return new Promise((resolve, reject) => {
        const worker = new Worker(fileURLToPath(import.meta.url), { workerData });
        worker.on("message", (more) => trials.push(...more));
        worker.on("error", reject);
        worker.on("exit", resolve);
      });
    }),
  );
  const order = new Map(jobs.map(({ template, seed }, i) => [`${template} ${seed}`, i]));
  const place = ({ template, seed }) => order.get(`${template} ${seed}`);
  return trials.sort((a, b) => place(a) - place(b));
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

/** One row a line, so that a change can be read. */
function writeReport(file, from, tables, tolerances) {
  const before = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null;
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
  writeFileSync(file, `{\n "tolerances": ${JSON.stringify(tolerances)},\n "tables": {\n${lines.join(",\n")}\n }\n}\n`);
}

async function run(main, UsageError) {
  await main(async () => {
    const fail = (message) => {
      throw new UsageError(message);
    };
    const whole = (name, text, low) => {
      const value = Number(text);
      if (!Number.isInteger(value) || value < low) fail(`--${name} must be a whole number ≥ ${low}, got "${text}"`);
      return value;
    };
    let values;
    try {
      values = parseArgs({ args: process.argv.slice(2), options: OPTIONS, strict: true }).values;
    } catch (error) {
      fail(`${error.message.split(". ")[0]}; see npm run exam -- --help`);
    }
    if (values.help) {
      console.log(USAGE);
      return 0;
    }
    const { PARTS, TEMPLATE_NAMES, tally, tolerances } = await importShell("exam");
    const chosen = (name, said, all) => {
      const odd = said.find((one) => !all.includes(one));
      if (odd !== undefined) fail(`--${name} must be one of ${all.join(", ")}, got "${odd}"`);
      return said.length > 0 ? said : all;
    };
    const templates = chosen("template", values.template, TEMPLATE_NAMES);
    const parts = chosen("only", values.only, PARTS);
    const [clips, from] = [whole("clips", values.clips, 1), whole("from", values.from, 0)];
    const threads = whole("threads", values.threads, 1);
    const jobs = Array.from({ length: clips }, (_, i) => from + i).flatMap((seed) =>
      templates.map((template) => ({ template, seed })),
    );
    const until = values.minutes === undefined ? Infinity : Date.now() + 60_000 * whole("minutes", values.minutes, 1);
    const trials = await examine(jobs, parts, values.kind, threads, until);
    const tables = tally(trials);
    print(tables);
    if (values.misses) {
      for (const { template, seed, kind, right, verdict } of trials) {
        if (!verdict || right) continue;
        const broken = Object.entries(verdict.broken).map(([rule, by]) => `${rule} ${by.toFixed(2)}`);
        const scores = `SA* ${verdict.sa ? "holds" : "fails"}, PC* ${verdict.pc ? "holds" : "fails"}`;
        console.log(
          `${template} ${seed} ${kind}: ${scores}${verdict.discarded ? `, discarded: ${verdict.discarded}` : ""} ${broken.join(", ")}`,
        );
      }
    }
    if (values.out !== undefined) writeReport(values.out, from, tables, tolerances);
    return 0;
  });
}

if (isMainThread) {
  ensureInstalled();
  const { main, UsageError } = await import("./lib/page.mjs");
  await run(main, UsageError);
} else {
  await work(workerData, (trials) => parentPort.postMessage(trials));
}
