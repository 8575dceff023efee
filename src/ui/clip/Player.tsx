import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { playFrom, setPlayback, stayAt, usePlayback } from "../../state/playback.ts";
import { useSession } from "../../state/session.ts";
import type { ClipPart, Encoded } from "../../worker/protocol.ts";
import { isPageSpace } from "../page/keys.ts";
import css from "./Timeline.module.css";
import { placeOf } from "./timeline_scale.ts";
import { useWindow } from "./window.ts";

interface PlayerProps {
  /** null: there is no file to play, only the encoded frames. */
  readonly url: string | null;
  /** When the file's player shows the clip's first frame, in seconds of its own clock. */
  readonly zeroS: number;
  readonly encoded: Encoded | null;
  readonly strip: RefObject<HTMLDivElement | null>;
  /** The part of the clip that the strip shows. */
  readonly view: ClipPart;
}

/** What a player goes by: a video's own time, or the wall clock's where there are only frames. */
interface Clock {
  /** Seconds from the clip's first frame. */
  now(): number;
  /** The time of the picture that is on the screen: a video that is short of breath, or of pictures, shows an older one. */
  shown(): number;
  play(fromS: number): void;
  /** @param speed seconds of the clip in a second */
  pace(speed: number): void;
  pause(): void;
}

function videoClock(element: HTMLVideoElement, zeroS: number): Clock {
  let shownS: number | undefined;
  let callback = 0;
  const watch = () => {
    callback = element.requestVideoFrameCallback((_, { mediaTime }) => {
      shownS = mediaTime;
      watch();
    });
  };
  // Older browsers do not say which picture they show.
  if ("requestVideoFrameCallback" in element) watch();
  return {
    // A file that has ended is where a loop begins again.
    now: () => (element.ended ? Number.POSITIVE_INFINITY : element.currentTime - zeroS),
    shown: () => (shownS ?? element.currentTime) - zeroS,
    play(fromS) {
      element.currentTime = fromS + zeroS;
      if (element.paused) void element.play().catch(() => setPlayback({ playing: false }));
    },
    pace(speed) {
      element.playbackRate = speed;
    },
    pause() {
      if (callback !== 0) element.cancelVideoFrameCallback(callback);
      element.pause();
    },
  };
}

function wallClock(): Clock {
  let zero = 0;
  let pace = 1;
  const now = () => ((performance.now() - zero) / 1000) * pace;
  const play = (fromS: number) => {
    zero = performance.now() - (1000 * fromS) / pace;
  };
  return {
    now,
    shown: now,
    play,
    pace(speed) {
      const at = now();
      pace = speed;
      play(at);
    },
    pause() {},
  };
}

/** The clip itself, small, playing over the window the encoder saw; the playhead moves by transform, without a render. */
export function Player({ url: given, zeroS, encoded, strip, view }: PlayerProps) {
  const video = useRef<HTMLVideoElement>(null);
  /** The file that the browser decodes for us but does not play, as one that was cut within a group of pictures. */
  const [unplayable, setUnplayable] = useState<string | null>(null);
  const url = given === unplayable ? null : given;
  const playing = usePlayback((state) => state.playing);
  const seekS = usePlayback((state) => state.seekS);
  const { startS, endS } = useWindow(useSession((session) => session.clip));
  const { fromS, toS } = view;
  const frameTimes = useMemo(() => encoded?.frames.map(({ timeS }) => timeS) ?? [], [encoded]);
  // The strip may be zoomed, and frames come, while the clip plays on.
  const seen = useRef({ view, frameTimes });
  seen.current = { view, frameTimes };

  const toggle = () => setPlayback({ playing: !usePlayback.getState().playing });

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!isPageSpace(event)) return;
      event.preventDefault();
      setPlayback({ playing: !usePlayback.getState().playing });
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);

  useEffect(() => {
    const playhead = strip.current?.querySelector<HTMLElement>("[data-playhead]");
    if (!playing || !playhead || !strip.current || (url !== null && !video.current)) return;
    const clock = video.current ? videoClock(video.current, zeroS) : wallClock();
    clock.play(playFrom({ startS, endS }));
    clock.pace(usePlayback.getState().speed);
    const paced = usePlayback.subscribe(({ speed }, before) => speed !== before.speed && clock.pace(speed));
    playhead.hidden = false;
    const width = strip.current.clientWidth;
    let handle = 0;
    const tick = () => {
      if (clock.now() >= endS) clock.play(startS);
      const time = clock.now();
      playhead.style.transform = `translateX(${placeOf(seen.current.view, time) * width}px)`;
      const frame = seen.current.frameTimes.findLastIndex((frameTime) => frameTime <= clock.shown() + 1e-3);
      if (frame >= 0 && frame !== usePlayback.getState().frame) setPlayback({ frame });
      handle = requestAnimationFrame(tick);
    };
    handle = requestAnimationFrame(tick);
    return () => {
      cancelAnimationFrame(handle);
      paced();
      stayAt(clock.shown());
      clock.pause();
      playhead.hidden = true;
    };
  }, [playing, url, zeroS, startS, endS, strip]);

  // Another window is shown from its start, and not where the one before was left.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the window is what this is about
  useEffect(() => setPlayback({ seekS: null }), [startS, endS, url]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: where the clip stopped is known since the effect above, and rendered later
  useEffect(() => {
    const playhead = strip.current?.querySelector<HTMLElement>("[data-playhead]");
    if (playing || !playhead || !strip.current) return;
    const { seekS: takenS } = usePlayback.getState();
    const atS = takenS ?? startS;
    if (video.current) video.current.currentTime = atS + zeroS;
    playhead.hidden = takenS === null;
    playhead.style.transform = `translateX(${placeOf({ fromS, toS }, atS) * strip.current.clientWidth}px)`;
  }, [playing, seekS, startS, zeroS, fromS, toS, strip]);

  return (
    <div className={css.monitor}>
      <button
        type="button"
        className={css.play}
        aria-label={playing ? "Pause" : "Play"}
        disabled={!url && !encoded}
        onClick={toggle}
      >
        {playing ? "❚❚" : "▶"}
      </button>
      {url !== null && (
        <video
          ref={video}
          src={url}
          muted
          playsInline
          preload="auto"
          aria-label="The clip"
          onError={() => setUnplayable(url)}
          onLoadedMetadata={({ currentTarget }) => currentTarget.videoWidth === 0 && setUnplayable(url)}
        />
      )}
      {url === null && encoded && <Frames images={encoded.images} />}
    </div>
  );
}

/** The encoded frame that is playing. */
function Frames({ images }: { readonly images: readonly ImageBitmap[] }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = usePlayback((state) => state.frame);
  const image = images[Math.min(frame, images.length - 1)];
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    // A bitmap that was closed since has size 0: its clip is on the way out.
    if (context && image.width > 0) context.drawImage(image, 0, 0);
  }, [image]);
  return <canvas ref={canvas} width={image.width} height={image.height} role="img" aria-label="The clip" />;
}
