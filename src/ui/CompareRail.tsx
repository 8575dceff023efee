import { compareFigure } from "../figure/compare_figure.ts";
import { compareCaption, figurePng, figureSvg } from "../figure/export.ts";
import { short } from "../figure/scale.ts";
import { useComparison } from "../state/compare.ts";
import { warmEncoder } from "../state/explore.ts";
import { chooseStudentEncoder } from "../state/sampling.ts";
import { useSession } from "../state/session.ts";
import { MARGIN_RANGE, setSettings, useSettings } from "../state/settings.ts";
import { type Degradation, fixedInput } from "../worker/protocol.ts";
import type { useCompareInput } from "./compare_input.ts";
import { Button, Choice, Section, Slider } from "./controls.tsx";
import { saveBlob, saveJson } from "./download.ts";
import css from "./Rail.module.css";
import { ENCODERS, fixedWords, SamplingSection, TOKENS } from "./SamplingSection.tsx";
import { MaskSection, ScaleChoice, TauSection } from "./shared_sections.tsx";

const SPOILT: readonly (readonly [Degradation, string])[] = [
  ["none", "as it is"],
  ["blur", "blurred"],
  ["noise", "with noise"],
  ["frozen", "frozen on frame 0"],
  ["shuffled", "frames shuffled"],
];

/** Compare's controls: the student's side, then the hyper-parameters of the losses. */
export function CompareRail({ input }: { readonly input: ReturnType<typeof useCompareInput> }) {
  const { studentEncoder, studentToken, degradation, margin } = useSettings();
  const fixed = fixedInput(studentEncoder);
  const grid = input?.compared.grid;
  return (
    <>
      <Section title="Student" onReach={warmEncoder}>
        <Choice label="Encoder" value={studentEncoder} options={ENCODERS} onChange={chooseStudentEncoder} />
        {fixed ? (
          <p className={css.hint}>It takes one input only: {fixedWords(fixed)}.</p>
        ) : (
          <Choice
            label="Token"
            value={studentToken}
            options={TOKENS}
            onChange={(value) => setSettings({ studentToken: value })}
          />
        )}
        <Choice
          label="Its clip"
          value={degradation}
          options={SPOILT}
          onChange={(value) => setSettings({ degradation: value })}
        />
      </Section>
      <TauSection />
      <MaskSection tokens={grid && grid.H * grid.W} />
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
        <ScaleChoice />
      </Section>
      <SamplingSection title="Teacher, and what both see" />
      <Section title="Export">{input && <CompareExports input={input} />}</Section>
    </>
  );
}

function CompareExports({ input }: { readonly input: NonNullable<ReturnType<typeof useCompareInput>> }) {
  const name = useSession((session) => session.clip?.name ?? "clip");
  const sweep = useComparison((comparison) => comparison.sweep);
  const { compared, query, losses } = input;
  const stem = `${name} ${compared.teacher.encoder} ${compared.student.encoder}`;
  const numbers = {
    teacher: compared.teacher,
    student: compared.student,
    grid: compared.grid,
    frames: compared.frames,
    query: query.query,
    tau: query.tau,
    kl_by_frame: [...query.kl],
    rho: losses?.rho,
    margin: losses?.margin,
    losses: losses?.losses,
    sweep: sweep.map(({ tau, tsa, mtsa }) => ({ tau, tsa, mtsa })),
  };
  const caption = () => compareCaption(input, name);
  return (
    <div className={css.row}>
      <Button
        onClick={() => void figurePng(compareFigure(input), caption()).then((blob) => saveBlob(stem, "png", blob))}
      >
        PNG
      </Button>
      <Button
        onClick={() => void figureSvg(compareFigure(input), caption()).then((blob) => saveBlob(stem, "svg", blob))}
      >
        SVG
      </Button>
      <Button onClick={() => saveJson(stem, numbers)}>JSON</Button>
    </div>
  );
}
