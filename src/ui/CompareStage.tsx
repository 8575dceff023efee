import { useMemo } from "react";
import { compareFigure } from "../figure/compare_figure.ts";
import { compareQuery, moveCompareQuery } from "../state/compare.ts";
import css from "./Compare.module.css";
import type { useCompareInput } from "./compare_input.ts";
import { LossTable } from "./LossTable.tsx";
import { nudged } from "./queries.ts";
import { Stage } from "./Stage.tsx";
import { SweepPlots } from "./SweepPlots.tsx";

const LABEL =
  "Teacher above student for one query: correspondences, gradient and divergence, one column for each frame. Arrow keys move the query, Shift with left and right its frame.";

/** Teacher above student, and what each loss makes of the difference. */
export function CompareStage({ input }: { readonly input: NonNullable<ReturnType<typeof useCompareInput>> }) {
  const figure = useMemo(() => compareFigure(input), [input]);
  const onKey = (key: string, shift: boolean) => {
    const query = compareQuery();
    const to = query && nudged(query, input.compared.grid, key, shift);
    if (to) moveCompareQuery(to);
    return to !== undefined;
  };
  return (
    <div className={css.scroll}>
      <Stage figure={figure} label={LABEL} onPick={moveCompareQuery} onKey={onKey} />
      <div className={css.below}>
        <LossTable losses={input.losses} channels={input.compared.channels} />
        <SweepPlots />
      </div>
    </div>
  );
}
