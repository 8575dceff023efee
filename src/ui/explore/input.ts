import { useMemo } from "react";
import type { ExploreInput } from "../../figure/explore_figure.ts";
import { type Session, useSession } from "../../state/session.ts";
import { type Settings, useSettings } from "../../state/settings.ts";

/** What the figure shows now; undefined until there is something to show. */
export function exploreInput(session: Session, settings: Settings): ExploreInput | undefined {
  const { encoded, correspondence, mask } = session;
  if (!encoded || !correspondence) return undefined;
  const { scale, showMask, showTracks, showTruth, showEntropy } = settings;
  return {
    encoded,
    correspondence,
    mask,
    // The reply may be one query behind the settings while the newest is under way.
    active: Math.min(settings.active, correspondence.queries.length - 1),
    scale,
    show: { mask: showMask, tracks: showTracks, truth: showTruth, entropy: showEntropy },
  };
}

export function useExploreInput(): ExploreInput | undefined {
  const session = useSession();
  const settings = useSettings();
  return useMemo(() => exploreInput(session, settings), [session, settings]);
}
