import { useMemo } from "react";
import type { TrainInput } from "../../figure/train_figure.ts";
import { shownQueries } from "../../state/explore/queries.ts";
import { useSession } from "../../state/session.ts";
import { usePicked, useSettings } from "../../state/settings.ts";
import { selectedRun, snapshotAt, useCrosshair, useTraining } from "../../state/train/store.ts";
import { LOSSES } from "../../worker/protocol.ts";
import { useCuts } from "../clip/cuts.ts";
import { judged, share } from "./words.ts";

/** What Train's figure shows: the chosen run at the crosshair's step; before there is one, the clip and its teacher. */
export function useTrainInput(): TrainInput | undefined {
  const run = useTraining(selectedRun);
  const scale = useSettings((settings) => settings.scale);
  const { hover, pinned } = useCrosshair();
  const ready = useTeacherInput();
  const snapshot = run && snapshotAt(run, hover ?? pinned);
  const clip = run?.clip;
  const grid = run?.data.grid;
  // A run of another clip than the open one: nobody knows its cuts.
  const open = useSession((session) => session.clip?.contentHash);
  const cuts = useCuts(open === run?.data.contentHash ? clip?.frames : undefined);
  return useMemo(() => {
    if (!snapshot || !clip || !grid) return ready;
    const { query, tau, truth, step } = snapshot;
    return {
      clip,
      cuts,
      grid,
      query,
      tau,
      truth,
      step,
      scale,
      teacher: { probabilities: snapshot.teacher, best: snapshot.teacherBest },
      student: { probabilities: snapshot.student, best: snapshot.studentBest },
    };
  }, [snapshot, clip, cuts, grid, ready, scale]);
}

/** The teacher's correspondence at the τ on show, as Explore has it. */
function useTeacherInput(): TrainInput | undefined {
  const encoded = useSession((session) => session.encoded);
  const correspondence = useSession((session) => session.correspondence);
  const { scale, active } = usePicked("scale", "active");
  const cuts = useCuts(encoded?.frames);
  return useMemo(() => {
    if (!encoded || !correspondence) return undefined;
    const { F, H, W } = encoded.grid;
    const N = F * H * W;
    const { queries, taus, probabilities, matches, truth } = correspondence;
    const q = Math.min(active, queries.length - 1);
    const last = taus.length - 1;
    const start = (q * (taus.length + 1) + last + 1) * F;
    return {
      clip: encoded,
      cuts,
      grid: encoded.grid,
      query: queries[q],
      tau: taus[last],
      teacher: {
        probabilities: probabilities[last].subarray(q * N, (q + 1) * N),
        best: matches.slice(start, start + F).map(({ row, col }) => row * W + col),
      },
      student: null,
      step: 0,
      truth: truth?.subarray(2 * F * q, 2 * F * (q + 1)) ?? null,
      scale,
    };
  }, [encoded, correspondence, cuts, active, scale]);
}

/** The query as the keys move it. */
export function activeQuery() {
  const session = useSession.getState();
  const settings = useSettings.getState();
  const queries = shownQueries(session, settings);
  return queries[Math.min(settings.active, queries.length - 1)];
}

/** What a screen reader hears of a run: each change of its state and each measurement, not each step. */
export function useTrainSentence(): string {
  const run = useTraining(selectedRun);
  if (!run) return "";
  const { status, step, recipe } = run;
  const state = status === "running" ? "training" : `${status} at step ${step} of ${recipe.steps}`;
  const last = run.agreement.at(-1);
  const found = last ? `; at step ${last.step} agreement with the teacher ${share(judged(last)?.teacher)}` : "";
  return `${LOSSES[recipe.loss].name} ${state}${found}`;
}
