import { drawSeed } from "../../state/evaluate/sandbox.ts";
import { warmEncoder } from "../../state/explore/explore.ts";
import { chooseSandboxPair, chooseStudentEncoder, SANDBOX_PAIR } from "../../state/sampling.ts";
import { setSettings, usePicked, useSettings } from "../../state/settings.ts";
import {
  alphas,
  type Degradation,
  fixedInput,
  isBroughtId,
  LAST_T,
  RECIPE_RANGES,
  STUDENT_BLOCKS,
  STUDENT_IDS,
} from "../../worker/protocol.ts";
import { broughtWords, LayerSteps } from "../clip/LayerSteps.tsx";
import { fixedWords, TOKENS, useEncoderChoices } from "../clip/SamplingSection.tsx";
import { Button, Check, Choice, NumberField, Section, Slider } from "../controls/controls.tsx";
import css from "../controls/Rail.module.css";

const DEGRADED: readonly (readonly [Degradation, string])[] = [
  ["none", "as it is"],
  ["blur", "blurred"],
  ["noise", "with noise"],
  ["frozen", "frozen"],
  ["shuffled", "shuffled"],
];

/** Share of x_t's variance that is the clip's, by t. */
const SIGNAL = alphas();

const BLOCKS = Array.from({ length: STUDENT_BLOCKS.count }, (_, i) => {
  const block = i + 1;
  return [block, block === STUDENT_BLOCKS.aligned ? `block ${block}, aligned` : `block ${block}`] as const;
});

/** Which student, in how fine tokens, and what it is shown. */
export function StudentSection() {
  const { studentEncoder, studentToken, degradation } = usePicked("studentEncoder", "studentToken", "degradation");
  const choices = useEncoderChoices(STUDENT_IDS, studentEncoder);
  const fixed = fixedInput(studentEncoder);
  const brought = isBroughtId(studentEncoder);
  const paired = useSettings((settings) =>
    Object.entries(SANDBOX_PAIR).every(([name, value]) => settings[name as keyof typeof SANDBOX_PAIR] === value),
  );
  return (
    <Section title="Student" onReach={warmEncoder}>
      {!paired && (
        <div className={css.row}>
          <Button onClick={chooseSandboxPair}>Teacher and student of the sandbox</Button>
        </div>
      )}
      <Choice label="Encoder" value={studentEncoder} options={choices} onChange={chooseStudentEncoder} />
      <LayerSteps encoder={studentEncoder} onChange={chooseStudentEncoder} />
      {brought && <p className={css.hint}>{broughtWords(studentEncoder)} They are of the clip as it is.</p>}
      {fixed && !brought && <p className={css.hint}>It takes one input only: {fixedWords(fixed)}.</p>}
      {!fixed && (
        <Choice
          label="Token"
          value={studentToken}
          options={TOKENS}
          onChange={(value) => setSettings({ studentToken: value })}
        />
      )}
      {!brought && (
        <Choice
          label="Its clip"
          value={degradation}
          options={DEGRADED}
          onChange={(value) => setSettings({ degradation: value })}
        />
      )}
      {studentEncoder === "cogvideox" && <NoiseControls />}
    </Section>
  );
}

/** How much noise the diffusion student is shown the clip in, and after which of its blocks it is read. */
function NoiseControls() {
  const { noiseT, block, given, noiseSeed } = usePicked("noiseT", "block", "given", "noiseSeed");
  const clip = Math.round(100 * SIGNAL[noiseT]);
  return (
    <>
      <Slider
        id="noise-t"
        label={
          <>
            noise level <i>t</i>
          </>
        }
        value={noiseT}
        low={0}
        high={LAST_T}
        ticks={[0, 250, 500, 750, LAST_T]}
        format={String}
        onChange={(value) => setSettings({ noiseT: Math.round(value) })}
      />
      <p className={css.hint}>
        What it is shown: {clip} % clip, {100 - clip} % noise (shares of the variance).
      </p>
      <Choice label="Layer" value={block} options={BLOCKS} onChange={(value) => setSettings({ block: value })} />
      <Check label="First 4 frames without noise" checked={given} onChange={(on) => setSettings({ given: on })} />
      <NumberField
        label="Noise seed"
        value={noiseSeed}
        min={RECIPE_RANGES.seed[0]}
        max={RECIPE_RANGES.seed[1]}
        step={1}
        onChange={(value) => setSettings({ noiseSeed: Math.round(value) })}
      />
      <div className={css.row}>
        <Button onClick={() => setSettings({ noiseSeed: drawSeed() })}>Other noise</Button>
      </div>
    </>
  );
}
