// npm run calibrate [-- --clips 3] [--json FILE]: how far the page's doubt and its advised τ are right, where the truth is known: the tables of docs/doubt.md.
import { command, whole } from "./lib/command.mjs";
import { checkOutputs, writeWhole } from "./lib/output.mjs";
import { answered } from "./lib/reply.mjs";
import { Stopped, stop } from "./lib/stop.mjs";

const USAGE = `usage: npm run calibrate [-- options]

  --clips 3       clips of the sandbox, beside the built-in ones whose camera or discs are known
  --json FILE     also writes every clip's numbers, after each

Prints the tables of docs/doubt.md; Ctrl+C, those of what is done.`;

const OPTIONS = { clips: { type: "string", default: "3" }, json: { type: "string" } };

const KNOWN = ["chelsea", "coffee", "discs"];
/** What looks at them: encoder, size of a token, frames. */
const LOOKS = {
  known: [
    { encoder: "xfeat", token: 16, frames: 8 },
    { encoder: "xfeat", token: 8, frames: 8 },
    { encoder: "raw-patches", token: 16, frames: 8 },
  ],
  sandbox: [
    { encoder: "videomae", token: 8, frames: 16 },
    { encoder: "raw-patches", token: 8, frames: 16 },
  ],
};

await command({ name: "calibrate", usage: USAGE, options: OPTIONS }, async ({ clips, json }) => {
  const count = whole("clips", clips, 0, 1000);
  checkOutputs({ ...(json && { json }) }, []);
  const { importShell } = await import("./lib/bundle.mjs");
  const { withHeadlessPage } = await import("./lib/page.mjs");
  const { sampleClip } = await importShell("world");
  const sandboxClips = Array.from({ length: count }, (_, index) => sampleClip("validation", index));
  const wanted = [
    ...KNOWN.flatMap((clip) => LOOKS.known.map((look) => ({ clip, name: clip, ...look }))),
    ...sandboxClips.flatMap((clip) => LOOKS.sandbox.map((look) => ({ clip, name: "sandbox", ...look }))),
  ];
  const done = [];
  await withHeadlessPage(
    async (page) => {
      page.setDefaultTimeout(0);
      for (const { name, ...request } of wanted) {
        if (stop.aborted) return;
        const { found } = answered(await page.evaluate((asked) => window.tempered.calibrate(asked), request));
        done.push({ name, ...request, ...found });
        if (json) writeWhole(json, `${JSON.stringify(done, null, 1)}\n`);
        console.error(`${done.length} of ${wanted.length}: ${name}, ${request.encoder} ${request.token} px`);
      }
    },
    { keepsOn: true },
  );
  if (done.length > 0) console.log(`${doubtTable(groups(done))}\n\n${tauTable(groups(done))}`);
  if (stop.aborted) throw new Stopped(`stopped, looks measured: ${done.length} of ${wanted.length}`);
});

/** Looks of one kind together. */
function groups(done) {
  const kinds = new Map();
  for (const one of done) {
    const key = `${one.name}, ${one.encoder} ${one.token} px`;
    kinds.set(key, [...(kinds.get(key) ?? []), one]);
  }
  return kinds;
}

const LEVELS = ["sure", "unsure", "lost"];
const sum = (values) => values.reduce((a, b) => a + b, 0);
const percent = (part, all) => (all === 0 ? "–" : `${((100 * part) / all).toFixed(1)} %`);
const mean = (values) => (values.length === 0 ? "–" : (sum(values) / values.length).toFixed(2));

function doubtTable(kinds) {
  const head =
    "| clips | matches | wrong | of the sure wrong | of the unsure wrong | of the lost wrong | of the wrong doubted | there and back | cosine | lead |";
  const rows = [...kinds].map(([kind, looks]) => {
    const of = (level, what) => sum(looks.map(({ matches }) => matches[level][what]));
    const all = sum(LEVELS.map((level) => of(level, "all")));
    const wrong = sum(LEVELS.map((level) => of(level, "wrong")));
    const signs = (name) => mean(looks.flatMap((look) => (look.signs ? [look.signs[name]] : [])));
    const cells = [
      kind,
      all,
      percent(wrong, all),
      ...LEVELS.map((level) => `${percent(of(level, "wrong"), of(level, "all"))} of ${of(level, "all")}`),
      percent(wrong - of("sure", "wrong"), wrong),
      ...["cycle", "cosine", "lead"].map(signs),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [head, head.replace(/[^|]+/g, "---"), ...rows].join("\n");
}

function tauTable(kinds) {
  const head =
    "| clips | advised τ | right there | best τ by the truth | right there | lost by the advice | right at the usual τ |";
  const rows = [...kinds].map(([kind, looks]) => {
    const at = ({ taus, truth }, tau) =>
      truth[
        taus.reduce(
          (best, one, t) => (Math.abs(Math.log(one / tau)) < Math.abs(Math.log(taus[best] / tau)) ? t : best),
          0,
        )
      ];
    const best = ({ truth }) => Math.max(...truth);
    const bestTau = (look) => look.taus[look.truth.indexOf(best(look))];
    const range = (values) => {
      const sorted = [...new Set(values)].sort((a, b) => a - b);
      return sorted.length === 1 ? String(sorted[0]) : `${sorted[0]} to ${sorted.at(-1)}`;
    };
    const average = (of) => sum(looks.map(of)) / looks.length;
    const share = (value) => `${(100 * value).toFixed(1)} %`;
    const cells = [
      kind,
      range(looks.map(({ advised }) => advised)),
      share(average((look) => at(look, look.advised))),
      range(looks.map(bestTau)),
      share(average(best)),
      `${(100 * average((look) => best(look) - at(look, look.advised))).toFixed(1)} points`,
      share(average((look) => at(look, look.usual))),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [head, head.replace(/[^|]+/g, "---"), ...rows].join("\n");
}
