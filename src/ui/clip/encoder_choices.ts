import { useEffect } from "react";
import { useBrought } from "../../state/features.ts";
import { useModels } from "../../state/models.ts";
import { isRunChoice, type RunChoice, studentChoices, takeRun, useOwnStudents } from "../../state/own_students.ts";
import { startView } from "../../state/starts.ts";
import { useStudents } from "../../state/student/store.ts";
import { type BroughtEncoderId, encoderTraits, type StudentId, type TrainedId } from "../../worker/protocol.ts";

/** The page's own, then the user's, and the one that a link names although its file is not here. */
export function useEncoderChoices<T extends StudentId>(own: readonly T[], current: T | BroughtEncoderId) {
  const brought = useBrought((state) => state.layers);
  const models = useModels((state) => state.ids);
  const runs = useStudents((students) => students.runs);
  const students = useOwnStudents((state) => state.taken);
  const trained = studentChoices(runs, students, current);
  const here = trained.some(([id]) => id === current) ? [] : [current];
  const ids = new Set<T | BroughtEncoderId>([...own, ...brought, ...models, ...here]);
  return [...[...ids].map((id) => [id, encoderTraits(id).name] as const), ...trained];
}

/** What lists the runs of earlier visits is Train's: it comes once somebody may want to choose among them. */
export function useKeptRuns(wanted: boolean): void {
  useEffect(() => {
    if (wanted) startView("train").catch(() => {});
  }, [wanted]);
}

/** Takes what such a menu offers: of a run its student, once it has been read. */
export const takes =
  <T extends string>(pick: (id: T | TrainedId) => void) =>
  (choice: T | TrainedId | RunChoice): void => {
    if (isRunChoice(choice)) void takeRun(choice, pick);
    else pick(choice);
  };
