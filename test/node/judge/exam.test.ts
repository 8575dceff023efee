import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { importShell } from "../../../scripts/lib/bundle.mjs";
import type { Row, Trial } from "../../../src/judge/exam/report.ts";
import { tally } from "../../../src/judge/exam/report.ts";
import { FROZEN } from "../../../src/judge/tolerances.ts";
import { YARDSTICKS } from "../../../src/judge/yardsticks.ts";
import type * as ExamShell from "../../../src/shell/exam.ts";

// As `npm run exam` has it: a bundle takes a third less time than modules that the test runner loads one by one.
const { createExam, KINDS, PARTS, TEMPLATE_NAMES, tolerances } = (await importShell(
  "exam",
)) as unknown as typeof ExamShell;

let exam: ExamShell.Exam;
beforeAll(async () => {
  exam = await createExam();
}, 60_000);

const shown = ({ template, seed, kind, verdict }: Trial) => `${template} ${seed} ${kind} ${JSON.stringify(verdict)}`;

/** Calibration seeds: the report's begin at 1 000 000. */
const FIRST = 7000;

test("clips of the world hold Joint*, six of each template", { timeout: 300_000 }, () => {
  const trials = TEMPLATE_NAMES.flatMap((template) =>
    Array.from({ length: 6 }, (_, i) => exam(template, FIRST + i, ["pass"])).flat(),
  );
  expect(trials).toHaveLength(72);
  // 97 % are asked for: of 72 two may fail.
  expect(
    trials
      .filter(({ right }) => !right)
      .map(shown)
      .slice(2),
  ).toEqual([]);
});

test("every corruption is caught, every control answered, softness kept", { timeout: 300_000 }, () => {
  const trials = TEMPLATE_NAMES.flatMap((template) => exam(template, FIRST + 10, PARTS));
  const judged = trials.filter(({ verdict }) => verdict !== null);
  // Each template has at least a dozen kinds; a corruption with nothing to break in this clip has no verdict.
  expect(judged.length).toBeGreaterThan(150);
  // Its box turns too little for one that does not turn to be told from it.
  expect(new Set([...judged.map(({ kind }) => kind), "no-turn"])).toEqual(new Set(KINDS));
  expect(
    judged.filter(({ part, verdict }) => part === "corruptions" && verdict?.pc === true).length,
  ).toBeLessThanOrEqual(
    // 95 % are asked for.
    Math.floor(0.05 * judged.filter(({ part }) => part === "corruptions").length),
  );
  expect(judged.filter(({ part, right }) => part === "controls" && !right).map(shown)).toEqual([]);
  expect(
    judged
      .filter(({ part, right }) => part === "robustness" && !right)
      .map(shown)
      .slice(2),
  ).toEqual([]);
});

test("a part, template or kind that there is not is a mistake", { timeout: 60_000 }, () => {
  for (const name of ["only", "template", "kind"]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/exam.mjs", `--${name}`, "typo"], {
      encoding: "utf8",
    });
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(new RegExp(`^--${name} must be one of .*, got "typo"\n$`));
  }
});

test("what is asked of no template is a mistake", { timeout: 60_000 }, () => {
  for (const args of [
    ["--only", "pass", "--kind", "vanish"],
    ["--template", "collide", "--kind", "liquid-vanishes"],
  ]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/exam.mjs", ...args], { encoding: "utf8" });
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^no (liquid-vanishes|vanish) is asked in pass.* of collide.*: take another --kind.*\n$/);
  }
});

test("the tables of a report that has one part only", { timeout: 60_000 }, () => {
  const out = join(mkdtempSync(join(tmpdir(), "exam-")), "report.json");
  const args = ["--clips", "1", "--template", "collide", "--only", "corruptions", "--kind", "vanish", "--out", out];
  expect(spawnSync(process.execPath, ["scripts/exam.mjs", ...args]).status).toBe(0);
  const { status, stdout } = spawnSync(process.execPath, ["scripts/exam_table.mjs", out], { encoding: "utf8" });
  expect(status).toBe(0);
  expect(stdout).toContain("| collide | – | – | – | – |  | – | – | – | – |");
  expect(stdout).toContain("| vanish | 1/1 | 100.0 % |");
});

test("an exam with a judge that is wrong shows it", () => {
  const verdict = { sa: true, pc: true, joint: true, discarded: null, broken: {} };
  const trial = (seed: number, right: boolean): Trial => ({
    template: "sink",
    seed,
    part: "corruptions",
    kind: "vanish",
    right,
    verdict: seed === 3 ? null : verdict,
  });
  const [row] = tally([trial(1, true), trial(2, false), trial(3, false)]).sink ?? [];
  expect(row).toMatchObject({ clips: 2, none: 1, right: 1, wrong: [2] });
});

const report = JSON.parse(readFileSync(new URL("../../../docs/judge_report.json", import.meta.url), "utf8"));

test("tolerances are those of the committed report", () => {
  expect(createHash("sha256").update(JSON.stringify(report)).digest("hex")).toBe(FROZEN.report);
  expect(FROZEN.date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  expect(report.tolerances).toEqual(tolerances);
  expect(Object.keys(report.tables).sort()).toEqual([...TEMPLATE_NAMES].sort());
});

test("what the page says of clips whose worth is known is the report's", () => {
  const rows = Object.values<Row[]>(report.tables).flat();
  const of = (part: string, kind: string) => {
    const [sa, pc, joint, clips] = (["sa", "pc", "joint", "clips"] as const).map((key) =>
      rows.filter((row) => row.part === part && row.kind === kind).reduce((sum, row) => sum + row[key], 0),
    );
    return [sa / clips, pc / clips, joint / clips].map((share) => Math.round(1000 * share) / 1000);
  };
  expect(YARDSTICKS.map(({ sa, pc, joint }) => [sa, pc, joint])).toEqual([
    of("pass", "as-made"),
    of("controls", "frozen"),
    of("corruptions", "freeze"),
    of("corruptions", "cross-fade"),
  ]);
});
