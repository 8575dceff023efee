import { short } from "../../figure/scale.ts";
import { warmEncoder } from "../../state/explore/explore.ts";
import { useBrought } from "../../state/features.ts";
import { putMaskAway } from "../../state/mask/mask.ts";
import { useSession } from "../../state/session.ts";
import { type Settings, setSettings, TAU_RANGE, usePicked, useSettings } from "../../state/settings.ts";
import { trainDataOf } from "../../state/train/data.ts";
import { heldCount, recipeOf } from "../../state/train/recipe.ts";
import { secondsPerStep as paceOf, useTraining } from "../../state/train/store.ts";
import { timedLike } from "../../state/train/timed.ts";
import { compareLosses, sweepTau, TRAIN_TAUS } from "../../state/train/train.ts";
import {
  LOSS_KINDS,
  LOSSES,
  maskParts,
  OPTIMIZER_NAMES,
  OPTIMIZERS,
  RATE_DECAY_NAMES,
  RATE_DECAYS,
  RECIPE_RANGES,
  type TrainInput,
  takesFlips,
} from "../../worker/protocol.ts";
import { SamplingSection } from "../clip/SamplingSection.tsx";
import { Button, Check, Choice, NumberField, Section, Slider } from "../controls/controls.tsx";
import rail from "../controls/Rail.module.css";
import { ScaleChoice, useTauByFrame } from "../controls/shared_sections.tsx";
import { HiddenFields } from "./HiddenFields.tsx";
import { LearnsSection } from "./LearnsSection.tsx";
import { LossNumbers } from "./LossNumbers.tsx";
import { TrainExports } from "./TrainExports.tsx";
import { duration, inputName, megabytes } from "./words.ts";

const CHOICES = LOSS_KINDS.map((kind) => [kind, LOSSES[kind].name] as const);
const OPTIMIZER_CHOICES = OPTIMIZER_NAMES.map((name) => [name, OPTIMIZERS[name]] as const);
const RATE_CHOICES = RATE_DECAY_NAMES.map((name) => [name, RATE_DECAYS[name]] as const);
const HELD = [
  ["half", "last half"],
  ["quarter", "last quarter"],
  ["none", "nothing"],
] as const;

type NumberSetting = Extract<
  keyof typeof RECIPE_RANGES,
  "lambda" | "learningRate" | "muonRate" | "warmup" | "steps" | "seed" | "windows" | "windowFrames"
>;

/** A recipe's number, over the range that a link may carry. */
function RecipeNumber({
  name,
  label,
  step,
}: {
  readonly name: NumberSetting;
  readonly label: string;
  readonly step: number;
}) {
  const value = useSettings((settings) => settings[name]);
  const [min, max] = RECIPE_RANGES[name];
  const take = (typed: number) =>
    setSettings({ [name]: step === 1 ? Math.round(typed) : typed } satisfies Partial<Settings>);
  return <NumberField label={label} value={value} min={min} max={max} step={step} onChange={take} />;
}

/** Train's controls: the recipe, the projector, the batch, and what all of it would take. */
export function TrainRail() {
  const { learningRate, optimizer } = usePicked("learningRate", "optimizer");
  return (
    <>
      <LearnsSection />
      <Section title="Recipe">
        <InputChoice />
        <LossControls />
        <Choice
          label="Linear layers by"
          value={optimizer}
          options={OPTIMIZER_CHOICES}
          onChange={(value) => setSettings({ optimizer: value })}
        />
        <RecipeNumber name="learningRate" label="Learning rate" step={0.0001} />
        {optimizer === "muon" && <RecipeNumber name="muonRate" label="Muon's rate" step={0.0001} />}
        {learningRate >= 0.03 && (
          <p className={rail.hint}>
            AdamW moves every weight by about this much a step: from 0.03 on the projector overshoots and may end in
            NaN. The last good state would be kept.
          </p>
        )}
        <RecipeNumber name="steps" label="Steps" step={1} />
        <RecipeNumber name="seed" label="Seed" step={1} />
        <Estimate />
      </Section>
      <Section title="One click, several runs">
        <PlanButtons />
        <p className={rail.hint}>Same seed, one after another; τ over {TRAIN_TAUS.map(short).join(", ")}.</p>
      </Section>
      <BatchSection />
      <Section title="Show">
        <ShownTau />
        <ScaleChoice />
      </Section>
      <SamplingSection title="Teacher, and what both see" />
      <TrainExports />
    </>
  );
}

function PlanButtons() {
  const waits = useTraining(({ busy, plan }) => busy !== null || plan !== null);
  return (
    <div className={rail.row}>
      <Button waits={waits} onClick={compareLosses}>
        Compare all losses
      </Button>
      <Button waits={waits} onClick={sweepTau}>
        Sweep τ
      </Button>
    </div>
  );
}

