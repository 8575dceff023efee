// A plan of the student's arms: what it is made of, what its table says, and the statistics behind that.
import { expect, test } from "vitest";
import {
  armValue,
  isOver,
  isWhole,
  planRecipes,
  type StudentPlan,
  stepsTaken,
} from "../../../src/state/student/plan/plan.ts";
import { readPlan } from "../../../src/state/student/plan/plan_files.ts";
import { planResults } from "../../../src/state/student/plan/results.ts";
import { STUDENT_DEFAULTS } from "../../../src/state/student/settings.ts";
import { holm, meanInterval, shareInterval, signFlipTest } from "../../../src/state/student/statistics.ts";
import { newStudentRun, type StudentRun } from "../../../src/state/student/store.ts";
import { timeLeftOf } from "../../../src/state/student/time_left.ts";
import { passOf } from "../../../src/state/student/wanted.ts";
import { planTime } from "../../../src/ui/student/plan/plan_time.ts";
import { tableCsv, tableJson, tableTex } from "../../../src/ui/student/plan/table_files.ts";
import { armNames, leftWords } from "../../../src/ui/student/words.ts";
import { parseStudentRecipe, type StudentSample, type StudentStarted } from "../../../src/worker/protocol.ts";

const origin = { clip: null, window: null, models: {}, link: "#v=1&view=train" } as const;
const now = new Date("2026-01-01T00:00:00Z");

test("an interval of a share stays within 0 and 1, and is Wilson's", () => {
  // R: prop.test(3, 10, correct = FALSE)
  const { mean, low, high } = shareInterval(3, 10);
  expect([mean, low, high].map((value) => Number(value.toFixed(4)))).toEqual([0.3, 0.1078, 0.6032]);
  expect(shareInterval(0, 4).low).toBe(0);
  expect(shareInterval(4, 4).high).toBe(1);
  expect(shareInterval(0, 0).mean).toBeNaN();
  expect(meanInterval([2])).toEqual({ mean: 2, low: Number.NaN, high: Number.NaN });
});

test("the sign-flip test is exact for few pairs, and McNemar's for marks", () => {
  // Of 2³ choices of signs two are as extreme.
  expect(signFlipTest([1, 2, 3])).toBe(0.25);
  // 8 discordant pairs, 7 one way: 2 (1 + 8) / 2⁸.
  expect(signFlipTest([1, 1, 1, 1, 1, 1, 1, -1, 0, 0])).toBeCloseTo(18 / 256, 12);
  expect(signFlipTest([0, 0])).toBe(1);
  expect(signFlipTest([])).toBeNaN();
  // Sums of one size in another order are one size.
  expect(signFlipTest([0.1, 0.2, 0.3])).toBe(0.25);
  // 20 pairs, 15 one way: 2 P(X ≤ 5) = 0.0414 for X ~ B(20, 1/2); 50,000 draws are within 0.004 of it.
  const marks = Array.from({ length: 20 }, (_, i) => (i < 15 ? 1 : -1));
  expect(Math.abs(signFlipTest(marks) - 0.0414)).toBeLessThan(0.004);
  expect(signFlipTest(marks)).toBe(signFlipTest(marks));
});

test("Holm corrects over the tests that there are", () => {
  expect(holm([0.01, Number.NaN, 0.04, 0.03])).toEqual([0.03, Number.NaN, 0.06, 0.06]);
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
});

test("a plan is arms that differ in one thing", () => {
  const five = planRecipes(STUDENT_DEFAULTS);
  expect(five.map(({ loss }) => loss)).toEqual(["none", "repa", "trd", "tsa", "mtsa"]);
  expect(armValue("loss", five[0])).toBe("diffusion alone");
  const taus = planRecipes({ ...STUDENT_DEFAULTS, over: "tau", values: "1, 0.1,, 0.1" });
  expect(taus.map(({ tau, loss }) => [tau, loss])).toEqual([
    [1, "mtsa"],
    [0.1, "mtsa"],
  ]);
  expect(armValue("tau", taus[1])).toBe("τ = 0.1");
  expect(armNames(taus.map(parseStudentRecipe))).toEqual(["M-TSA, τ 1", "M-TSA, τ 0.1"]);
  const shares = planRecipes({ ...STUDENT_DEFAULTS, weigh: "lambda", over: "share", values: "0.1,1" });
  expect(shares.map(({ share, lambda }) => [share, lambda])).toEqual([
    [0.1, undefined],
    [1, undefined],
  ]);
});

