import { QUERY_COLORS } from "../figure/colors.ts";
import type { ExploreInput } from "../figure/explore_figure.ts";
import { short } from "../figure/scale.ts";
import { useSession } from "../state/session.ts";
import { FIGURE_TAUS, MAX_QUERIES, RHO_RANGE, setSettings, TAU_RANGE, useSettings } from "../state/settings.ts";
import { Button, Check, Choice, Section, Slider } from "./controls.tsx";
import { ExportButtons } from "./ExportButtons.tsx";
import { activateQuery, addQuery, removeQuery } from "./queries.ts";
import css from "./Rail.module.css";
import { SamplingSection } from "./SamplingSection.tsx";

/** All controls, in the order in which a person meets the ideas: where, how sharp, what moves, how shown. */
export function Rail({ input }: { readonly input: ExploreInput | undefined }) {
  const settings = useSettings();
  const hasTruth = useSession((session) => session.encoded?.hasTruth ?? false);
  const kept = useSession((session) => session.mask?.keptPerFrame);
  return (
    <>
      <QuerySection input={input} />
      <Section title="Temperature">
        <Slider
          id="tau"
          label={<i>τ</i>}
          value={settings.tau}
          {...TAU_RANGE}
          log
          ticks={[...FIGURE_TAUS].reverse()}
          format={short}
          onChange={(tau) => setSettings({ tau })}
        />
      </Section>
      <Section title="Motion mask">
        <Slider
          id="rho"
          label={
            <>
              keep <i>ρ</i>
              {kept !== undefined && input && ` (${kept} of ${input.encoded.grid.H * input.encoded.grid.W} tokens)`}
            </>
          }
          value={settings.rho}
          {...RHO_RANGE}
          ticks={[0.2, 0.5, 1]}
          format={(rho) => `${Math.round(rho * 100)} %`}
          onChange={(rho) => setSettings({ rho, showMask: true })}
        />
        <Check label="Show the mask" checked={settings.showMask} onChange={(showMask) => setSettings({ showMask })} />
      </Section>
      <Section title="Show">
        <Check label="Tracks" checked={settings.showTracks} onChange={(showTracks) => setSettings({ showTracks })} />
        <Check
          label="Entropy"
          checked={settings.showEntropy}
          onChange={(showEntropy) => setSettings({ showEntropy })}
        />
        <Check
          label={hasTruth ? "Truth" : "Truth (this clip has none)"}
          checked={settings.showTruth && hasTruth}
          disabled={!hasTruth}
          onChange={(showTruth) => setSettings({ showTruth })}
        />
        <Choice
          label="Scale"
          value={settings.scale}
          options={[
            ["shared-log", "shared, log"],
            ["shared-linear", "shared, linear"],
            ["per-row", "per row"],
          ]}
          onChange={(scale) => setSettings({ scale })}
        />
      </Section>
      <SamplingSection />
      <Section title="Export">{input && <ExportButtons input={input} />}</Section>
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
