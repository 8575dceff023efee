import { warmEncoder } from "../../state/explore/explore.ts";
import { chooseEncoder, chooseToken } from "../../state/sampling.ts";
import { useSession } from "../../state/session.ts";
import { setSettings, usePicked } from "../../state/settings.ts";
import {
  CLIP_LIMITS,
  ENCODER_IDS,
  ENCODERS,
  type FixedInput,
  fixedInput,
  STUDENT_IDS,
  type TokenSize,
} from "../../worker/protocol.ts";
import { Choice, NumberField, Section } from "../controls/controls.tsx";
import css from "../controls/Rail.module.css";

const TEACHERS = ENCODER_IDS.map((id) => [id, ENCODERS[id].name] as const);
export const STUDENTS = STUDENT_IDS.map((id) => [id, ENCODERS[id].name] as const);
export const TOKENS: readonly (readonly [TokenSize, string])[] = [
  [16, "16 px"],
  [8, "8 px"],
];

/** "16 frames of 64×64 px in tokens of 8 px" */
export const fixedWords = ({ frames, size, token }: FixedInput) =>
  `${frames} frames of ${size.width}×${size.height} px in tokens of ${token} px`;

interface SamplingSectionProps {
  readonly title?: string;
  /** Instead of those of Explore's encoder. */
  readonly notices?: readonly string[] | undefined;
}

/** Which encoder sees which frames of the clip, and in how fine tokens. */
export function SamplingSection({ title = "What the encoder sees", notices }: SamplingSectionProps) {
  const { encoder, studentEncoder, token, frames, startS, lengthS } = usePicked(
    "encoder",
    "studentEncoder",
    "token",
    "frames",
    "startS",
    "lengthS",
  );
  const [fixed, studentFixed] = [fixedInput(encoder), fixedInput(studentEncoder)];
  const duration = useSession((session) => session.clip?.durationS ?? CLIP_LIMITS.maxWindowS);
  const encoded = useSession((session) => session.encoded);
  const longest = Math.min(duration, CLIP_LIMITS.maxWindowS);
  const round = (seconds: number) => Number(seconds.toFixed(3));

  return (
    <Section title={title} onReach={warmEncoder}>
      <Choice label="Encoder" value={encoder} options={TEACHERS} onChange={chooseEncoder} />
      {fixed ? (
        <p className={css.hint}>It takes one input only: {fixedWords(fixed)}.</p>
      ) : (
        <Choice label="Token" value={token} options={TOKENS} onChange={chooseToken} />
      )}
      {!fixed && studentFixed && (
        <p className={css.hint}>{studentFixed.frames} frames, as Compare’s student takes no other number.</p>
      )}
      {!fixed && !studentFixed && (
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
      <NumberField
        label="Length, s"
        value={round(lengthS || longest)}
        min={0.1}
        max={round(longest)}
        step={0.1}
        // The whole clip is the default and needs no place in the link.
        onChange={(value) => setSettings({ lengthS: value >= round(longest) ? 0 : value })}
      />
      {(notices ?? encoded?.notices)?.map((notice) => (
        <p key={notice} className={css.hint}>
          {notice}
        </p>
      ))}
    </Section>
  );
}
