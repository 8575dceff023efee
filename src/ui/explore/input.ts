import { useMemo } from "react";
import type { ExploreInput } from "../../figure/explore_figure.ts";
import { useSession } from "../../state/session.ts";
import { usePicked } from "../../state/settings.ts";

/**
 * What the figure shows now; undefined until there is something to show. The queries come with their correspondence, not with the
 * settings: a move of the query paints once, when its answer is there.
 */
export function useExploreInput(): ExploreInput | undefined {
  const encoded = useSession((session) => session.encoded);
  const correspondence = useSession((session) => session.correspondence);
  const mask = useSession((session) => session.mask);
  const { active, scale, showMask, showTracks, showTruth, showEntropy } = usePicked(
    "active",
    "scale",
    "showMask",
    "showTracks",
    "showTruth",
    "showEntropy",
  );
  return useMemo(() => {
    if (!encoded || !correspondence) return undefined;
    return {
      encoded,
      correspondence,
      mask,
      // The reply may be one query behind the settings while the newest is under way.
      active: Math.min(active, correspondence.queries.length - 1),
      scale,
      show: { mask: showMask, tracks: showTracks, truth: showTruth, entropy: showEntropy },
    };
  }, [encoded, correspondence, mask, active, scale, showMask, showTracks, showTruth, showEntropy]);
}