/** What the student learns from, once the user has brought features: the paper's projector learns from a model's, not from pixels. */
function InputChoice() {
  const trainInput = useSettings((settings) => settings.trainInput);
  const brought = useBrought((state) => state.layers);
  if (brought.length === 0 && trainInput === "patches") return null;
  const ids = [...new Set<TrainInput>(["patches", ...brought, trainInput])];
  return (
    <Choice
      label="Student learns from"
      value={trainInput}
      options={ids.map((id) => [id, inputName(id)] as const)}
      onChange={(value) => setSettings({ trainInput: value })}
    />
  );
}

function LossControls() {
  const { loss, lossTau, rho, margin, mask } = usePicked("loss", "lossTau", "rho", "margin", "mask");
  return (
    <>
      <Choice label="Loss" value={loss} options={CHOICES} onChange={(value) => setSettings({ loss: value })} />
      <LossNumbers
        loss={loss}
        values={{ tau: lossTau, rho, margin }}
        ids={{ tau: "loss-tau", rho: "rho", margin: "margin" }}
        tauLabel={
          <>
            <i>τ</i> of the loss
          </>
        }
        insteadOfRho={
          mask !== "" && (
            <p className={rail.hint}>
              The tokens of your mask “{maskParts(mask).name}” are asked, whatever <i>ρ</i> is.{" "}
              <Button onClick={putMaskAway}>Put it away</Button>
            </p>
          )
        }
        onChange={({ tau, ...others }) => setSettings(tau === undefined ? others : { ...others, lossTau: tau })}
      />
    </>
  );
}

function Estimate() {
  const { estimate, refusal, runs } = useTraining();
  const settings = useSettings();
  const clip = useSession((session) => session.clip);
  const encoded = useSession((session) => session.encoded);
  if (refusal) return <p className={rail.hint}>{refusal}</p>;
  if (!estimate) return null;
  const { parameters, bytes, secondsPerStep } = estimate;
  const data = trainDataOf(settings, { clip, encoded });
  // Better than what the adapter's speed promises.
  const timed = data && timedLike(runs, recipeOf(settings, data.grid.F), data);
  const pace = (timed && paceOf(timed)) ?? secondsPerStep;
  return (
    <p className={rail.hint} data-testid="estimate">
      Would take about {duration(pace * settings.steps)} and {megabytes(bytes)} of GPU memory:{" "}
      {(parameters / 1e6).toFixed(2)} million weights, {duration(pace)} a step{" "}
      {timed ? "as in the last such run" : "by the adapter's speed; the first steps take longer"}.
    </p>
  );
}

function BatchSection() {
  const { hidden, flips, held, loss } = usePicked("hidden", "flips", "held", "loss");
  const F = useSession((session) => session.encoded?.grid.F);
  const count = F === undefined ? 0 : heldCount(held, F);
  return (
    <Section title="Projector and batch" onReach={warmEncoder}>
      <HiddenFields hidden={hidden} onChange={(sizes) => setSettings({ hidden: sizes })} />
      <RateSchedule />
      <RecipeNumber name="windows" label="Windows" step={1} />
      <RecipeNumber name="windowFrames" label="Frames each" step={1} />
      {takesFlips(loss) ? (
        <Check label="Mirror half of them" checked={flips} onChange={(on) => setSettings({ flips: on })} />
      ) : (
        <p className={rail.hint}>
          Windows are not mirrored: a mirrored clip has other features, and they are what {LOSSES[loss].name} is after.
        </p>
      )}
      <RecipeNumber name="lambda" label="λ" step={0.1} />
      <Choice label="Hold back" value={held} options={HELD} onChange={(value) => setSettings({ held: value })} />
      {F !== undefined && (
        <p className={rail.hint}>
          λ weighs the loss as in the paper; alone here, it scales the gradient. Windows: stretches of the clip of a
          step. Hold back: frames kept for judging. Trains on frames 0–{F - count - 1}
          {count > 0 ? `, never sees ${F - count}–${F - 1}` : ""}. Frames each: 0 takes them all.
        </p>
      )}
    </Section>
  );
}

/** How the rates go over a run. */
function RateSchedule() {
  const rateDecay = useSettings((settings) => settings.rateDecay);
  return (
    <>
      <RecipeNumber name="warmup" label="Warm-up steps" step={1} />
      <Choice
        label="Then the rates"
        value={rateDecay}
        options={RATE_CHOICES}
        onChange={(value) => setSettings({ rateDecay: value })}
      />
    </>
  );
}

function ShownTau() {
  const tau = useSettings((settings) => settings.tau);
  if (useTauByFrame()) return null;
  return (
    <Slider
      id="tau"
      label={
        <>
          heatmaps at <i>τ</i>
        </>
      }
      value={tau}
      {...TAU_RANGE}
      log
      ticks={[0.01, 0.1, 1]}
      format={short}
      onChange={(value) => setSettings({ tau: value })}
    />
  );
}
