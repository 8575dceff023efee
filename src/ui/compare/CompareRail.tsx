import { compareCaption } from "../../figure/captions.ts";
import { compareFigure } from "../../figure/compare_figure.ts";
import { short } from "../../figure/scale.ts";
import { useComparison } from "../../state/compare/store.ts";
import { compareOrigin } from "../../state/provenance.ts";
import { useSession } from "../../state/session.ts";
import { MARGIN_RANGE, setSettings, useSettings } from "../../state/settings.ts";
import { SamplingSection } from "../clip/SamplingSection.tsx";
import { Button, Section, Slider } from "../controls/controls.tsx";
import { saveJson } from "../controls/download.ts";
import { ExportSection, FileGroup } from "../controls/ExportSection.tsx";
import { ScaleChoice, TauSection, TruthCheck } from "../controls/shared_sections.tsx";
import { FigureButtons, FigureFiles } from "../figure/FigureButtons.tsx";
import { withoutEnding } from "../files/names.ts";
import { MaskSection } from "../mask/MaskSection.tsx";
import { compareJson } from "./files.ts";
import type { useCompareInput } from "./input.ts";
import { StudentSection } from "./StudentSection.tsx";

/** Compare's controls: the student's side, then the hyper-parameters of the losses. */
export function CompareRail({ input }: { readonly input: ReturnType<typeof useCompareInput> }) {
  const margin = useSettings((settings) => settings.margin);
  const grid = input?.compared.grid;
  return (
    <>
      <StudentSection />
      <TauSection />
      <MaskSection tokens={grid && grid.H * grid.W} mask={input?.losses?.mask} />
      <Section title="Relation distillation">
        <Slider
          id="margin"
          label="margin"
          value={margin}
          {...MARGIN_RANGE}
          ticks={[0, 0.1, 0.5]}
          format={short}
          onChange={(value) => setSettings({ margin: value })}
        />
      </Section>
      <Section title="Show">
        <TruthCheck hasTruth={input ? input.query.truth !== null : false} />
        <ScaleChoice />
      </Section>
      <SamplingSection title="Teacher, and what both see" notices={input?.compared.notices} />
      {input && <CompareExports input={input} />}
    </>
  );
}

function CompareExports({ input }: { readonly input: NonNullable<ReturnType<typeof useCompareInput>> }) {
  const name = withoutEnding(useSession((session) => session.clip?.name ?? "clip"));
  const sweep = useComparison((comparison) => comparison.sweep);
  const layers = useComparison((comparison) => comparison.layers);
  const { compared } = input;
  const stem = `${name} ${compared.teacher.encoder} ${compared.student.encoder}`;
  const numbers = compareJson(input, sweep, layers);
  const figure = { figure: () => compareFigure(input), caption: () => compareCaption(input, name), stem };
  return (
    <ExportSection
      files={
        <>
          <FigureFiles {...figure} />
          <FileGroup title="Numbers" about="Losses, the sweep over τ and the divergence of each frame.">
            <Button onClick={() => saveJson(stem, numbers, compareOrigin(compared))}>JSON</Button>
          </FileGroup>
        </>
      }
    >
      <FigureButtons {...figure} />
    </ExportSection>
  );
}
