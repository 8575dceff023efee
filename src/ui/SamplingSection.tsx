import { warmEncoder } from "../state/explore.ts";
import { useSession } from "../state/session.ts";
import { setSettings, useSettings } from "../state/settings.ts";
import { CLIP_LIMITS, type EncoderId, type TokenRef, type TokenSize } from "../worker/protocol.ts";
import { Choice, NumberField, Section } from "./controls.tsx";
import css from "./Rail.module.css";

export const ENCODERS: readonly (readonly [EncoderId, string])[] = [
  ["xfeat", "XFeat"],
  ["raw-patches", "raw patches"],
];
export const TOKENS: readonly (readonly [TokenSize, string])[] = [
  [16, "16 px"],
  [8, "8 px"],
];

/** Which encoder sees which frames of the clip, and in how fine tokens. */
export function SamplingSection({ title = "What the encoder sees" }: { readonly title?: string }) {
  const { encoder, token, frames, startS, lengthS, queries } = useSettings();
  const duration = useSession((session) => session.clip?.durationS ?? CLIP_LIMITS.maxWindowS);
  const encoded = useSession((session) => session.encoded);
  const longest = Math.min(duration, CLIP_LIMITS.maxWindowS);
  const round = (seconds: number) => Number(seconds.toFixed(3));

  const changeToken = (next: TokenSize) => {
    // The queries stay on the pixels they were on.
    const scale = (n: number) => Math.floor(((n + 0.5) * token) / next);
    setSettings({ token: next, queries: queries.map(([f, row, col]): TokenRef => [f, scale(row), scale(col)]) });
  };
  return (
    <Section title={title} onReach={warmEncoder}>
      <Choice
        label="Encoder"
        value={encoder}
        options={ENCODERS}
        onChange={(value) => setSettings({ encoder: value })}
      />
      <Choice label="Token" value={token} options={TOKENS} onChange={changeToken} />
      <NumberField
        label="Frames"
        value={frames}
        min={CLIP_LIMITS.minFrames}
        max={CLIP_LIMITS.maxFrames}
        step={1}
        onChange={(value) => setSettings({ frames: Math.round(value) })}
      />
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
      {encoded?.notices.map((notice) => (
        <p key={notice} className={css.hint}>
          {notice}
        </p>
      ))}
    </Section>
  );
}