test.each([
  [{ values: "mtsa" }, /2 to 12 arms, got 1/],
  [{ values: "mtsa, flow" }, /a loss is one of none, .*, got flow/],
  [{ over: "block", values: "1, 2.5" }, /block is a whole number from 0 to 64, got 2.5/],
  [{ over: "rho", values: "0.1, 2" }, /ρ is a number from 0.001 to 1, got 2/],
  [{ over: "tau", values: "1, 0.1", loss: "repa" }, /REPA does not read τ/],
  [{ over: "share", values: "1, 0.1", loss: "none" }, /nothing to vary/],
] as const)("%j is no plan", (part, sentence) => {
  expect(() => planRecipes({ ...STUDENT_DEFAULTS, ...part })).toThrow(sentence);
});

const plan: StudentPlan = {
  ...{ version: 1, id: "plan", savedAt: 0, over: "loss", weights: false },
  arms: planRecipes({ ...STUDENT_DEFAULTS, values: "none, tsa, mtsa", steps: 10 }).map((recipe, i) => ({
    run: `run ${i}`,
    recipe,
  })),
};

const started = { run: 1, status: "done", step: 10, steps: 10, failure: null, shape: { width: 32 } };
/** One of 16 px shows no body. */
const clip = (seed: number, centreError: number, joint: boolean) =>
  ({
    ...{ prompt: "p", seed, centreError, stillError: 6, sa: 0.9, pc: joint ? 0.9 : 0.1, joint },
    bodies: { sought: 12, seen: centreError === 16 ? 0 : 12 },
  }) as StudentSample;

function armOf(index: number, errors: readonly number[], change: Partial<StudentRun> = {}): StudentRun {
  const { run: id, recipe } = plan.arms[index];
  const made = newStudentRun({ ...started, recipe: parseStudentRecipe(recipe) } as unknown as StudentStarted, { id });
  const samples = errors.map((error, i) => clip(i, error, error < 3));
  return { ...made, looks: [{ step: 10, samples, joint: null }], ...change };
}

test("the table compares arms that are over, in pairs, with the one without alignment", () => {
  const none = armOf(0, [4, 5, 6, 7]);
  const mtsa = armOf(2, [2, 3.5, 4]);
  const looksAt = (step: number, run: StudentRun) => ({ looks: run.looks.map((look) => ({ ...look, step })) });
  const failed = armOf(1, [], { status: "failed", step: 7, ...looksAt(7, armOf(1, [9, 9, 9, 9])) });
  const results = planResults(plan, [mtsa, none, failed], null);
  expect(results?.rows.map(({ name, found }) => [name, found])).toEqual([
    ["diffusion alone", 4],
    ["M-TSA", 3],
  ]);
  expect(results?.rows.map(({ drawn }) => drawn)).toEqual([4, 3]);
  expect(results?.rows[0].compared).toBeNull();
  const beside = results?.rows[1].compared?.centre;
  // Pairs −2, −1.5 and −2; two of eight choices of signs are as large.
  expect(beside).toMatchObject({ clips: 3, p: 0.25, holm: 0.25 });
  expect(beside?.mean).toBeCloseTo(-5.5 / 3, 12);
  expect(results?.rows[1].reached.joint.mean).toBeCloseTo(1 / 3, 12);
  expect(planResults(plan, [none, mtsa], "run 2")?.against).toBe("run 2");
  // Its last clips were not drawn.
  expect(planResults(plan, [armOf(0, [4], looksAt(9, armOf(0, [4])))], null)).toBeNull();
});

test("clips that show no body count 16 px each, and are not said to show any; runs of before do not say it", () => {
  const results = planResults(plan, [armOf(0, [4, 16, 16])], null);
  if (!results) throw new Error("there is no table");
  expect(results.rows[0]).toMatchObject({ found: 1, drawn: 3, reached: { centre: { mean: 12 } } });
  expect(tableCsv(plan, results, origin, now).split("\n")[1]).toMatch(/^diffusion alone,none,10,3,1,true,12,/);
  expect(tableJson(plan, results).rows[0]).toMatchObject({ clips: 3, clips_with_bodies_found: 1 });
  const { bodies: _, ...uncounted } = clip(1, 4, false);
  const samples = [clip(0, 16, false), uncounted];
  const older = planResults(plan, [armOf(0, [], { looks: [{ step: 10, samples, joint: null }] })], null);
  if (!older) throw new Error("there is no table");
  expect(older.rows[0]).toMatchObject({ found: null, drawn: 2 });
  expect(tableCsv(plan, older, origin, now).split("\n")[1]).toMatch(/^diffusion alone,none,10,2,,true,10,/);
});

