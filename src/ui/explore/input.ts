import { useMemo } from "react";
import type { ExploreInput } from "../../figure/explore_figure.ts";
import { flowWithin } from "../../figure/flow.ts";
import { usePainting } from "../../state/mask/store.ts";
import { useSession } from "../../state/session.ts";
import { usePicked } from "../../state/settings.ts";
import { useTruth } from "../../state/truth/store.ts";
import type { Encoded, PointTracks, Size } from "../../worker/protocol.ts";
import { useCuts } from "../clip/cuts.ts";

/**
 * What the figure shows now; undefined until there is something to show. The queries come with their correspondence, not with the
 * settings: a move of the query paints once, when its answer is there.
 */
export function useExploreInput(): ExploreInput | undefined {
  const encoded = useSession((session) => session.encoded);
  const correspondence = useSession((session) => session.correspondence);
  const found = useSession((session) => session.mask);
  const draft = usePainting((painting) => painting.draft);
  const mask = useMemo(
    () => (found && draft?.length === found.mask.length ? { ...found, mask: draft } : found),
    [found, draft],
  );
  const flow = useSession((session) => session.flow);
  const clip = useSession((session) => session.clip);
  const returns = useSession((session) => session.returns);
  const { tracks, marking, active: track } = useTruth();
  const { active, scale, showMask, showTracks, showTruth, showEntropy, showRaw, showFlow } = usePicked(
    "active",
    "scale",
    "showMask",
    "showTracks",
    "showTruth",
    "showEntropy",
    "showRaw",
    "showFlow",
  );
  const pen = marking ? track : -1;
  const points = useMemo(
    () => (showTruth && encoded && clip && tracks ? shownPoints(tracks, encoded, clip, pen) : undefined),
    [showTruth, encoded, clip, tracks, pen],
  );
  const cuts = useCuts(encoded?.frames);
  const ways = useMemo(
    () => (showFlow && flow && encoded ? flowWithin(flow, cuts, encoded.grid) : null),
    [showFlow, flow, encoded, cuts],
  );
  return useMemo(() => {
    if (!encoded || !correspondence) return undefined;
    return {
      encoded,
      correspondence,
      mask,
      flow: ways,
      cuts,
      // The reply may be one query behind the settings while the newest is under way.
      active: Math.min(active, correspondence.queries.length - 1),
      scale,
      // Of queries that have moved on they say nothing.
      returns:
        returns && JSON.stringify(returns.queries) === JSON.stringify(correspondence.queries)
          ? returns.positions
          : null,
      show: { mask: showMask, tracks: showTracks, truth: showTruth, entropy: showEntropy, raw: showRaw },
      ...(points && { points }),
    };
  }, [
    encoded,
    correspondence,
    returns,
    mask,
    ways,
    cuts,
    active,
    scale,
    showMask,
    showTracks,
    showTruth,
    showEntropy,
    showRaw,
    points,
  ]);
}

/** Where points are seen in the frames on show. */
function shownPoints(
  { names, frames: T, xy, visible }: PointTracks,
  { frames, grid: { H, W } }: Encoded,
  { width, height }: Size,
  active: number,
) {
  return frames.flatMap(({ index }, frame) =>
    names.flatMap((_, track) => {
      const at = track * T + index;
      if (!visible[at]) return [];
      const [row, col] = [(xy[2 * at + 1] * H) / height - 0.5, (xy[2 * at] * W) / width - 0.5];
      return [{ frame, row, col, track, active: track === active }];
    }),
  );
}
