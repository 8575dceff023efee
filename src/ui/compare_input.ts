import { useMemo } from "react";
import type { CompareInput } from "../figure/compare_figure.ts";
import { useComparison } from "../state/compare.ts";
import { useSettings } from "../state/settings.ts";

/** What Compare shows now; undefined until there is something to show. */
export function useCompareInput(): CompareInput | undefined {
  const { compared, query, losses } = useComparison();
  const scale = useSettings((settings) => settings.scale);
  const showMask = useSettings((settings) => settings.showMask);
  return useMemo(
    () => (compared && query ? { compared, query, losses, scale, showMask } : undefined),
    [compared, query, losses, scale, showMask],
  );
}
