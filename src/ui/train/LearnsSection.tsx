import { type Learner, setSettings, useSettings } from "../../state/settings.ts";
import { Choice, Section } from "../controls/controls.tsx";

const LEARNERS: readonly (readonly [Learner, string])[] = [
  ["projector", "a projector, on this clip"],
  ["student", "the diffusion student"],
];

export function LearnsSection() {
  const learns = useSettings((settings) => settings.learns);
  return (
    <Section title="What learns">
      <Choice
        long
        label="Trains"
        value={learns}
        options={LEARNERS}
        onChange={(value) => setSettings({ learns: value })}
      />
    </Section>
  );
}
