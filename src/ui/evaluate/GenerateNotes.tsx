import { type Generated, GIVEN_FRAMES } from "../../worker/protocol.ts";

/** How our student made the clip on show, and what may be concluded from one clip. */
export function GenerateNotes({ generated }: { readonly generated: Generated }) {
  const { source } = generated.made;
  if (source.kind !== "student") return null;
  const { seed, steps, guidance, given, model } = source;
  return (
    <>
      <h2>How it was made</h2>
      <p>
        {model.card === null ? `The student of “${model.name}”` : "Our student"} began with nothing but noise, drawn
        from seed {seed}, and took it out in {steps === 1 ? "one step" : `${steps} steps`}: at each it guesses the whole
        clip and goes part of the way there. More steps follow its guesses more closely, but make it no wiser.
      </p>
      <p>{guidanceWords(guidance)}</p>
      {given && (
        <p>
          The simulator's first {GIVEN_FRAMES} frames were given to it, so both clips begin alike. What follows is its
          own.
        </p>
      )}
      <h2>What to make of it</h2>
      <p>
        The two clips answer the same sentence.{" "}
        {given
          ? "From the same first frames they should go on much alike."
          : "They need not look alike: the seed places the simulator's bodies, and only draws the student's noise."}{" "}
        Both go before the same judge.
      </p>
      <p>
        The student is small, {(model.parameters / 1e6).toFixed(model.card === null ? 2 : 1)} million trained numbers,
        and one clip says little of it
        {model.card === null ? (
          ". It knows what it was trained on: of other sentences nothing is to be expected."
        ) : (
          <>
            : what was measured over many sentences is in its card, <code>{model.card}</code>.
          </>
        )}
      </p>
    </>
  );
}

function guidanceWords(guidance: number): string {
  if (guidance === 1) return "Guidance 1: it follows the sentence as it learnt to, with one guess a step.";
  const twice = `Guidance ${guidance}: it guesses twice a step, without the sentence and with it, and`;
  if (guidance === 0) return `${twice} keeps the first: the sentence has no say.`;
  if (guidance < 1)
    return `${twice} goes only part of the way from the first to the second: the sentence has less say.`;
  return `${twice} goes ${guidance} times the way from the first to the second. The sentence has more say, and is soon exaggerated.`;
}
