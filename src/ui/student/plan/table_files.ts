/** The table of a plan as files: CSV, JSON with every clip, and LaTeX as a paper prints it. */
import { csvWith, type Origin, VERSION } from "../../../formats/provenance.ts";
import { PLANS, planTitle, type StudentPlan } from "../../../state/student/plan/plan.ts";
import { type ArmRow, MEASURE_NAMES, type Measure, type PlanResults } from "../../../state/student/plan/results.ts";
import { LOST_PX, yardstickSentence } from "../../../worker/protocol.ts";
import { studentJson } from "../files.ts";

/** Percent where a measure is a share. */
const SCALE: Readonly<Record<Measure, number>> = { centre: 1, sa: 100, pc: 100, joint: 100 };
const COLUMNS: Readonly<Record<Measure, string>> = {
  centre: "centre_error_px",
  sa: "sa_percent",
  pc: "pc_percent",
  joint: "joint_percent",
};

/** What the numbers are of, in one sentence: files and the page say it alike. */
export function unitSentence({ rows, seed }: PlanResults): string {
  const clips = [...new Set(rows.map(({ drawn }) => drawn))].sort((a, b) => a - b).join(" to ");
  // Arms of a plan differ in one thing, which is never this.
  const { drawn } = rows[0].run.recipe;
  const which = drawn === "trained" ? "of those that it trains on and may know by heart" : "that it does not train on";
  return `The unit is the clip: each arm is one run, of seed ${seed}, and draws ${clips} clips ${which}, all arms from the same sentences and noise; what another training seed would give is not in the intervals.`;
}

/** How the numbers were made. */
export const TEST_SENTENCE = `A body that a clip lacks in a frame counts ${LOST_PX} px. 95 % intervals: Student's t over clips for the centre error and for differences, Wilson's for shares; p by the sign-flip test over pairs of clips (of a mark McNemar's exact test), corrected over the arms of each column by Holm.`;

const round = (value: number): number | null => (Number.isFinite(value) ? Number(value.toPrecision(6)) : null);

function measured({ reached, compared }: ArmRow, name: Measure) {
  const scale = SCALE[name];
  const of = (value: number | undefined) => (value === undefined ? null : round(scale * value));
  const [own, beside] = [reached[name], compared?.[name]];
  return {
    mean: of(own.mean),
    low: of(own.low),
    high: of(own.high),
    difference: of(beside?.mean),
    difference_low: of(beside?.low),
    difference_high: of(beside?.high),
    pairs: beside?.clips ?? null,
    p: beside ? round(beside.p) : null,
    p_holm: beside ? round(beside.holm) : null,
  };
}

/** One line for each arm. */
export function tableCsv({ over }: StudentPlan, { rows, seed }: PlanResults, origin: Origin, now = new Date()): string {
  const parts = Object.keys(measured(rows[0], "centre"));
  const columns = MEASURE_NAMES.flatMap((name) => parts.map((part) => `${COLUMNS[name]}_${part}`));
  const lines = rows.map((row) => [
    ...[row.name, row.run.recipe.loss, row.steps, row.drawn, row.found, row.compared === null],
    ...MEASURE_NAMES.flatMap((name) => Object.values(measured(row, name))),
  ]);
  const first = ["arm", "loss", "steps", "clips", "clips_with_bodies_found", "compared_with"];
  const own = [...first, ...columns, "differs_in", "training_seed", "unit", "yardsticks"];
  return csvWith(
    own,
    lines.map((line) => [...line, over, seed, "clip", yardstickSentence()]),
    () => origin,
    now,
  );
}

