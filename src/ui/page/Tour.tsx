import { useEffect, useRef } from "react";
import { failureOf } from "../../state/failure.ts";
import { setSession } from "../../state/session.ts";
import { inView } from "../../state/starts.ts";
import { endTour, nextTourStep, tourFound, useTour } from "../../state/tour.ts";
import { Button } from "../controls/controls.tsx";
import css from "../notes/Notes.module.css";

const STEPS: readonly (readonly [title: string, text: string])[] = [
  [
    "1 of 4: pick a patch",
    "Click anywhere in the figure, or drag. Every column shows where that patch is believed to be in that frame.",
  ],
  ["2 of 4: cool it", "Drag τ down. The cloud condenses until only the best match is left: that is tempering."],
  [
    "3 of 4: mask what stands still",
    "Drag ρ. The clip's row keeps the tokens that move; they are what the masked loss learns from.",
  ],
  [
    "4 of 4: see a student learn",
    "Train lets a small video model learn one clip before your eyes, from noise, in about ten seconds on a GPU.",
  ],
];

/** The tour ends in another view, whose code comes only now. */
async function toTrain(): Promise<void> {
  endTour();
  try {
    const { watchFirst } = await inView("train", () => import("../../state/student/first.ts"));
    await watchFirst();
  } catch (error) {
    setSession({ failure: failureOf(error) });
  }
}

/** Four captioned steps for a first visit; skipped or done, they never come back by themselves. */
export function Tour() {
  const { step, sought } = useTour();
  const note = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!sought) return;
    note.current?.scrollIntoView({ block: "nearest" });
    note.current?.focus();
    tourFound();
  }, [sought]);
  if (step === null) return null;
  const [title, text] = STEPS[step];
  const last = step === STEPS.length - 1;
  return (
    <div className={css.tour} role="note" ref={note} tabIndex={-1}>
      <strong>{title}</strong>
      {text}
      <div>
        <Button primary onClick={last ? () => void toTrain() : nextTourStep}>
          {last ? "Watch it learn" : "Next"}
        </Button>
        <Button onClick={endTour}>Skip</Button>
      </div>
    </div>
  );
}
