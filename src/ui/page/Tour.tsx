import { endTour, nextTourStep, useTour } from "../../state/tour.ts";
import { Button } from "../controls/controls.tsx";
import css from "../notes/Notes.module.css";

const STEPS: readonly (readonly [title: string, text: string])[] = [
  [
    "1 of 3: pick a patch",
    "Click anywhere in the figure, or drag. Every column shows where that patch is believed to be in that frame.",
  ],
  ["2 of 3: cool it", "Drag τ down. The cloud condenses until only the best match is left: that is tempering."],
  [
    "3 of 3: mask what stands still",
    "Drag ρ. The clip's row keeps the tokens that move; they are what the masked loss learns from.",
  ],
];

/** Three captioned steps for a first visit; skipped or done, they never come back by themselves. */
export function Tour() {
  const step = useTour((tour) => tour.step);
  if (step === null) return null;
  const [title, text] = STEPS[step];
  return (
    <div className={css.tour} role="note">
      <strong>{title}</strong>
      {text}
      <div>
        <Button primary onClick={nextTourStep}>
          {step === STEPS.length - 1 ? "Done" : "Next"}
        </Button>
        <Button onClick={endTour}>Skip</Button>
      </div>
    </div>
  );
}
