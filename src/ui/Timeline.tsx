import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from "react";
import { setPlayback, usePlayback } from "../state/playback.ts";
import { useSession } from "../state/session.ts";
import { setSettings, useSettings } from "../state/settings.ts";
import { CLIP_LIMITS } from "../worker/protocol.ts";
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
  const { startS, lengthS } = useSettings();
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
      <Player
        url={url}
        frameTimes={encoded?.frames.map(({ timeS }) => timeS) ?? []}
        strip={strip}
        duration={duration}
      />
      <div className={css.strip} ref={strip}>
        <div className={css.frames}>
          {thumbnails?.images.map((image, i) => (
            <Thumbnail key={thumbnails.timesS[i]} image={image} left={`${(100 * i) / thumbnails.images.length}%`} />
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

interface PlayerProps {
  readonly url: string | null;
  readonly frameTimes: readonly number[];
  readonly strip: React.RefObject<HTMLDivElement | null>;
  readonly duration: number;
}

/** The clip itself, small, playing over the window the encoder saw; the playhead moves by transform, without a render. */
function Player({ url, frameTimes, strip, duration }: PlayerProps) {
  const video = useRef<HTMLVideoElement>(null);
  const playing = usePlayback((state) => state.playing);
  const { startS, lengthS } = useSettings();
  const endS = lengthS ? startS + lengthS : Math.min(duration, startS + CLIP_LIMITS.maxWindowS);

  const toggle = () => setPlayback({ playing: !usePlayback.getState().playing });

  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.key !== " " || target.closest("input, select, button, a, summary, [popover]")) return;
      event.preventDefault();
      setPlayback({ playing: !usePlayback.getState().playing });
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);

  useEffect(() => {
    const element = video.current;
    const playhead = strip.current?.querySelector<HTMLElement>("[data-playhead]");
    if (!element || !playhead || !strip.current) return;
    if (!playing) {
      element.pause();
      playhead.hidden = true;
      return;
    }
    element.currentTime = startS;
    void element.play().catch(() => setPlayback({ playing: false }));
    playhead.hidden = false;
    const width = strip.current.clientWidth;
    let handle = 0;
    const tick = () => {
      if (element.currentTime >= endS || element.ended) {
        element.currentTime = startS;
        if (element.paused) void element.play();
      }
      playhead.style.transform = `translateX(${(element.currentTime / duration) * width}px)`;
      const frame = frameTimes.findLastIndex((time) => time <= element.currentTime + 1e-3);
      if (frame >= 0 && frame !== usePlayback.getState().frame) setPlayback({ frame });
      handle = requestAnimationFrame(tick);
    };
    handle = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(handle);
  }, [playing, startS, endS, duration, frameTimes, strip]);

  return (
    <div className={css.monitor}>
      <button
        type="button"
        className={css.play}
        aria-label={playing ? "Pause" : "Play"}
        disabled={!url}
        onClick={toggle}
      >
        {playing ? "❚❚" : "▶"}
      </button>
      {url && <video ref={video} src={url} muted playsInline preload="auto" aria-label="The clip" />}
    </div>
  );
}
