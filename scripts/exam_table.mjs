// Prints the tables of docs/judge.md from docs/judge_report.json (what npm run exam -- --out wrote).
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { root } from "./lib/ready.mjs";

const file = process.argv[2] ?? `${root}docs/judge_report.json`;
const text = readFileSync(file, "utf8");
const report = JSON.parse(text);
const { tables } = report;
const templates = Object.keys(tables);

const percent = (part, all) => (all > 0 ? `${((100 * part) / all).toFixed(1)} %` : "–");
const line = (cells) => console.log(`| ${cells.join(" | ")} |`);

function table(title, head, rows) {
  console.log(`\n${title}\n`);
  line(head);
  line(head.map(() => "---"));
  for (const row of rows) line(row);
}

const find = (template, part, kind) => tables[template].find((row) => row.part === part && row.kind === kind);

table(
  "Clips as made, and softened: share that holds.",
  ["template", "clips", "SA\\*", "PC\\*", "Joint\\*", "broken rules", "clips", "noise", "blur", "both"],
  templates.map((template) => {
    const made = find(template, "pass", "as-made");
    const soft = ["noise", "blur", "both"].map((kind) => find(template, "robustness", kind));
    const broken = Object.entries(made?.broken ?? {}).map(([rule, count]) => `${rule} ${count}`);
    const scores = ["sa", "pc", "joint"].map((score) => (made ? percent(made[score], made.clips) : "–"));
    return [
      template,
      made?.clips ?? "–",
      ...scores,
      broken.join(", "),
      soft[0]?.clips ?? "–",
      ...soft.map((row) => (row ? percent(row.right, row.clips) : "–")),
    ];
  }),
);

for (const [part, title] of [
  [
    "corruptions",
    "Corruptions: clips whose PC\\* fails, of clips that it applies to; – where no clip gives it anything to break.",
  ],
  ["controls", "Controls: clips whose Joint\\* is as it must be (passes for reversed-elastic, fails for the others)."],
]) {
  const kinds = [
    ...new Set(templates.flatMap((t) => tables[t].filter((row) => row.part === part).map(({ kind }) => kind))),
  ];
  table(
    title,
    ["", ...templates, "all"],
    kinds.map((kind) => {
      const rows = templates.map((template) => find(template, part, kind));
      const sum = (of) => rows.reduce((total, row) => total + (row ? of(row) : 0), 0);
      const cells = rows.map((row) => (row === undefined ? "" : row.clips > 0 ? `${row.right}/${row.clips}` : "–"));
      return [
        kind,
        ...cells,
        percent(
          sum((row) => row.right),
          sum((row) => row.clips),
        ),
      ];
    }),
  );
}
/** What is asked of clips as made, and of everything else. */
const BARS = { pass: 0.97 };
const BAR = 0.95;
const missed = templates.flatMap((template) =>
  tables[template]
    .filter(({ part, clips, right }) => clips > 0 && right < (BARS[part] ?? BAR) * clips)
    .map(({ kind, clips, right, wrong }) => {
      const more = clips - right > wrong.length ? ", …" : "";
      return `${template} ${kind} ${right}/${clips} (seeds ${wrong.join(", ")}${more})`;
    }),
);
console.log(`\n**Below its bar:** ${missed.length > 0 ? missed.join("; ") : "nothing"}.`);

console.log(
  `\nsha256 of the report, without its white space: ${createHash("sha256").update(JSON.stringify(report)).digest("hex")}`,
);
