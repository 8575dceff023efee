import { QUERY_COLORS } from "../../figure/colors.ts";
import type { ExploreInput } from "../../figure/explore_figure.ts";
import { useSession } from "../../state/session.ts";
import { MAX_QUERIES, setSettings, usePicked } from "../../state/settings.ts";
import { SamplingSection } from "../clip/SamplingSection.tsx";
import { Button, Check, Section } from "../controls/controls.tsx";
import css from "../controls/Rail.module.css";
import { ScaleChoice, TauSection, TruthCheck } from "../controls/shared_sections.tsx";
import { activateQuery, addQuery, removeQuery } from "../figure/queries.ts";
import { later } from "../later.tsx";
import { MaskSection } from "../mask/MaskSection.tsx";
import { TruthSection } from "../truth/TruthSection.tsx";
import { RowsSection } from "./RowsSection.tsx";
import { TauCurve } from "./TauCurve.tsx";

/** They come after the first picture, as the mask does: nothing can be exported before. */
const ExportButtons = later("the exports", async () => (await import("../controls/ExportButtons.tsx")).ExportButtons);

/** Explore's controls, in the order in which the user meets the ideas: where, how sharp, what moves, how shown. */
export function ExploreRail({ input }: { readonly input: ExploreInput | undefined }) {
  const { showTracks, showEntropy } = usePicked("showTracks", "showEntropy");
  const hasTruth = useSession((session) => session.encoded?.hasTruth ?? false);
  return (
    <>
      <QuerySection input={input} />
      <TauSection>
        <TauCurve />
      </TauSection>
      <RowsSection />
      <MaskSection
        tokens={input && input.encoded.grid.H * input.encoded.grid.W}
        mask={input?.mask?.mask}
        frame={input?.correspondence.queries[input.active][0]}
      />
      <Section title="Show">
        <Check label="Tracks" checked={showTracks} onChange={(on) => setSettings({ showTracks: on })} />
        <Check label="Entropy" checked={showEntropy} onChange={(on) => setSettings({ showEntropy: on })} />
        {showEntropy && (
          <p className={css.hint}>
            In bits, frame by frame: a match that is spread evenly over 8 tokens has 3, over 2 tokens 1, a certain one
            0.
          </p>
        )}
        <TruthCheck hasTruth={hasTruth} />
        <ScaleChoice />
      </Section>
      <TruthSection />
      <SamplingSection />
      {input?.mask && <ExportButtons input={input} />}
    </>
  );
}

function QuerySection({ input }: { readonly input: ExploreInput | undefined }) {
  const queries = input?.correspondence.queries ?? [];
  return (
    <Section title="Query">
      <ul className={css.queries}>
        {queries.map(([f, row, col], q) => (
          <li key={QUERY_COLORS[q]} className={css.query} data-active={q === input?.active}>
            <button
              type="button"
              className={css.pick}
              aria-pressed={q === input?.active}
              onClick={() => activateQuery(q)}
            >
              <span className={css.swatch} style={{ background: QUERY_COLORS[q] }} />
              frame {f}, row {row}, col {col}
            </button>
            {queries.length > 1 && (
              <button
                type="button"
                className={css.remove}
                aria-label={`Remove query ${q + 1}`}
                onClick={() => removeQuery(q)}
              >
                ×
              </button>
            )}
          </li>
        ))}
      </ul>
      {queries.length < MAX_QUERIES && <Button onClick={() => addQuery()}>Add a query</Button>}
    </Section>
  );
}
