import { useState } from "react";
import { type Asking, acceptModel, answer, dropAsking } from "../../state/models.ts";
import { isClipLayout, LAYOUTS, type Layout, RANGES, type Range } from "../../worker/protocol.ts";
import { Button, Check, Choice, NumberField } from "../controls/controls.tsx";
import css from "./FeaturesDialog.module.css";
import { useQuestion } from "./question.ts";

const LAYOUT_NAMES: Readonly<Record<Layout, string>> = {
  NCHW: "one frame: colours, rows, columns",
  NHWC: "one frame: rows, columns, colours",
  NTCHW: "a clip: frames, colours, rows, columns",
  NCTHW: "a clip: colours, frames, rows, columns",
  NTHWC: "a clip: frames, rows, columns, colours",
};

const RANGE_NAMES: Readonly<Record<Range, string>> = {
  "0..1": "0 to 1",
  "-1..1": "−1 to 1",
  "0..255": "0 to 255",
  imagenet: "ImageNet's mean and deviation",
};

/** Asks how frames go into a model and tokens come out, with a guess in every field; each answer is tried at once. */
export function ModelDialog({ asking }: { readonly asking: Asking }) {
  const [keep, setKeep] = useState(false);
  const { model, spec, tried } = asking;
  const clip = isClipLayout(spec.layout);
  const { dialog, onClose, accept, close } = useQuestion(() => void acceptModel(keep), dropAsking);
  return (
    <dialog ref={dialog} className={css.dialog} aria-labelledby="model-title" onClose={onClose}>
      <h2 id="model-title">How “{model.name}” takes frames</h2>
      <p>Its input is {model.input}. The rest is a guess: correct what you know better, and it is tried again.</p>
      <Choice
        label="Input"
        value={spec.layout}
        options={LAYOUTS.filter((one) => isClipLayout(one) === clip).map((one) => [one, LAYOUT_NAMES[one]] as const)}
        onChange={(layout) => answer({ layout })}
      />
      <Choice
        label="Values"
        value={spec.range}
        options={RANGES.map((one) => [one, RANGE_NAMES[one]] as const)}
        onChange={(range) => answer({ range })}
      />
      {!model.fixed.size && (
        <>
          <Whole label="Height, px" value={spec.height} max={2048} onChange={(height) => answer({ height })} />
          <Whole label="Width, px" value={spec.width} max={2048} onChange={(width) => answer({ width })} />
        </>
      )}
      {clip && !model.fixed.frames && (
        <Whole label="Frames" value={spec.frames} max={128} onChange={(frames) => answer({ frames })} />
      )}
      <Whole label="Patch, px" value={spec.patch} max={512} onChange={(patch) => answer({ patch })} />
      {clip && (
        <Whole label="Frames a token" value={spec.tubelet} max={16} onChange={(tubelet) => answer({ tubelet })} />
      )}
      <Whole label="Tokens in front" value={spec.skip} min={0} max={64} onChange={(skip) => answer({ skip })} />
      {model.outputs.length > 1 && (
        <Choice
          label="Output"
          value={spec.output}
          options={model.outputs.map((name) => [name, name] as const)}
          onChange={(output) => answer({ output })}
        />
      )}
      <p role="status" data-tried={tried?.id ? "yes" : asking.problem ? "no" : "running"}>
        {words(asking)}
      </p>
      <Check
        label={`Keep it in this browser (${(model.bytes / 1e6).toFixed(1)} MB)`}
        checked={keep}
        onChange={setKeep}
      />
      <div className={css.actions}>
        {tried?.id && (
          <Button primary onClick={accept}>
            Use it
          </Button>
        )}
        <Button onClick={close}>Leave it</Button>
      </div>
    </dialog>
  );
}

function words({ tried, problem, spec }: Asking): string {
  if (problem !== null) return `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`;
  if (!tried?.grid) return "Trying it …";
  const { H, W, C } = tried.grid;
  const frames = isClipLayout(spec.layout) ? `${spec.frames} frames` : "One frame";
  return `${frames} gave [${tried.shape.join(", ")}]: ${H}×${W} tokens of ${C} channels, in ${(tried.ms / 1000).toFixed(1)} s on ${tried.provider === "wasm" ? "the CPU" : "the GPU"}.`;
}

interface WholeProps {
  readonly label: string;
  readonly value: number;
  readonly min?: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
}

function Whole({ label, value, min = 1, max, onChange }: WholeProps) {
  return (
    <NumberField
      label={label}
      value={value}
      min={min}
      max={max}
      step={1}
      onChange={(next) => onChange(Math.round(next))}
    />
  );
}
