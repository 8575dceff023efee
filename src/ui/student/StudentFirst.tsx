import { useSession } from "../../state/session.ts";
import {
  answerFirst,
  learnsHere,
  pauseRecording,
  playRecording,
  resumeRecording,
  seekRecording,
  startFirst,
  useFirst,
} from "../../state/student/first.ts";
import { FIRST } from "../../state/student/preset.ts";
import { isBusy, type StudentRun, selectedStudent, useStudents } from "../../state/student/store.ts";
import { AUTOENCODER_BYTES } from "../../worker/protocol.ts";
import { Button, Section } from "../controls/controls.tsx";
import rail from "../controls/Rail.module.css";
import train from "../train/Train.module.css";
import { duration } from "../train/words.ts";
import css from "./Student.module.css";
import { sizeWords } from "./words.ts";

/** What there is before any run: the preset, live where there is a GPU and recorded where there is none. */
export function FirstTen() {
  return (
    <section className={css.empty} aria-labelledby="first-ten" data-testid="first-ten">
      <h2 id="first-ten">The first ten seconds</h2>
      <p>
        A small student, {FIRST.width} channels wide and {FIRST.depth} blocks deep, learns one clip by heart: “
        {FIRST.task}”. It begins with weights drawn at random, and every {FIRST.evaluateEvery} steps you see what it
        makes of the same noise, beside the simulator's clip.
      </p>
      <Buttons />
    </section>
  );
}

/** The same, small, for whoever has runs already. */
export const FirstSection = () => (
  <Section title="The first ten seconds">
    <Buttons />
  </Section>
);

function Buttons() {
  const compute = useSession((session) => session.compute);
  const waits = useStudents(isBusy);
  if (!compute) return null;
  const live = learnsHere(compute);
  const here = (
    <Button waits={waits} onClick={() => void startFirst()}>
      Run it here all the same
    </Button>
  );
  return (
    <>
      <div className={css.firstButtons}>
        {live ? (
          <Button primary waits={waits} onClick={() => void startFirst()}>
            Watch it learn
          </Button>
        ) : (
          <>
            <Button primary waits={waits} onClick={() => void playRecording()}>
              Play the recorded run
            </Button>
            {compute.backend === "webgpu" && here}
          </>
        )}
      </div>
      <p className={rail.hint}>
        {live ? "One step is measured first, to say how long it takes here. " : `${withoutGpu(compute.backend)} `}
        Trained here, it loads the video autoencoder, {sizeWords(AUTOENCODER_BYTES)}.
      </p>
    </>
  );
}

const withoutGpu = (backend: "webgpu" | "cpu"): string =>
  backend === "cpu"
    ? "There is no WebGPU here, which training needs: a run that was recorded elsewhere plays."
    : "This adapter is software, where it takes minutes: a run that was recorded elsewhere plays. “Run it here” measures one step first and says how long.";

/** It would take long here: the user is told how long, and asked. */
export function FirstAsks() {
  const asks = useFirst((first) => first.asks);
  const waits = useStudents(isBusy);
  if (asks === null) return null;
  return (
    <div className={train.banner} role="status" data-testid="first-asks">
      <p>
        On this adapter these {FIRST.steps} steps and their clips take about {duration(asks.seconds)} and{" "}
        {sizeWords(asks.bytes)} of GPU memory, by one step that was measured just now.
      </p>
      <div>
        <Button primary waits={waits} onClick={() => void answerFirst(true)}>
          Start it
        </Button>
        <Button onClick={() => void answerFirst(false)}>Leave it</Button>
      </div>
    </div>
  );
}

/** Says of a recorded run on show that it is one, and plays it. */
export function RecordedBar() {
  const run = useStudents(selectedStudent);
  return run?.recorded ? <Recorded run={run} recorded={run.recorded} /> : null;
}

interface RecordedProps {
  readonly run: StudentRun;
  readonly recorded: NonNullable<StudentRun["recorded"]>;
}

function Recorded({ run, recorded: { adapter, seconds, command } }: RecordedProps) {
  const playing = useFirst((first) => first.playing);
  const { step, steps, recipe } = run;
  const atEnd = step === steps;
  return (
    <div className={train.banner} data-testid="student-recorded" data-step={step}>
      <p>
        <b>A recorded run:</b> nothing is trained here. This recipe, seed {recipe.seed}, took {duration(seconds)} on{" "}
        {adapter} (<code>{command}</code>); it plays in ten seconds.
      </p>
      <div>
        {playing ? (
          <Button onClick={pauseRecording}>Pause the recording</Button>
        ) : (
          <Button onClick={() => (atEnd ? void playRecording() : resumeRecording())}>
            {atEnd ? "Play it again" : "Play the recording"}
          </Button>
        )}
        <label className={css.recordedStep}>
          Step{" "}
          <input
            type="range"
            min={0}
            max={steps}
            value={step}
            onChange={(event) => seekRecording(Number(event.target.value))}
          />
        </label>
        <output aria-live="off">
          {step} of {steps}
        </output>
      </div>
    </div>
  );
}
