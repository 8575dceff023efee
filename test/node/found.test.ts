import { expect, test } from "vitest";
import { answerOf, FOUND, type FoundArm, type FoundStudy, searchedErrors } from "../../src/study/found.ts";

const range = (mean: number, low: number | null = null, high: number | null = null) => ({ mean, low, high });

function arm(name: string, difference?: FoundArm["difference"]): FoundArm {
  const none = range(0);
  const shares = { sa: none, pc: none, joint: none, toldApart: none };
  return {
    name,
    runs: 3,
    steps: 10,
    error: range(8),
    ...shares,
    categories: {},
    matched: {},
    core: 10,
    ...(difference && { difference }),
  };
}

const study = (...arms: readonly FoundArm[]): FoundStudy => ({
  ...{ question: "?", why: {}, judge: "2026-11-29", split: "held-out", clips: 2, still: 9, silent: 50 },
  arms: [arm("nothing"), ...arms],
});

test("only what runs tell apart is called better, or worse", () => {
  const sure = arm("M-TSA", { ...range(-1, -1.4, -0.6), runs: 3, p: 0.01 });
  const unsure = arm("TSA", { ...range(-1, -2.4, 0.4), runs: 3, p: 0.2 });
  const alone = arm("REPA", { ...range(-2, -2.1, -1.9), runs: 1, p: 0.0001 });
  const few = arm("Gram", { ...range(-1, -1.1, -0.9), runs: 2, p: 0.001 });
  const worse = arm("TRD", { ...range(1, 0.5, 1.5), runs: 3, p: 0.01 });
  const said = answerOf(study(sure, unsure, alone, few));
  expect(said).toContain("M-TSA (−13 %)");
  for (const name of ["TSA (", "REPA", "Gram"]) expect(said.replace("M-TSA (", "")).not.toContain(name);
  expect(answerOf(study(sure, unsure, worse))).toBe(
    "At equal steps bodies are, by an interval over runs that leaves zero out (each of 3 arms for itself), nearer to where they belong with M-TSA (−13 %), and farther from it with TRD (+13 %).",
  );
  expect(answerOf(study(unsure))).toBe("At equal steps, no arm is told from nothing.");
  expect(answerOf(study(alone))).toBe("Too few runs yet to tell any arm from nothing.");
});

test("an arm of more steps is set beside the best of equal steps, and not counted among them", () => {
  const better = { ...range(-2, -2.5, -1.5), runs: 3, p: 0.01 };
  const long = { ...arm("nothing, longer", better), steps: 20, error: range(6) };
  const sure = { ...arm("M-TSA", { ...better, mean: -1 }), error: range(7) };
  const said = answerOf(study(sure, long));
  expect(said).toMatch(/with M-TSA \(−13 %\)\. M-TSA ends 7\.0 px off; nothing, longer, 6\.0 \(3 runs\)\.$/);
});

test("an arm of fewer runs is no best: its seeds are others", () => {
  const better = { ...range(-2, -2.5, -1.5), runs: 3, p: 0.01 };
  const few = { ...arm("TSA", better), error: range(6.5) };
  const many = { ...arm("M-TSA", { ...better, runs: 5 }), runs: 5, error: range(7) };
  const long = { ...arm("nothing, longer", better), steps: 20, error: range(6) };
  expect(answerOf(study(few, many, long))).toContain("M-TSA ends 7.0 px off;");
});

test("a sweep says where each number has its least error; its first arm stands in each, and arms not made yet in none", () => {
  const at = (value: number, name: string) => ({ value, arm: name });
  const swept: FoundStudy = {
    ...study({ ...arm("τ .05"), error: range(7.5) }, { ...arm("ρ 10 %"), error: range(9) }),
    sweeps: {
      tau: [at(0.05, "τ .05"), at(0.1, "nothing")],
      rho: [at(0.1, "ρ 10 %"), at(0.2, "nothing"), at(1, "ρ 100 %")],
      after: [at(2, "nothing"), at(3, "block 3")],
    },
  };
  expect(answerOf(swept)).toBe(
    "One run a setting, so this is described, not tested: elsewhere, settings that three seeds could not tell apart differed by up to 0.3 px in a single seed. The least error: at τ 0.05 (7.50 px), ρ 0.2 (8.00 px).",
  );
});

test("a search says at which value each loss has its least error, and draws each beside the arm without", () => {
  const at = (value: number, name: string) => ({ value, arm: name });
  const searched: FoundStudy = {
    ...study({ ...arm("TSA, share .2"), error: range(7) }, { ...arm("TSA, share 1"), error: range(7.5) }),
    searches: { share: { TSA: [at(0.2, "TSA, share .2"), at(0.5, "not made yet"), at(1, "TSA, share 1")] } },
  };
  expect(answerOf(searched)).toBe(
    "One run an arm, so this is described, not tested. The least error by share: TSA at 0.2 (7.00 px); nothing 8.00.",
  );
  expect(searchedErrors(searched)).toEqual([
    {
      number: "share",
      lines: [
        {
          name: "TSA",
          points: [
            [0.2, 7],
            [1, 7.5],
          ],
        },
        {
          name: "nothing",
          points: [
            [0.2, 8],
            [1, 8],
          ],
        },
      ],
    },
  ]);
});

test.each(FOUND)("what is committed is compared with an arm of the same study: $title", ({ title, study }) => {
  expect(title).not.toMatch(/^answer_/);
  const [first, ...others] = study.arms;
  expect(first.difference).toBeUndefined();
  expect(others.length).toBeGreaterThan(0);
  for (const { name, difference, runs, error } of others) {
    expect(difference, name).toBeDefined();
    expect(difference?.runs, name).toBeLessThanOrEqual(runs);
    expect(error.mean, name).toBeGreaterThan(0);
  }
  for (const name of Object.keys(study.why)) expect(name).not.toBe(first.name);
});

test("verdicts by category are of the same clips as those of all: they average to them", () => {
  for (const { title, study } of FOUND)
    for (const { name, categories, ...all } of study.arms) {
      const each = Object.values(categories);
      expect(each.length, title).toBeGreaterThan(0);
      for (const mark of ["sa", "pc", "joint"] as const) {
        const mean = each.reduce((sum, of) => sum + (of[mark].mean ?? Number.NaN), 0) / each.length;
        // As many clips of each category; numbers are rounded to a hundredth.
        expect(Math.abs(mean - (all[mark].mean ?? Number.NaN)), `${title}, ${name}, ${mark}`).toBeLessThan(0.011);
      }
    }
});