test("a clip in which there is no body to find does not count as one whose bodies are not found", () => {
  const none = { ...clip(1, 0, false), bodies: { sought: 0, seen: 0 } };
  const looks = [{ step: 10, samples: [clip(0, 4, false), none], joint: null }];
  expect(planResults(plan, [armOf(0, [], { looks })], null)?.rows[0]).toMatchObject({ found: 2, drawn: 2 });
});

test("its files say what they are of", () => {
  const results = planResults(plan, [armOf(0, [4, 5, 6, 7]), armOf(2, [2, 3.5, 4, 4])], null);
  if (!results) throw new Error("there is no table");
  const [head, first] = tableCsv(plan, results, origin, now).split("\n");
  expect(head).toMatch(
    /^arm,loss,steps,clips,.*centre_error_px_mean,.*joint_percent_p_holm,differs_in,training_seed,unit,/,
  );
  expect(first).toMatch(/^diffusion alone,none,10,4,4,true,5\.5,/);
  const { plan: said, rows } = tableJson(plan, results);
  expect(said).toEqual({ over: "loss", arms: 3, unit: "clip", training_seed: 1 });
  expect(rows[1]).toMatchObject({ arm: "M-TSA", centre_error_px: { mean: 3.375, pairs: 4, p: 0.125 } });
  const tex = tableTex(plan, results, origin, now);
  expect(tex).toContain("    diffusion alone & 5.50 {\\scriptsize [3.45, 7.55]} & \\textbf{100.0}");
  expect(tex).toContain("    M-TSA & \\textbf{3.38} {");
  // What TeX reads as its own is escaped.
  expect(tex).toContain("95\\,\\% intervals");
  expect(tex).not.toMatch(/[τρλ“”]/);
  expect(tex).toContain("Dagger: p $<$ 0.05 against diffusion alone.");
});

test("a name in LaTeX is what it is on the page, whatever TeX would do with its letters", () => {
  const named = planResults(plan, [armOf(0, [4, 5])], null);
  if (!named) throw new Error("there is no table");
  const rows = named.rows.map((row) => ({ ...row, name: "a<b>|c\\{d}$e^f~g 95 %" }));
  const tex = tableTex(plan, { ...named, rows }, origin, now);
  expect(tex).toContain(
    "    a$<$b$>$$|$c\\textbackslash{}\\{d\\}\\$e\\textasciicircum{}f\\textasciitilde{}g 95\\,\\% & ",
  );
});

test("the table says which clips were drawn: those that the arms train on are said to be", () => {
  const said = (drawn: "unseen" | "trained") => {
    const { recipe } = armOf(0, []);
    const results = planResults(plan, [armOf(0, [4, 5], { recipe: { ...recipe, drawn } })], null);
    if (!results) throw new Error("there is no table");
    return [...tableJson(plan, results).notes, tableTex(plan, results, origin, now)].join(" ");
  };
  expect(said("unseen")).toContain("draws 2 clips that it does not train on, all arms");
  expect(said("trained")).toContain("draws 2 clips of those that it trains on and may know by heart, all arms");
  expect(said("trained")).not.toContain("does not train on");
});

test("time left is counted at the pace of the newest arm", () => {
  const point = (step: number) => ({ step, loss: 1, diffusion: 1, alignment: null, lambda: 0, gradNorm: 1, ms: 2000 });
  const halfway = armOf(0, [], { status: "paused", step: 4, points: [point(3), point(4)] });
  const arms = plan.arms.map((arm, i) => ({ arm, run: i === 0 ? halfway : undefined }));
  expect(planTime(arms, null)).toEqual({ seconds: 2 * (6 + 10 + 10), drawn: false });
  expect(planTime(arms, null, "run 1")?.seconds).toBe(20);
  expect(
    planTime(
      plan.arms.map((arm) => ({ arm, run: undefined })),
      null,
    ),
  ).toBeNull();
  const [arm] = plan.arms;
  const over = (run: StudentRun | undefined) => isOver({ arm, run });
  expect([over(undefined), over(halfway), over({ ...halfway, status: "idle", step: 10 })]).toEqual([
    false,
    false,
    true,
  ]);
});

