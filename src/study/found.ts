/** What our own arms came to (docs/answer.md): made from committed results by `python -m pretrain collect`. */
import answer from "../../models/measured/answer.json";

/** A mean with its 95 % interval; no ends where one run says nothing of others. */
export interface Found {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** One way of training, over its runs. */
export interface FoundArm {
  readonly name: string;
  readonly runs: number;
  readonly steps: number;
  /** Mean distance of bodies from where they belong, px. */
  readonly error: Found;
  /** The same minus the first arm's, seed by seed, and of how many seeds. */
  readonly difference?: Found & { readonly runs: number; readonly p: number };
  /** Percent of drawn clips. */
  readonly sa: Found;
  readonly pc: Found;
  readonly joint: Found;
  /** PPE*: percent of pairs under two gravities that it tells apart; 50 is chance. */
  readonly toldApart: Found;
  /** Percent of moving spots found again by its aligned block's features, by noise level. */
  readonly matched: Readonly<Record<string, Found>>;
  /** Core-milliseconds of a training clip, the teacher's features at hand; null where it was not measured. */
  readonly core: number | null;
}

export interface FoundStudy {
  readonly question: string;
  /** Of arms whose names do not say it, what they are. */
  readonly why: Readonly<Record<string, string | undefined>>;
  readonly clips: number;
  /** Centre error of a clip that stands still after its first frames, px. */
  readonly still: number;
  /** What a student that says nothing gets in PPE*, percent. */
  readonly silent: number;
  /** The first is what the others are compared with. */
  readonly arms: readonly FoundArm[];
}

/** How students of a study begin, by the name of its file in models/pretrain/studies. */
const TITLES: Readonly<Record<string, string>> = {
  answer_scratch: "Small students from random weights, equal steps",
  answer_base: "Our base trained a little further, equal steps",
  answer_worst: "Our base trained further on what it is worst at, equal steps",
};

/** Every study that has rows. */
export const FOUND: readonly { readonly title: string; readonly study: FoundStudy }[] = Object.entries(answer).map(
  ([file, study]) => ({ title: TITLES[file] ?? file, study }),
);

/** Fewer runs say too little of others to be called better. */
const ENOUGH = 3;

/** What the numbers say, in sentences that follow them: at equal steps, and where an arm had more of them. */
export function answerOf({ arms: [none, ...rest] }: FoundStudy): string {
  const equal = rest.filter(({ steps, difference }) => steps === none.steps && (difference?.runs ?? 0) >= ENOUGH);
  if (equal.length === 0) return `Too few runs yet to tell any arm from ${none.name}.`;
  const better = equal.filter(({ difference }) => (difference?.high ?? 0) < 0);
  const said = better.map(
    ({ name, difference }) => `${name} (−${((-100 * (difference?.mean ?? 0)) / none.error.mean).toFixed(0)} %)`,
  );
  const first =
    better.length === 0
      ? `At equal steps, no arm is told from ${none.name}.`
      : `At equal steps bodies are nearer to where they belong, by an interval over runs that leaves zero out, with ${said.join(", ")}.`;
  const best = equal.reduce((a, b) => (b.error.mean < a.error.mean ? b : a));
  const longer = rest.filter(({ steps }) => steps > none.steps);
  const others = longer.map(
    ({ name, error, runs }) =>
      `${best.name} ends ${best.error.mean.toFixed(1)} px off; ${name}, ${error.mean.toFixed(1)} (${runs === 1 ? "one run" : `${runs} runs`}).`,
  );
  return [first, ...others].join(" ");
}
