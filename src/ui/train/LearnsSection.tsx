import { useEffect } from "react";
import { type Learner, setSettings, useSettings } from "../../state/settings.ts";
import { Choice, Section } from "../controls/controls.tsx";

const LEARNERS: readonly (readonly [Learner, string])[] = [
  ["projector", "a projector, on this clip"],
  ["student", "the diffusion student"],
];

const ID = "learns";
/** Whether the other page was chosen here: this select went with its page, and with it the keyboard's focus. */
let chosen = false;

export function LearnsSection() {
  const learns = useSettings((settings) => settings.learns);
  useEffect(() => {
    if (chosen) document.getElementById(ID)?.focus();
    chosen = false;
  }, []);
  return (
    <Section title="What learns">
      <Choice
        id={ID}
        long
        label="Trains"
        value={learns}
        options={LEARNERS}
        onChange={(value) => {
          chosen = true;
          setSettings({ learns: value });
        }}
      />
    </Section>
  );
}
