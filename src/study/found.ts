/** What our own arms came to (docs/answer.md): made from committed results by `python -m pretrain collect`. */
import answer from "../../models/measured/answer.json";

/** A mean with its 95 % interval; no ends where one run says nothing of others. */
export interface Found {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

interface Unknown {
  readonly mean: null;
}

/** VideoPhy's kinds of material. */
export type FoundCategory = "solid-solid" | "solid-fluid" | "fluid-fluid";

/** Percent of drawn clips; null where they were judged before the judge by whom the study's others are. */
export interface FoundMarks {
  readonly sa: Found | Unknown;
  readonly pc: Found | Unknown;
  readonly joint: Found | Unknown;
}

/** One way of training, over its runs. */
export interface FoundArm extends FoundMarks {
  readonly name: string;
  readonly runs: number;
  readonly steps: number;
  /** Mean distance of bodies from where they belong, px. */
  readonly error: Found;
  /** The same minus the first arm's, seed by seed, and of how many seeds. */
  readonly difference?: Found & { readonly runs: number; readonly p: number };
  /** The same of the clips of one category, where the study has any. */
  readonly categories: Readonly<Partial<Record<FoundCategory, FoundMarks>>>;
  /** PPE*: percent of pairs under two gravities that it tells apart; 50 is chance. */
  readonly toldApart: Found;
  /** Percent of moving spots found again by its aligned block's features, by noise level. */
  readonly matched: Readonly<Record<string, Found>>;
  /** Core-milliseconds of a training clip, the teacher's features at hand; null where it was not measured. */
  readonly core: number | null;
}

export interface SweptArm {
  readonly value: number;
  readonly arm: string;
}

export interface FoundStudy {
  readonly question: string;
  /** The day of the law judge's tolerances by which its clips were judged. */
  readonly judge: string;
  /** Of arms whose names do not say it, what they are. */
  readonly why: Readonly<Record<string, string | undefined>>;
  /** Which clips were drawn: "held-out", or "validation" where a study chooses a setting; and how many of them a run. */
  readonly split: string;
  readonly clips: number;
  /** Centre error of a clip that stands still after its first frames, px. */
  readonly still: number;
  /** What a student that says nothing gets in PPE*, percent. */
  readonly silent: number;
  /** The first is what the others are compared with. */
  readonly arms: readonly FoundArm[];
  /** Where each arm changes one number of the first one's: by that number's name in a run's file, its values, in order. */
  readonly sweeps?: Readonly<Record<string, readonly SweptArm[]>>;
  /** Where several losses are given the same values of one number: by its name and each loss's, the values, in order. */
  readonly searches?: Readonly<Record<string, Readonly<Record<string, readonly SweptArm[]>>>>;
}

/** How students of a study begin, by the name of its file in models/pretrain/studies. */
const TITLES: Readonly<Record<string, string>> = {
  answer_scratch: "Small students from random weights, equal steps",
  answer_base: "Our base trained a little further, equal steps",
  answer_sweep: "M-TSA from random weights: its temperature, its motion mask, its block",
  answer_worst: "Our base trained further on what it is worst at, equal steps",
  answer_share: "Which share of the gradient suits each loss, from random weights, half the steps",
};

/** Numbers of a run that are swept as in the paper's Fig. 5, and where it has its best. */
const SWEPT: Readonly<Record<string, Swept | undefined>> = {
  tau: { symbol: "τ", title: "Centre error, px, by temperature", log: true, paper: 0.1 },
  rho: { symbol: "ρ", title: "… by share of tokens in the mask", log: true, paper: 0.2 },
  // Block 18 of 30, as a share of our four.
  after: { symbol: "block", title: "… by the block that is aligned", log: false, paper: 2.4 },
};

interface Swept {
  readonly symbol: string;
  readonly title: string;
  readonly log: boolean;
  readonly paper: number;
}

/** Every study that has rows. */
export const FOUND: readonly { readonly title: string; readonly study: FoundStudy }[] = Object.entries(answer).map(
  ([file, study]) => ({ title: TITLES[file] ?? file, study }),
);

/** Fewer runs say too little of others to be called better. */
const ENOUGH = 3;

/** What the numbers say, in sentences that follow them: at equal steps, and where an arm had more of them; of a sweep, its best settings. */
export function answerOf(study: FoundStudy): string {
  const [none, ...rest] = study.arms;
  if (study.sweeps)
    return `One run a setting, so this is described, not tested: elsewhere, settings that three seeds could not tell apart differed by up to 0.3 px in a single seed. ${bestOf(study)}`;
  if (study.searches) return `One run an arm, so this is described, not tested. ${chosenOf(study)}`;
  const equal = rest.filter(({ steps, difference }) => steps === none.steps && (difference?.runs ?? 0) >= ENOUGH);
  if (equal.length === 0) return `Too few runs yet to tell any arm from ${none.name}.`;
  const named = (arms: readonly FoundArm[], sign: string) =>
    arms
      .map(({ name, difference }) => {
        const share = (100 * Math.abs(difference?.mean ?? 0)) / none.error.mean;
        return `${name} (${sign}${share.toFixed(0)} %)`;
      })
      .join(", ");
  const nearer = equal.filter(({ difference }) => (difference?.high ?? 0) < 0);
  const farther = equal.filter(({ difference }) => (difference?.low ?? 0) > 0);
  const said = [
    ...(nearer.length > 0 ? [`nearer to where they belong with ${named(nearer, "−")}`] : []),
    ...(farther.length > 0 ? [`farther from it with ${named(farther, "+")}`] : []),
  ];
  const first =
    said.length === 0
      ? `At equal steps, no arm is told from ${none.name}.`
      : `At equal steps bodies are, by an interval over runs that leaves zero out (each of ${equal.length} arms for itself), ${said.join(", and ")}.`;
  // Means over other seeds do not compare: of the arms with most runs the best.
  const most = Math.max(...equal.map(({ runs }) => runs));
  const best = equal.filter(({ runs }) => runs === most).reduce((a, b) => (b.error.mean < a.error.mean ? b : a));
  const longer = rest.filter(({ steps }) => steps > none.steps);
  const others = longer.map(
    ({ name, error, runs }) =>
      `${best.name} ends ${best.error.mean.toFixed(1)} px off; ${name}, ${error.mean.toFixed(1)} (${runs === 1 ? "one run" : `${runs} runs`}).`,
  );
  return [first, ...others].join(" ");
}

/** Of each number that a study sweeps, in order: where it stood, and the centre error there; arms that are not made yet are left out. */
export function sweptErrors({ sweeps = {}, arms }: FoundStudy): readonly SweptErrors[] {
  const errorOf = new Map(arms.map(({ name, error }) => [name, error.mean]));
  return Object.entries(sweeps).flatMap(([name, all]) => {
    const points = all.flatMap(({ value, arm }) => {
      const error = errorOf.get(arm);
      return error === undefined ? [] : [[value, error] as const];
    });
    const swept = SWEPT[name];
    return swept && points.length > 1 ? [{ ...swept, points }] : [];
  });
}

/** Of a study that gives several losses the same values of one number: a curve of each, and one of the arm without. */
export function searchedErrors({ searches = {}, arms }: FoundStudy): readonly SearchedErrors[] {
  const errorOf = new Map(arms.map(({ name, error }) => [name, error.mean]));
  const pointsOf = (all: readonly SweptArm[]) =>
    all.flatMap(({ value, arm }) => {
      const error = errorOf.get(arm);
      return error === undefined ? [] : [[value, error] as const];
    });
  const [none] = arms;
  return Object.entries(searches).map(([number, byLoss]) => {
    const losses = Object.entries(byLoss).map(([name, all]) => ({ name, points: pointsOf(all) }));
    const values = losses.flatMap(({ points }) => points.map(([value]) => value));
    const flat = [Math.min(...values), Math.max(...values)].map((value) => [value, none.error.mean] as const);
    return { number, lines: [...losses, { name: none.name, points: flat }] };
  });
}

export interface SearchedErrors {
  readonly number: string;
  readonly lines: readonly { readonly name: string; readonly points: SweptErrors["points"] }[];
}

/** At which value each loss has its least error. */
const chosenOf = (study: FoundStudy): string =>
  searchedErrors(study)
    .map(({ number, lines }) => {
      const said = lines.slice(0, -1).map(({ name, points }) => {
        const [value, error] = points.reduce((a, b) => (b[1] < a[1] ? b : a));
        return `${name} at ${value} (${error.toFixed(2)} px)`;
      });
      return `The least error by ${number}: ${said.join(", ")}; ${study.arms[0].name} ${study.arms[0].error.mean.toFixed(2)}.`;
    })
    .join(" ");

export interface SweptErrors extends Swept {
  readonly points: readonly (readonly [value: number, errorPx: number])[];
}

/** Where each sweep has its least error; the first arm, in which sweeps cross, is named in each. */
function bestOf(study: FoundStudy): string {
  const said = sweptErrors(study).map(({ symbol, points }) => {
    const [value, error] = points.reduce((a, b) => (b[1] < a[1] ? b : a));
    return `${symbol} ${value} (${error.toFixed(2)} px)`;
  });
  if (said.length === 0) return "Too few settings yet to say where the least error is.";
  return `The least error: at ${said.join(", ")}.`;
}
