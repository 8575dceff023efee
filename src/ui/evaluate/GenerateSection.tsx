import { useLayoutEffect, useRef } from "react";
import { frameImage } from "../../figure/clip_strip.ts";
import { chooseMaker, generate, stopGenerating } from "../../state/evaluate/evaluate.ts";
import { checkPrompt, judgeSandbox } from "../../state/evaluate/sandbox.ts";
import { type Generation, useGeneration } from "../../state/evaluate/store.ts";
import { chooseTrained, trainedChoices, useTrained } from "../../state/evaluate/trained.ts";
import { judgedClip } from "../../state/evaluate/wanted.ts";
import { DEFAULTS, MAKERS, setSettings, usePicked, useSettings } from "../../state/settings.ts";
import { useStudents } from "../../state/student/store.ts";
import { GENERATE_LIMITS, GENERATOR_BYTES, GIVEN_FRAMES, SANDBOX_CLIP } from "../../worker/protocol.ts";
import { useKeptRuns } from "../clip/encoder_choices.ts";
import { focusSentence, tidied } from "../clip/SandboxPicker.tsx";
import { Button, Check, Choice, NumberField, Section } from "../controls/controls.tsx";
import rail from "../controls/Rail.module.css";
import css from "./GenerateSection.module.css";

const NAMES = { simulator: "the simulator", student: "a diffusion student", file: "a file" } as const;

/** Who makes the clip: the sandbox's physics, or our diffusion student, and how. `typed` is in the sentence's field. */
export function GenerateSection({ typed }: { readonly typed: string }) {
  const settings = usePicked("judged", "maker");
  const maker = judgedClip(settings) ? settings.maker : "file";
  const makers = maker === "file" ? ([...MAKERS, "file"] as const) : MAKERS;
  return (
    <Section title="Who makes the clip">
      <Choice
        label="Made by"
        value={maker}
        options={makers.map((name) => [name, NAMES[name]] as const)}
        onChange={(chosen) => chosen !== "file" && chooseMaker(chosen)}
      />
      {maker === "student" && <Student typed={typed} />}
    </Section>
  );
}

function Student({ typed }: { readonly typed: string }) {
  const { denoisingSteps, guidance, firstGiven } = usePicked("denoisingSteps", "guidance", "firstGiven");
  const progress = useGeneration((generation) => generation.progress);
  const preview = useGeneration((generation) => generation.preview);
  const [least, most] = GENERATE_LIMITS.steps;
  const [low, high] = GENERATE_LIMITS.guidance;
  const chosen = useTrained((trained) => trained.chosen);
  return (
    <>
      <Which />
      <NumberField
        label="Steps"
        value={denoisingSteps}
        min={least}
        max={most}
        step={1}
        onChange={(steps) => setSettings({ denoisingSteps: Math.round(steps) })}
      />
      <NumberField
        label="Guidance"
        value={guidance}
        min={low}
        max={high}
        step={0.5}
        onChange={(value) => setSettings({ guidance: value })}
      />
      <Check
        label={`First ${GIVEN_FRAMES} frames given`}
        checked={firstGiven}
        onChange={(given) => setSettings({ firstGiven: given })}
      />
      <p className={rail.hint}>
        {firstGiven
          ? `It sees the simulator's first ${GIVEN_FRAMES} frames and makes the other ${SANDBOX_CLIP.frames - GIVEN_FRAMES}.`
          : "It makes all frames from the sentence and noise."}{" "}
        {chosen === null
          ? `Its files, ${(GENERATOR_BYTES / 1e6).toFixed(0)} MB in all, are loaded when they are first needed.`
          : "The averaged weights of its checkpoint draw, by the kernels that trained it."}
      </p>
      <div className={css.act}>
        {/* One button, so that the keyboard's focus stays where it is. */}
        <Button primary={!progress} onClick={() => (progress ? stopGenerating() : void start(typed))}>
          {progress ? "Cancel" : "Generate"}
        </Button>
        {progress && <Bar progress={progress} />}
      </div>
      {preview && <Guess preview={preview} />}
    </>
  );
}

/** The shipped student, or one of the user's own: a run that is kept in this browser, or a file that was dropped here. */
function Which() {
  const trained = useTrained();
  const runs = useStudents((students) => students.runs);
  useKeptRuns(true);
  const choices = trainedChoices({ runs }, trained);
  const { chosen } = trained;
  const gone = chosen !== null && !choices.some(([id]) => id === chosen);
  return (
    <>
      {(choices.length > 0 || gone) && (
        <Choice
          long
          label="Which student"
          value={chosen ?? SHIPPED}
          options={[
            [SHIPPED, "ours, as shipped"],
            ...choices,
            ...(gone ? [[chosen, "a run that is gone"] as const] : []),
          ]}
          onChange={(value) => chooseTrained(value === SHIPPED ? null : value)}
        />
      )}
      {choices.length === 0 && (
        <p className={rail.hint}>A student that you train in Train, or a checkpoint dropped here, can draw, too.</p>
      )}
    </>
  );
}

const SHIPPED = "shipped";

/** Makes the clip of the sentence in the field; one that the grammar does not have is put right first, and its field says how. */
async function start(typed: string): Promise<void> {
  const clip = judgedClip(useSettings.getState());
  const prompt = tidied(typed);
  if (clip && prompt !== "" && prompt !== clip.prompt) {
    const checked = await checkPrompt(typed);
    if (!checked) return;
    if (!checked.template) return focusSentence();
    judgeSandbox({ ...clip, prompt }, DEFAULTS.corruption);
  }
  await generate();
}

type Progress = NonNullable<Generation["progress"]>;

const Bar = ({ progress }: { readonly progress: Progress }) => (
  <div className={css.progress}>
    <progress aria-label="Generating" value={progress.done} max={progress.total} />
    <span>{progressText(progress)}</span>
  </div>
);

/** Frames side by side. */
const ACROSS = 4;
const { size, frames: count } = SANDBOX_CLIP;

/** What the student makes of the noise so far: all frames, in rows. */
function Guess({ preview }: { readonly preview: NonNullable<Generation["preview"]> }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { frames, done, total } = preview;
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    for (let f = 0; f < count; f++) {
      context?.putImageData(frameImage(frames, f), (f % ACROSS) * size, Math.floor(f / ACROSS) * size);
    }
  }, [frames]);
  const words = `What it guesses after step ${done} of ${total}`;
  return (
    <figure className={css.guess}>
      <canvas
        ref={canvas}
        width={ACROSS * size}
        height={Math.ceil(count / ACROSS) * size}
        role="img"
        aria-label={`${words}: ${count} frames`}
      />
      <figcaption>{words}.</figcaption>
    </figure>
  );
}

const STAGES = {
  downloading: "loading the model",
  "starting-model": "starting the model",
  denoising: "taking noise out",
  decoding: "turning numbers into frames",
} as const;

/** "loading the model, 1.2 of 13.4 MB" */
function progressText({ stage, done, total }: Progress): string {
  if (stage === "downloading") return `${STAGES[stage]}, ${(done / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
  return stage === "denoising" ? `step ${done} of ${total}` : `${STAGES[stage]} …`;
}

/** What a screen reader hears of a clip in the making: a change of stage and each quarter of the steps; null while there is none. */
export function useProgressWords(): string | null {
  return useGeneration(({ progress }) => {
    if (!progress) return null;
    const { stage, done, total } = progress;
    if (stage !== "denoising") return `generating: ${STAGES[stage]}`;
    const quarters = Math.floor((4 * done) / total);
    return quarters === 0 ? "generating: the first steps" : `generating: ${25 * quarters} % of the steps done`;
  });
}