/** The same with every arm's whole run, so that anybody can count again. */
export function tableJson(plan: StudentPlan, results: PlanResults) {
  const { rows, still, seed } = results;
  return {
    plan: { over: plan.over, arms: plan.arms.length, unit: "clip", training_seed: seed },
    notes: [unitSentence(results), TEST_SENTENCE, yardstickSentence()],
    still_error_px: round(still),
    rows: rows.map((row) => ({
      arm: row.name,
      clips: row.drawn,
      clips_with_bodies_found: row.found,
      compared_with: row.compared === null,
      ...Object.fromEntries(MEASURE_NAMES.map((name) => [COLUMNS[name], measured(row, name)])),
    })),
    runs: rows.map(({ run, name }) => ({ arm: name, ...studentJson(run) })),
  };
}

const TEX: Readonly<Record<string, string>> = {
  τ: "$\\tau$",
  ρ: "$\\rho$",
  λ: "$\\lambda$",
  "−": "$-$",
  "%": "\\%",
  "&": "\\&",
  "#": "\\#",
  _: "\\_",
  "*": "$^*$",
  "≥": "$\\ge$",
  // In TeX's own encoding of fonts the places of these three hold other signs.
  "<": "$<$",
  ">": "$>$",
  "|": "$|$",
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "^": "\\textasciicircum{}",
  "~": "\\textasciitilde{}",
};
const tex = (text: string): string =>
  Array.from(text, (sign) => TEX[sign] ?? sign)
    .join("")
    .replaceAll(/\s\\%/g, "\\,\\%");

/** A float of booktabs: the best of each column in bold, a dagger where the difference is more than chance. */
export function tableTex(plan: StudentPlan, results: PlanResults, { link }: Origin, now = new Date()): string {
  const { rows, still } = results;
  const best = (name: Measure): number => {
    const means = rows.map(({ reached }) => reached[name].mean);
    return name === "centre" ? Math.min(...means) : Math.max(...means);
  };
  const cell = ({ reached, compared }: ArmRow, name: Measure): string => {
    const { mean, low, high } = reached[name];
    const [digits, scale] = name === "centre" ? [2, 1] : [1, 100];
    const number = (value: number) => (scale * value).toFixed(digits);
    const shown = mean === best(name) ? `\\textbf{${number(mean)}}` : number(mean);
    const sure = compared && compared[name].holm < 0.05 ? "$^\\dagger$" : "";
    return `${shown}${sure}${Number.isFinite(low) ? ` {\\scriptsize [${number(low)}, ${number(high)}]}` : ""}`;
  };
  const differs = plan.over === "loss" ? "the loss" : PLANS[plan.over].letter;
  const other = rows.find(({ compared }) => compared === null)?.name ?? "";
  const { task, start } = rows[0].run.recipe;
  const caption =
    `Arms that differ in ${differs} alone, on the sandbox task “${task}”, from ${start === "base" ? "the shipped base" : start === "random" ? "random weights" : "given weights"}, ` +
    `${rows[0].steps} steps. Centre error of drawn bodies in px of 64 (a still clip: ${still.toFixed(2)}), and shares of clips by the law judge, which are no VideoPhy scores. ` +
    `${unitSentence(results)} ${TEST_SENTENCE} ${yardstickSentence()} Dagger: p < 0.05 against ${other}.`;
  return [
    `% Tempered ${VERSION}, ${now.toISOString()}, ${planTitle(plan)}`,
    `% ${link}`,
    "% needs \\usepackage{booktabs}",
    "\\begin{table}[t]",
    "  \\centering",
    "  \\begin{tabular}{lrrrr}",
    "    \\toprule",
    "    Arm & Centre error $\\downarrow$ & SA$^*$ (\\%) $\\uparrow$ & PC$^*$ (\\%) $\\uparrow$ & Joint$^*$ (\\%) $\\uparrow$ \\\\",
    "    \\midrule",
    ...rows.map((row) => `    ${[tex(row.name), ...MEASURE_NAMES.map((name) => cell(row, name))].join(" & ")} \\\\`),
    "    \\bottomrule",
    "  \\end{tabular}",
    `  \\caption{${tex(caption).replaceAll("“", "``").replaceAll("”", "''")}}`,
    "  \\label{tab:tempered-arms}",
    "\\end{table}",
    "",
  ].join("\n");
}