test("time left counts the clips still to be drawn where a pass of such a student was measured, and says where not", () => {
  const { recipe } = plan.arms[0];
  const drawing = parseStudentRecipe({ ...recipe, evaluateEvery: 4, samples: 3, samplerSteps: 5 });
  const measured = { secondsPerStep: 9, secondsPerPass: 0.5, bytes: 1, cost: "", pass: passOf(drawing) };
  const arm = { run: "run 0", recipe: drawing };
  const point = (step: number) => ({ step, loss: 1, diffusion: 1, alignment: null, lambda: 0, gradNorm: 1, ms: 2000 });
  const run = armOf(0, [], { recipe: drawing, status: "running", step: 5, points: [point(4), point(5)] });
  // At steps 8 and 10; of one that has not begun also at 0 and 4.
  expect(planTime([{ arm, run }], measured)).toEqual({ seconds: 2 * 5 + 2 * 15 * 0.5, drawn: true });
  const other = { arm: { ...arm, run: "run 1" }, run: undefined };
  expect(planTime([{ arm, run }, other], measured, "run 1")?.seconds).toBe(2 * 10 + 4 * 15 * 0.5);
  expect(timeLeftOf(run, [run], measured)?.seconds).toBe(2 * 5 + 2 * 15 * 0.5);
  expect(leftWords(timeLeftOf(run, [run], measured))).toBe(", about 25 s left");
  expect(leftWords(timeLeftOf(run, [run], { ...measured, pass: null }))).toBe(
    ", about 10 s left, without the clips still to be drawn",
  );
  const undrawn = { ...run, recipe: { ...drawing, samples: 0 } };
  expect(leftWords(timeLeftOf(undrawn, [undrawn], null))).toBe(", about 10 s left");
  expect(leftWords(timeLeftOf({ ...run, status: "paused" }, [], measured))).toBe("");
});

test("two arms that take turns end together, after the steps and clips of both; one that stands takes no time", () => {
  const point = (ms: number) => ({ step: 4, loss: 1, diffusion: 1, alignment: null, lambda: 0, gradNorm: 1, ms });
  const recipe = parseStudentRecipe({ ...plan.arms[0].recipe, samples: 0 });
  const arm = (index: number, ms: number, status: StudentRun["status"] = "running") =>
    armOf(index, [], { recipe, status, step: 4, points: [point(ms)] });
  const arms = [arm(0, 1000), arm(1, 3000)];
  for (const one of arms) expect(timeLeftOf(one, arms, null)?.seconds).toBe(6 * (1 + 3));
  expect(timeLeftOf(arms[0], [arms[0], arm(1, 3000, "paused")], null)?.seconds).toBe(6);
});

test("an arm that is trained on stays in its plan what it was: over, of as many steps, by the clips of its last", () => {
  const longer = (status: StudentRun["status"], step: number): StudentRun => {
    const run = armOf(2, [2, 3], { status, step, steps: 20 });
    const samples = [clip(0, 0.1, true), clip(1, 0.1, true)];
    return { ...run, looks: [...run.looks, { step: 15, samples, joint: null }] };
  };
  const none = armOf(0, [4, 5]);
  const before = planResults(plan, [armOf(2, [2, 3]), none], null)?.rows[1];
  for (const run of [longer("running", 15), longer("paused", 15), longer("done", 20), longer("failed", 17)]) {
    const one = { arm: plan.arms[2], run };
    expect([isOver(one), stepsTaken(one)]).toEqual([true, 10]);
    const results = planResults(plan, [run, none], null);
    if (!results) throw new Error("there is no table");
    expect(results.rows[1]).toMatchObject({ steps: 10, reached: before?.reached, compared: before?.compared });
    expect(tableTex(plan, results, origin, now)).toContain(", 10 steps.");
    expect(tableCsv(plan, results, origin, now)).toContain("M-TSA,mtsa,10,");
    expect(isWhole({ arms: [plan.arms[0], one.arm] }, [none, run])).toBe(true);
  }
  // Its own last clips are being drawn.
  expect(isOver({ arm: plan.arms[2], run: armOf(2, [2, 3], { status: "running" }) })).toBe(false);
});

test("a plan on the disk is read again; what is no plan is none", () => {
  const read = readPlan(JSON.stringify(plan));
  expect(read?.arms.map(({ run }) => run)).toEqual(["run 0", "run 1", "run 2"]);
  expect(read?.arms[0].recipe).toMatchObject({ loss: "none", steps: 10 });
  expect(readPlan('{"version":2}')).toBeUndefined();
  expect(readPlan(JSON.stringify({ ...plan, arms: [{ run: "a", recipe: { tau: "cold" } }] }))).toBeUndefined();
});
