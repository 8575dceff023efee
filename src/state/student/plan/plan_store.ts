import { create } from "zustand";
import { useShallow } from "zustand/react/shallow";
import { type StudentRun, useStudents } from "../store.ts";
import { armRuns, type StudentPlan } from "./plan.ts";

interface Plans {
  /** Of this visit and of earlier ones, oldest first. */
  readonly plans: readonly StudentPlan[];
  /** The plan on show. */
  readonly shown: string | null;
  /** The plan whose arms follow one another now. */
  readonly going: string | null;
  /** Run of the arm that the others are compared with; null: the one without alignment, or the first. */
  readonly against: string | null;
  /** Why the plan that was saved last is not kept for the next visit; null where it is. */
  readonly notKept: string | null;
}

export const usePlans = create<Plans>(() => ({ plans: [], shown: null, going: null, against: null, notKept: null }));

export const setPlans = (change: Partial<Plans>) => usePlans.setState(change);

export const shownPlan = ({ plans, shown }: Pick<Plans, "plans" | "shown">): StudentPlan | undefined =>
  plans.find(({ id }) => id === shown);

/** The arms of the plan on show that have begun, where the given run is one of them: their curves stand in one figure. */
export function usePlannedArms(shown: StudentRun | undefined): readonly StudentRun[] {
  const plan = usePlans(shownPlan);
  return useStudents(
    useShallow(({ runs }) => {
      const begun = plan ? armRuns(plan, runs).flatMap(({ run }) => run ?? []) : [];
      return begun.some(({ id }) => id === shown?.id) ? begun : [];
    }),
  );
}
