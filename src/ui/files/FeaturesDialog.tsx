import { useState } from "react";
import { bringFeatures, dropQuestions, useBrought } from "../../state/features.ts";
import type { FeatureAnswers, FeatureQuestions } from "../../worker/protocol.ts";
import controls from "../controls/controls.module.css";
import { Button, Choice, NumberField } from "../controls/controls.tsx";
import css from "./FeaturesDialog.module.css";
import { useQuestion } from "./question.ts";

/** Asks for what a file of features does not say, once, with a guess in every field. */
export function FeaturesDialog() {
  const asking = useBrought((state) => state.asking);
  if (!asking) return null;
  const { file, questions } = asking;
  return <Questions key={`${file.name} ${file.lastModified}`} file={file} questions={questions} />;
}

function Questions({ file, questions }: { readonly file: File; readonly questions: FeatureQuestions }) {
  const [answers, setAnswers] = useState<FeatureAnswers>(questions.guess);
  const { F, tokens, grids, times } = questions;
  const change = (part: Partial<FeatureAnswers>) => setAnswers((before) => ({ ...before, ...part }));
  const { dialog, onClose, accept, close } = useQuestion(() => void bringFeatures(file, answers), dropQuestions);
  return (
    <dialog ref={dialog} className={css.dialog} aria-labelledby="features-title" onClose={onClose}>
      <h2 id="features-title">What “{file.name}” does not say</h2>
      <p>
        {F} frames of features. These are guesses: correct what you know better. Written into the file, as
        docs/bring-your-own.md shows, they are not asked again.
      </p>
      {tokens !== null && (
        <Choice
          label={`Grid of ${tokens} tokens`}
          value={gridName(answers.grid)}
          options={grids.map((grid) => [gridName(grid), `${gridName(grid)} (rows × columns)`] as const)}
          onChange={(name) => change({ grid: grids.find((grid) => gridName(grid) === name) ?? answers.grid })}
        />
      )}
      {times && (
        <>
          <NumberField
            label="First frame at, s"
            value={answers.startS}
            min={0}
            max={1e5}
            step={0.1}
            onChange={(startS) => change({ startS })}
          />
          <NumberField
            label="Frames a second"
            value={answers.fps}
            min={0.001}
            max={1000}
            step={0.1}
            onChange={(fps) => change({ fps })}
          />
        </>
      )}
      <div className={controls.field}>
        <label htmlFor="features-name">Name</label>
        <input
          id="features-name"
          value={answers.name}
          maxLength={60}
          onChange={(event) => change({ name: event.target.value })}
        />
      </div>
      <div className={css.actions}>
        <Button primary onClick={accept}>
          Use them
        </Button>
        <Button onClick={close}>Leave it</Button>
      </div>
    </dialog>
  );
}

const gridName = ([H, W]: readonly [number, number]): string => `${H}×${W}`;
