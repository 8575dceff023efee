import { useState } from "react";
import { warmEncoder } from "../../state/explore/explore.ts";
import { spacingName, spacingWords } from "../../state/explore/spacing.ts";
import { chooseEncoder, chooseSpacing, chooseToken } from "../../state/sampling.ts";
import { useSession } from "../../state/session.ts";
import { setSettings, usePicked } from "../../state/settings.ts";
import {
  blocksOf,
  CLIP_LIMITS,
  ENCODER_IDS,
  type FixedInput,
  fixedInput,
  inNoise,
  isBroughtId,
  isTrainedId,
  type TokenSize,
  trainedSide,
} from "../../worker/protocol.ts";
import { Button, Choice, NumberField, Section } from "../controls/controls.tsx";
import css from "../controls/Rail.module.css";
import { pickModel, pickSafetensors } from "../files/picker.ts";
import { later } from "../later.tsx";
import { takes, useEncoderChoices, useKeptRuns } from "./encoder_choices.ts";
import { KeptModels } from "./KeptModels.tsx";
import { broughtWords, LayerSteps } from "./LayerSteps.tsx";
import { CutNote } from "./WindowNote.tsx";

const NoiseControls = later("the noise's controls", async () => (await import("./NoiseControls.tsx")).NoiseControls);

export const TOKENS: readonly (readonly [TokenSize, string])[] = [
  [16, "16 px"],
  [8, "8 px"],
];

/** "16 frames of 64×64 px in tokens of 8 px" */
export const fixedWords = ({ frames, size, token }: FixedInput) =>
  `${frames ?? "any number of"} frames of ${size.width}×${size.height} px in tokens of ${token} px`;

interface SamplingSectionProps {
  readonly title?: string;
  /** Instead of those of Explore's encoder. */
  readonly notices?: readonly string[] | undefined;
}

/** Even in time over the window, or counted off in the file. */
const SPACINGS = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30];

/** Which encoder sees which frames of the clip, and in how fine tokens. */
export function SamplingSection({ title = "What the encoder sees", notices }: SamplingSectionProps) {
  const { encoder, studentEncoder, token, frames, startS, lengthS, stride } = usePicked(
    "encoder",
    "studentEncoder",
    "token",
    "frames",
    "startS",
    "lengthS",
    "stride",
  );
  const choices = useEncoderChoices(ENCODER_IDS, encoder);
  const [reached, setReached] = useState(false);
  useKeptRuns(reached);
  const onReach = () => {
    setReached(true);
    warmEncoder();
  };
  const blocks = blocksOf(encoder);
  const [fixed, studentFixed] = [fixedInput(encoder), fixedInput(studentEncoder)];
  const dictates = fixed !== undefined && fixed.frames !== null;
  const studentDictates = studentFixed !== undefined && studentFixed.frames !== null && !isBroughtId(studentEncoder);
  const duration = useSession((session) => session.clip?.durationS ?? CLIP_LIMITS.maxWindowS);
  const encoded = useSession((session) => session.encoded);
  const longest = Math.min(duration, CLIP_LIMITS.maxWindowS);
  const round = (seconds: number) => Number(seconds.toFixed(3));

  const spacings = [...new Set([...SPACINGS, stride])].map((n) => [n, spacingName(n)] as const);
  const uneven = encoded && spacingWords(encoded.frames);
  return (
    <Section title={title} onReach={onReach}>
      <Choice
        label="Encoder"
        // A run's name says how it was trained.
        long={isTrainedId(encoder)}
        value={encoder}
        options={choices}
        onChange={takes(chooseEncoder)}
      />
      <LayerSteps encoder={encoder} onChange={chooseEncoder} />
      {isBroughtId(encoder) && <p className={css.hint}>{broughtWords(encoder)}</p>}
      <div className={css.row}>
        <Button onClick={pickSafetensors}>Your own features …</Button>
        <Button onClick={pickModel}>Your own model …</Button>
      </div>
      {fixed && !isBroughtId(encoder) && <p className={css.hint}>It takes one input only: {fixedWords(fixed)}.</p>}
      {isTrainedId(encoder) && blocks && (
        <NoiseControls
          id="encoder-noise-t"
          noising={trainedSide(encoder).noising}
          blocks={blocks}
          onChange={(change) => chooseEncoder(inNoise(encoder, change))}
        />
      )}
      {!fixed && <Choice label="Token" value={token} options={TOKENS} onChange={chooseToken} />}
      <KeptModels />
      {!dictates && studentDictates && (
        <p className={css.hint}>{studentFixed?.frames} frames, as Compare’s student takes no other number.</p>
      )}
      {!isBroughtId(encoder) && !dictates && !studentDictates && (
        <NumberField
          label="Frames"
          value={frames}
          min={CLIP_LIMITS.minFrames}
          max={CLIP_LIMITS.maxFrames}
          step={1}
          onChange={(value) => setSettings({ frames: Math.round(value) })}
        />
      )}
      <NumberField
        label="Start, s"
        value={round(startS)}
        min={0}
        max={round(Math.max(0, duration - 0.1))}
        step={0.1}
        onChange={(value) => setSettings({ startS: value })}
      />
      {stride === 0 && (
        <NumberField
          label="Length, s"
          value={round(lengthS || longest)}
          min={0.1}
          max={round(longest)}
          step={0.1}
          // The whole clip is the default and needs no place in the link.
          onChange={(value) => setSettings({ lengthS: value >= round(longest) ? 0 : value })}
        />
      )}
      {!isBroughtId(encoder) && <Choice label="Spacing" value={stride} options={spacings} onChange={chooseSpacing} />}
      {uneven && <p className={css.hint}>{uneven}</p>}
      <CutNote />
      {(notices ?? encoded?.notices)?.map((notice) => (
        <p key={notice} className={css.hint}>
          {notice}
        </p>
      ))}
    </Section>
  );
}
