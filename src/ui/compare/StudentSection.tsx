import { changeNoise, useNoising } from "../../state/compare/noise.ts";
import { warmEncoder } from "../../state/explore/explore.ts";
import { chooseSandboxPair, chooseStudentEncoder, SANDBOX_PAIR } from "../../state/sampling.ts";
import { setSettings, usePicked, useSettings } from "../../state/settings.ts";
import {
  blocksOf,
  type Degradation,
  fixedInput,
  isBroughtId,
  isTrainedId,
  STUDENT_IDS,
} from "../../worker/protocol.ts";
import { takes, useEncoderChoices, useKeptRuns } from "../clip/encoder_choices.ts";
import { broughtWords, LayerSteps } from "../clip/LayerSteps.tsx";
import { NoiseControls } from "../clip/NoiseControls.tsx";
import { fixedWords, TOKENS } from "../clip/SamplingSection.tsx";
import { Button, Choice, Section } from "../controls/controls.tsx";
import css from "../controls/Rail.module.css";

const DEGRADED: readonly (readonly [Degradation, string])[] = [
  ["none", "as it is"],
  ["blur", "blurred"],
  ["noise", "with noise"],
  ["frozen", "frozen"],
  ["shuffled", "shuffled"],
];

/** Which student, in how fine tokens, and what it is shown. */
export function StudentSection() {
  const { studentEncoder, studentToken, degradation } = usePicked("studentEncoder", "studentToken", "degradation");
  const choices = useEncoderChoices(STUDENT_IDS, studentEncoder);
  useKeptRuns(true);
  const [noising, blocks] = [useNoising(), blocksOf(studentEncoder)];
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
      <Choice
        label="Encoder"
        long={isTrainedId(studentEncoder)}
        value={studentEncoder}
        options={choices}
        onChange={takes(chooseStudentEncoder)}
      />
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
      {noising && blocks && <NoiseControls id="noise-t" noising={noising} blocks={blocks} onChange={changeNoise} />}
    </Section>
  );
}
