import { QUERY_COLORS } from "../../figure/colors.ts";
import { type FoundStudy, searchedErrors, sweptErrors } from "../../worker/protocol/study.ts";
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

/** Centre error of each loss against a number that all are given the same values of; nothing for a study that searches none. */
export const FoundSearch = ({ study }: { readonly study: FoundStudy }) => (
  <div className={css.sweeps}>
    {searchedErrors(study).map(({ number, lines }) => (
      <LinePlot
        key={number}
        dots
        title={`Centre error, px, by ${number} of the gradient`}
        x={{ label: number, log: true }}
        y={{ label: "px", log: false }}
        series={lines.map(({ name, points }, i) => ({ name, color: QUERY_COLORS[i % QUERY_COLORS.length], points }))}
      />
    ))}
  </div>
);

/** Room above and below the curves. */
const MARGIN_PX = 0.1;
