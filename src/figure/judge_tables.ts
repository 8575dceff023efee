import type { Judged } from "../worker/protocol.ts";

/** The verdict with the keys of `npm run judge`, and what was judged. */
export function verdictJson({ verdict, source, contentHash }: Judged) {
  const { prompt, category, sa, pc, joint, saGrade, pcGrade, rules, discarded } = verdict;
  return {
    judge: "law judge: SA*, PC*, Joint* are no VideoPhy scores",
    ...(source.kind === "file" ? { file: source.file.name } : { seed: source.seed, corruption: source.corruption }),
    frames_sha256: contentHash,
    prompt,
    category,
    sa,
    pc,
    joint,
    sa_grade: saGrade,
    pc_grade: pcGrade,
    rules: rules.map(({ rule, side, error, tolerance, applies, overTime, says }) => ({
      rule,
      side,
      error,
      tolerance,
      applies,
      over_time: overTime,
      says,
    })),
    discarded,
  };
}

/** One line per rule, the error of each frame behind it. */
export function rulesCsv({ verdict }: Judged): string {
  const frames = Math.max(0, ...verdict.rules.map(({ overTime }) => overTime.length));
  const head = [
    "rule",
    "side",
    "applies",
    "error",
    "tolerance",
    ...Array.from({ length: frames }, (_, t) => `frame_${t}`),
  ];
  const lines = verdict.rules.map(({ rule, side, applies, error, tolerance, overTime }) =>
    [rule, side, applies ? 1 : 0, error, tolerance, ...overTime.map((value) => value ?? "")].join(","),
  );
  return `${[head.join(","), ...lines].join("\n")}\n`;
}
