import { QUERY_COLORS } from "../../figure/colors.ts";
import { type FoundStudy, sweptErrors } from "../../worker/protocol/study.ts";
import { LinePlot } from "../controls/LinePlot.tsx";
import css from "./Published.module.css";

/** Centre error against each number that a study sweeps, as the paper's Fig. 5 has its scores; nothing for a study that sweeps none. */
export function FoundSweeps({ study }: { readonly study: FoundStudy }) {
  const curves = sweptErrors(study);
  if (curves.length === 0) return null;
  const heights = curves.flatMap(({ points }) => points.map(([, error]) => error));
  const range = [Math.min(...heights) - MARGIN_PX, Math.max(...heights) + MARGIN_PX] as const;
  return (
    <>
      <div className={css.sweeps}>
        {curves.map(({ symbol, title, log, paper, points }) => (
          <LinePlot
            key={symbol}
            dots
            title={title}
            x={{ label: symbol, log, whole: symbol === "block" }}
            y={{ label: "px", log: false, range }}
            at={paper}
            series={[{ name: "centre error", color: QUERY_COLORS[1], points, unnamed: true }]}
          />
        ))}
      </div>
      <p className={`${css.fine_print} ${css.below}`}>
        Dashed: where the paper has its best, on people's judgements of large models' clips (Fig. 5); its block 18 of 30
        as a share of our four. The plots share one scale.
      </p>
    </>
  );
}

/** Room above and below the curves. */
const MARGIN_PX = 0.1;
