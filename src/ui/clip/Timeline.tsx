import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { useSession } from "../../state/session.ts";
import { setSettings, usePicked } from "../../state/settings.ts";
import { CLIP_LIMITS } from "../../worker/protocol.ts";
import { Player } from "./Player.tsx";
import { Thumbnail } from "./Thumbnail.tsx";
import css from "./Timeline.module.css";

/** The shortest window that handles can make. */
const MIN_LENGTH_S = 0.2;

/** The clip as a strip of frames: the window with its handles, the frames the encoder saw, and the player. */
export function Timeline() {
  const clip = useSession((session) => session.clip);
  const url = useSession((session) => session.clipUrl);
  const thumbnails = useSession((session) => session.thumbnails);
  const encoded = useSession((session) => session.encoded);
  const { startS, lengthS } = usePicked("startS", "lengthS");
  const duration = clip?.durationS ?? 1;
  const endS = Math.min(duration, startS + (lengthS || Math.min(duration, CLIP_LIMITS.maxWindowS)));
  const strip = useRef<HTMLDivElement>(null);
  const percent = (seconds: number) => `${(Math.min(Math.max(seconds / duration, 0), 1) * 100).toFixed(3)}%`;

  const changeWindow = (from: number, to: number) => {
    const start = Math.min(Math.max(0, from), duration - MIN_LENGTH_S);
    const length = Math.min(Math.max(to - start, MIN_LENGTH_S), duration - start, CLIP_LIMITS.maxWindowS);
    const whole = start === 0 && length >= Math.min(duration, CLIP_LIMITS.maxWindowS) - 1e-3;
    setSettings({ startS: Number(start.toFixed(3)), lengthS: whole ? 0 : Number(length.toFixed(3)) });
  };

  return (
    <section className={css.timeline} aria-label="Timeline">
      <Player url={url} zeroS={clip?.playerStartS ?? 0} encoded={encoded} strip={strip} duration={duration} />
      <div className={css.strip} ref={strip}>
        <div className={css.frames}>
          {thumbnails?.images.map((image, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a place in the strip; a short clip shows a frame in several
            <Thumbnail key={i} image={image} left={`${(100 * i) / thumbnails.images.length}%`} />
          ))}
        </div>
        <div className={css.outside} style={{ left: 0, width: percent(startS) }} />
        <div className={css.outside} style={{ left: percent(endS), right: 0 }} />
        {clip && (
          <>
            <Handle
              name="Window start"
              strip={strip}
              value={startS}
              duration={duration}
              onChange={(s) => changeWindow(s, endS)}
            />
            <Handle
              name="Window end"
              strip={strip}
              value={endS}
              duration={duration}
              onChange={(s) => changeWindow(startS, s)}
            />
          </>
        )}
        {encoded?.frames.map(({ index, timeS }) => (
          <span
            key={index}
            className={css.mark}
            style={{ left: percent(timeS) }}
            title={`frame ${index}, ${timeS.toFixed(3)} s`}
          />
        ))}
        <div className={css.playhead} data-playhead hidden />
      </div>
      <div className={css.time}>
        {startS.toFixed(2)} – {endS.toFixed(2)} s
        <br />
        of {duration.toFixed(2)} s
      </div>
    </section>
  );
}

interface HandleProps {
  readonly name: string;
  readonly strip: React.RefObject<HTMLDivElement | null>;
  readonly value: number;
  readonly duration: number;
  readonly onChange: (seconds: number) => void;
}

/** One end of the window: a slider by pointer and by arrow keys. Dragging shows where it is; letting go encodes. */
function Handle({ name, strip, value, duration, onChange }: HandleProps) {
  const dragged = useRef<number>(null);
  const left = `${(Math.min(value / duration, 1) * 100).toFixed(3)}%`;
  const drag = (event: PointerEvent<HTMLButtonElement>) => {
    if (dragged.current === null || !strip.current) return;
    const box = strip.current.getBoundingClientRect();
    dragged.current = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * duration;
    event.currentTarget.style.left = `${(dragged.current / duration) * 100}%`;
  };
  const drop = () => {
    if (dragged.current !== null && Math.abs(dragged.current - value) > 1e-3) onChange(dragged.current);
    dragged.current = null;
  };
  const key = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -0.1, ArrowRight: 0.1, PageDown: -1, PageUp: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onChange(Math.min(Math.max(value + step, 0), duration));
  };
  return (
    <button
      type="button"
      role="slider"
      className={css.handle}
      style={{ left }}
      aria-label={name}
      aria-valuemin={0}
      aria-valuemax={duration}
      aria-valuenow={Number(value.toFixed(3))}
      aria-valuetext={`${value.toFixed(2)} seconds`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        dragged.current = value;
      }}
      onPointerMove={drag}
      onPointerUp={drop}
      onKeyDown={key}
    />
  );
}
