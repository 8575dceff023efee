import { useSession } from "../../state/session.ts";
import { usePicked, useSettings } from "../../state/settings.ts";
import { selectedRun, useTraining } from "../../state/train/store.ts";
import { encoderTraits, LOSSES, reads } from "../../worker/protocol.ts";
import { Letter } from "../controls/Equation.tsx";
import { LOSS_TEXTS, LossEquation } from "../notes/losses.tsx";
import { inputName, judged, share } from "./words.ts";

/** What is trained, by which loss, what to expect, and what this run has reached. */
export function TrainNotes() {
  const { loss: chosen, encoder, trainInput } = usePicked("loss", "encoder", "trainInput");
  // Numbers and heat are the run's, whatever the next one will learn by.
  const loss = useTraining(selectedRun)?.recipe.loss ?? chosen;
  const F = useSession((session) => session.encoded?.grid.F);
  const frames = useSettings((settings) => settings.frames);
  return (
    <>
      <h2>What you see</h2>
      <Reached />
      <h2>What is trained</h2>
      <p>
        {trainInput === "patches"
          ? "The student starts from raw pixels: each token is its patch of the clip, nothing more. "
          : `The student starts from your features “${inputName(trainInput)}”, brought to the teacher's grid, as the paper's starts from CogVideoX's. `}
        A projector, the one that the paper puts on a video model, turns them into the teacher's kind of features: three
        linear layers with SiLU between them, then one 3×3×3 convolution over time and space. Only its weights learn;
        the teacher stays as it is.
      </p>
      <h2>The loss: {LOSSES[loss].name}</h2>
      {loss !== chosen && <p>This run's; the next one learns by {LOSSES[chosen].name}.</p>}
      <LossEquation loss={loss} />
      <p>{LOSS_TEXTS[loss].meaning}</p>
      {reads(loss, "tau") && (
        <p>
          The temperature <Letter target="loss-tau">τ</Letter> decides which pairs matter. Warm, all positions count and
          there is little to learn from; cold, the best match is nearly all. {encoderTraits(encoder).tauNote}
        </p>
      )}
      {reads(loss, "rho") && (
        <p>
          <Letter target="rho">ρ</Letter> is the share of patches that ask; the similarities cost that share of TSA's.
        </p>
      )}
      <h2>What to expect</h2>
      <p>
        Untrained, the heatmap is noise. Within a hundred steps TSA finds most matches, on frames that it has never seen
        too; REPA is close on scenes with much texture, TRD slowest. Press “Compare all losses” to see it on this clip,
        and “Sweep τ” for the shape of the paper's Fig. 5(a).
      </p>
      <h2>Seen and unseen</h2>
      <p>
        Agreement is the share of best matches within one token of the teacher's, from a set's first frame to its
        others. The dashed curve is of frames that it trains on, the full one of frames held back: where they part, it
        has learnt the frames by heart.
        {F !== undefined && frames < 16 && " Sixteen frames instead of eight give it twice as much to learn from."}
      </p>
      <h2>Nothing is lost</h2>
      <p>
        Checkpoints stay in this browser, every few seconds and on pause: after a reload or a lost GPU you go on from
        the last one. After a NaN the same steps would give it again: start again with a smaller rate. The exported
        projector holds the weights, AdamW's moments and the random state; drop it on this page to continue it.
      </p>
    </>
  );
}

function Reached() {
  const run = useTraining(selectedRun);
  const first = judged(run?.agreement[0]);
  const point = run?.agreement.at(-1);
  const last = judged(point);
  if (!run || !first || !point || !last) {
    return (
      <p>
        The teacher's row shows where the query went; the student's will appear below it. Press Start and watch it turn
        from noise into the right place.
      </p>
    );
  }
  if (last.teacher === null) {
    return (
      <p>
        Only one frame is {point.held ? "held back" : "trained on"}, so there is no second one in which a match could be
        looked for: sample more frames, or hold back the last half.
      </p>
    );
  }
  const where = point.held ? "frames it has never seen" : "the frames it trains on";
  const truth =
    last.truth === null || last.teacherTruth === null
      ? ""
      : ` By the clip's own truth it is right in ${share(last.truth)}, its teacher in ${share(last.teacherTruth)}.`;
  const all = `in ${share(last.teacher)} of all matches on ${where} (untrained: ${share(first.teacher)})`;
  return (
    <p>
      The {LOSSES[run.recipe.loss].name} run, step {point.step}, seed {run.recipe.seed}:{" "}
      {last.moving === null ? (
        <>the student agrees with its teacher {all}.</>
      ) : (
        <>
          where the clip moves the student is right in <b>{share(last.moving)}</b> of matches, untrained in{" "}
          {share(first.moving)}; it agrees with its teacher {all}, most of which stand still.
        </>
      )}
      {truth} One run of one seed: small differences between runs may be chance.
    </p>
  );
}
