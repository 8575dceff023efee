import { csvWith, type Origin, OWN_STUDENT_LINK } from "../formats/provenance.ts";
import { type Judged, YARDSTICKS } from "../worker/protocol.ts";

/** The verdict with the keys of `npm run judge`, and what was judged. */
export function verdictJson({ verdict, source, contentHash, laws }: Judged) {
  const { prompt, category, sa, pc, joint, saGrade, pcGrade, rules, discarded } = verdict;
  return {
    judge: "law judge: SA*, PC*, Joint* are no VideoPhy scores",
    ...sourceJson(source),
    frames_sha256: contentHash,
    prompt,
    category,
    ...(Object.keys(laws).length > 0 && { laws }),
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
    yardsticks: YARDSTICKS,
  };
}

function sourceJson(source: Judged["source"]) {
  if (source.kind === "file") return { file: source.file.name };
  if (source.kind === "sandbox") return { seed: source.seed, corruption: source.corruption };
  const { model, seed, steps, guidance, given } = source;
  return { generator: model.name, generator_sha256: model.sha256, seed, steps, guidance, first_frames_given: given };
}

/** The shipped student is ours; one that the user trained has the name of its run. */
export const studentName = ({ name, card }: Extract<Judged["source"], { kind: "student" }>["model"]): string =>
  card === null ? `the student “${name}”` : "our student";

/** Where a clip comes from, in a few words: "seed 7", "our student (95cd0c58), seed 7, 25 steps, guidance 2". */
export function sourceWords(source: Judged["source"]): string {
  if (source.kind === "file") return source.file.name;
  if (source.kind === "sandbox") return `seed ${source.seed}${source.corruption ? `, ${source.corruption}` : ""}`;
  const { model, seed, steps, guidance, given } = source;
  const how = `${steps} steps, guidance ${guidance}${given ? ", first frames given" : ""}`;
  return `${studentName(model)} (${model.sha256.slice(0, 8)}), seed ${seed}, ${how}`;
}

/** "judged by its own laws: gravity 0.25"; null where it was judged by the usual ones. */
export function lawsWords({ laws }: Pick<Judged, "laws">): string | null {
  const changed = Object.entries(laws).map(([name, value]) => `${name} ${value}`);
  return changed.length > 0 ? `judged by its own laws: ${changed.join(", ")}` : null;
}

/** A student that the user trained, whose clip no link opens. */
export const isOwnStudent = ({ source }: Pick<Judged, "source">): boolean =>
  source.kind === "student" && source.model.card === null;

/** One line per rule: the error of each frame behind it, and where the clip comes from. */
export function rulesCsv(judged: Judged, origin: Origin): string {
  const { verdict, source } = judged;
  const from = [sourceWords(source), lawsWords(judged), isOwnStudent(judged) && `the link: ${OWN_STUDENT_LINK}`];
  const words = from.filter(Boolean).join("; ");
  const frames = Math.max(0, ...verdict.rules.map(({ overTime }) => overTime.length));
  const head = [
    "rule",
    "side",
    "applies",
    "error",
    "tolerance",
    ...Array.from({ length: frames }, (_, t) => `frame_${t}`),
    "source",
  ];
  const lines = verdict.rules.map(({ rule, side, applies, error, tolerance, overTime }) => [
    ...[rule, side, applies ? 1 : 0, error, tolerance],
    ...Array.from({ length: frames }, (_, t) => overTime[t]),
    words,
  ]);
  return csvWith(head, lines, () => origin);
}
