import { useMemo } from "react";
import { cutColumns } from "../../figure/cuts.ts";
import { useSession } from "../../state/session.ts";
import type { SampledFrame } from "../../worker/protocol.ts";

const NONE: readonly number[] = [];

/** Which of some frames of the open clip begin a new shot. */
export function useCuts(frames: readonly SampledFrame[] | undefined): readonly number[] {
  const cutsS = useSession((session) => session.survey?.cutsS);
  return useMemo(() => {
    if (!frames || !cutsS || cutsS.length === 0) return NONE;
    return cutColumns(
      frames.map(({ timeS }) => timeS),
      cutsS,
    );
  }, [frames, cutsS]);
}
