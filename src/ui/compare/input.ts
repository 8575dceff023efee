import { useMemo } from "react";
import type { CompareInput } from "../../figure/compare_figure.ts";
import { useComparison } from "../../state/compare/store.ts";
import { useSettings } from "../../state/settings.ts";
import { useCuts } from "../clip/cuts.ts";

/** What Compare shows now; null until there is something to show. */
export function useCompareInput(): CompareInput | null {
  const shown = useComparison((comparison) => comparison.shown);
  const losses = useComparison((comparison) => comparison.losses);
  const scale = useSettings((settings) => settings.scale);
  const showMask = useSettings((settings) => settings.showMask);
  const showTruth = useSettings((settings) => settings.showTruth);
  const cuts = useCuts(shown?.compared.frames);
  return useMemo(
    () => shown && { ...shown, losses, cuts, scale, showMask, showTruth },
    [shown, losses, cuts, scale, showMask, showTruth],
  );
}
