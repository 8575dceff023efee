/** A plan: arms that learn one after another and differ in one thing alone. */
import {
  ARMS,
  LOSSES,
  parseStudentRecipe,
  RECIPE_RANGES,
  reads,
  type StudentRecipe,
  type StudentRecipeInput,
} from "../../../worker/protocol.ts";
import { studentRecipeOf } from "../recipe.ts";
import type { Over, StudentSettings } from "../settings.ts";
import type { StudentRun } from "../store.ts";

/** What may differ: its letter, and what is proposed. */
export const PLANS: Readonly<
  Record<Over, { readonly name: string; readonly letter: string; readonly values: string }>
> = {
  loss: { name: "the loss", letter: "", values: "none, repa, trd, tsa, mtsa" },
  tau: { name: "the temperature τ", letter: "τ", values: "1, 0.2, 0.1, 0.05, 0.02" },
  rho: { name: "the share of queries ρ", letter: "ρ", values: "0.1, 0.2, 0.5, 1" },
  share: { name: "the alignment's share", letter: "share", values: "0.1, 0.25, 0.5, 1" },
  block: { name: "the aligned block", letter: "block", values: "1, 2, 3, 4, 5" },
};

const MOST = 12;

export interface PlanArm {
  /** Name of its run, there or to come. */
  readonly run: string;
  readonly recipe: StudentRecipeInput;
}

export interface StudentPlan {
  readonly version: 1;
  readonly id: string;
  readonly savedAt: number;
  readonly over: Over;
  readonly arms: readonly PlanArm[];
  /** Whether its students start from a file, which is kept beside it. */
  readonly weights: boolean;
}

/** The values of a list, each once. */
export const listedValues = (values: string): string[] => [
  ...new Set(
    values
      .split(",")
      .map((value) => value.trim())
      .filter((value) => value !== ""),
  ),
];

/**
 * The recipes of a plan's arms.
 * @throws RangeError with one sentence where the list cannot be a plan
 */
export function planRecipes(settings: StudentSettings): StudentRecipeInput[] {
  const { over, values } = settings;
  const listed = listedValues(values);
  if (listed.length < 2 || listed.length > MOST) {
    throw new RangeError(`a plan has 2 to ${MOST} arms, got ${listed.length}: list values with commas between them`);
  }
  return listed.map((value) => studentRecipeOf(armWith(settings, over, value)));
}

function armWith(settings: StudentSettings, over: Over, value: string): StudentSettings {
  if (over === "loss") {
    const loss = ARMS.find((arm) => arm === value);
    if (!loss) throw new RangeError(`a loss is one of ${ARMS.join(", ")}, got ${value}`);
    return { ...settings, loss };
  }
  const number = Number(value);
  const [low, high] = RECIPE_RANGES[over];
  const isOne = Number.isFinite(number) && number >= low && number <= high;
  if (!isOne || (over === "block" && !Number.isInteger(number))) {
    const kind = over === "block" ? "a whole number" : "a number";
    throw new RangeError(`${PLANS[over].letter} is ${kind} from ${low} to ${high}, got ${value}`);
  }
  const { loss } = settings;
  if (loss === "none") throw new RangeError("diffusion alone has nothing to vary: choose an alignment loss first");
  if ((over === "tau" || over === "rho") && !reads(loss, over)) {
    throw new RangeError(`${LOSSES[loss].name} does not read ${PLANS[over].letter}: choose a loss that does, as M-TSA`);
  }
  return { ...settings, [over]: number, ...(over === "share" ? { weigh: "share" as const } : {}) };
}

/** What an arm is, in what differs: "τ = 0.1". */
export function armValue(over: Over, input: StudentRecipeInput): string {
  const recipe: StudentRecipe = parseStudentRecipe(input);
  if (over === "loss") return recipe.loss === "none" ? "diffusion alone" : LOSSES[recipe.loss].name;
  if (over === "block" && recipe.block === 0) return "block by itself";
  return over === "block" ? `block ${recipe.block}` : `${PLANS[over].letter} = ${recipe[over]}`;
}

export const planTitle = ({ over }: Pick<StudentPlan, "over">): string =>
  over === "loss" ? "Arms one after another" : `Sweep over ${PLANS[over].name}`;

/** An arm and its run, where that has begun. */
export interface ArmRun {
  readonly arm: PlanArm;
  readonly run: StudentRun | undefined;
}

/** Steps that an arm takes in its plan; its run may be trained on. */
export const stepsOf = ({ recipe }: Pick<PlanArm, "recipe">): number => parseStudentRecipe(recipe).steps;

/** Steps of them that it has taken. */
export const stepsTaken = ({ arm, run }: ArmRun): number => Math.min(run?.step ?? 0, stepsOf(arm));

/**
 * Whether nothing more comes of an arm: one that was stopped at its last look has taken all its steps, and one that is trained on
 * has drawn its clips before that.
 */
export function isOver({ arm, run }: ArmRun): boolean {
  if (!run) return false;
  if (run.status === "done" || run.status === "failed") return true;
  const steps = stepsOf(arm);
  return run.step >= steps && (run.status === "idle" || run.steps > steps);
}

export const armRuns = ({ arms }: Pick<StudentPlan, "arms">, runs: readonly StudentRun[]): ArmRun[] =>
  arms.map((arm) => ({ arm, run: runs.find(({ id }) => id === arm.run) }));

export const isWhole = (plan: Pick<StudentPlan, "arms">, runs: readonly StudentRun[]): boolean =>
  armRuns(plan, runs).every(isOver);
