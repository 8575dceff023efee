import { useMemo } from "react";
import type { CompareInput } from "../../figure/compare_figure.ts";
import { compareFigure } from "../../figure/compare_figure.ts";
import { compareSpace } from "../../scene/space_input.ts";
import { compareQuery, moveCompareQuery } from "../../state/compare/compare.ts";
import { useNoising } from "../../state/compare/noise.ts";
import { useSession } from "../../state/session.ts";
import { usePicked, useSettings } from "../../state/settings.ts";
import { blocksOf } from "../../worker/protocol.ts";
import { nudged } from "../figure/queries.ts";
import { Stage } from "../figure/Stage.tsx";
import { withoutEnding } from "../files/names.ts";
import { SpaceTime, SpaceTimeForms } from "../space_time/SpaceTimeForms.tsx";
import css from "./Compare.module.css";
import { CompareFacts } from "./CompareFacts.tsx";
import type { useCompareInput } from "./input.ts";
import { LayerTable } from "./LayerTable.tsx";
import { LossTable } from "./LossTable.tsx";
import { SweepPlots } from "./SweepPlots.tsx";

const LABEL =
  "Teacher above student for one query: correspondences, gradient and divergence, one column for each frame. Arrow keys move the query, Shift with left and right its frame.";

/** Teacher above student, and what each loss makes of the difference. */
export function CompareStage({ input }: { readonly input: NonNullable<ReturnType<typeof useCompareInput>> }) {
  const onKey = (key: string, shift: boolean) => {
    const query = compareQuery();
    const to = query && nudged(query, input.compared.grid, key, shift);
    if (to) moveCompareQuery(to);
    return to !== undefined;
  };
  const noising = useNoising();
  const blocks = blocksOf(useSettings((settings) => settings.studentEncoder));
  return (
    <div className={css.scroll}>
      <SpaceTimeForms
        panes={() => <ComparePanes input={input} onKey={onKey} />}
        space={() => <CompareSpaceTime input={input} onKey={onKey} />}
      />
      <div className={css.below}>
        <LossTable losses={input.losses} compared={input.compared} />
        {noising && blocks && <LayerTable noising={noising} blocks={blocks} />}
        <SweepPlots />
      </div>
    </div>
  );
}

interface CompareFormProps {
  readonly input: CompareInput;
  readonly onKey: (key: string, shift: boolean) => boolean;
}

function CompareSpaceTime({ input, onKey }: CompareFormProps) {
  const name = withoutEnding(useSession((session) => session.clip?.name ?? "clip"));
  const { active, heatOf } = usePicked("active", "heatOf");
  const space = useMemo(() => compareSpace(input, active, heatOf), [input, active, heatOf]);
  return <SpaceTime input={space} name={`${name} compared`} onPick={moveCompareQuery} onKey={onKey} />;
}

function ComparePanes({ input, onKey }: CompareFormProps) {
  const figure = useMemo(() => compareFigure(input), [input]);
  return (
    <Stage
      figure={figure}
      label={LABEL}
      main="student"
      onPick={moveCompareQuery}
      onKey={onKey}
      facts={(frame) => <CompareFacts input={input} frame={frame} />}
    />
  );
}
