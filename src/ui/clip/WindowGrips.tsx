import { type KeyboardEvent, type PointerEvent, type RefObject, useLayoutEffect, useRef } from "react";
import { setPlayback } from "../../state/playback.ts";
import { useSession } from "../../state/session.ts";
import { CLIP_LIMITS, type ClipInfo, type ClipPart } from "../../worker/protocol.ts";
import css from "./Timeline.module.css";
import { dragged, frameWords, type Grip, placeOf, type Span, snapped, timeAt } from "./timeline_scale.ts";
import { keyStepS } from "./window.ts";

/** What is under way while the pointer is down. */
export interface Dragging {
  readonly grip: Grip;
  readonly span: Span;
}

interface WindowGripsProps {
  readonly clip: ClipInfo;
  readonly view: ClipPart;
  readonly strip: RefObject<HTMLDivElement | null>;
  /** As it is set. */
  readonly span: Span;
  readonly cutsS: readonly number[];
  readonly dragging: Dragging | null;
  readonly onDrag: (dragging: Dragging | null) => void;
  readonly onDrop: (grip: Grip, span: Span) => void;
  readonly onSeek: (seconds: number) => void;
}

/** Pixels that a press may move and still be a click. */
const CLICK_PX = 4;

const NAMES: Readonly<Record<Grip, string>> = { whole: "Move the window", start: "Window start", end: "Window end" };

/**
 * The window's two ends and the window itself: sliders by pointer and by arrow keys, which step a frame. While one is dragged the strip,
 * the time and the picture under it follow; letting go encodes. A click between them seeks. Ends are taken to a cut that is near, unless
 * Alt is held.
 */
export function WindowGrips(props: WindowGripsProps) {
  const { clip, view, strip, span, cutsS, dragging, onDrag, onDrop, onSeek } = props;
  /** Where the pointer went down, and the window's start and time there; null: a press beside the window. */
  const press = useRef<{ x: number; atS: number; grip: Grip | null; moved: boolean } | null>(null);
  const shown = dragging?.span ?? span;
  const marks = [0, ...cutsS, clip.durationS];

  const timeOf = (event: PointerEvent) => {
    const box = strip.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    return { seconds: timeAt(view, (event.clientX - box.left) / box.width), width: box.width };
  };
  const limited = (grip: Grip, to: number) => dragged(span, grip, to, clip.durationS, CLIP_LIMITS.maxWindowS);

  const down = (grip: Grip | null) => (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    const { seconds } = timeOf(event);
    press.current = { x: event.clientX, atS: seconds, grip, moved: false };
    if (grip === null) onSeek(seconds);
  };
  const move = (event: PointerEvent<HTMLElement>) => {
    const { current } = press;
    if (!current) return;
    current.moved ||= Math.abs(event.clientX - current.x) >= CLICK_PX;
    if (!current.moved) return;
    const { seconds, width } = timeOf(event);
    const { grip } = current;
    if (grip === null) return onSeek(seconds);
    const free = grip === "whole" ? span.startS + seconds - current.atS : seconds;
    const next = limited(grip, event.altKey ? free : near(free, grip, width));
    onDrag({ grip, span: next });
    setPlayback({
      playing: false,
      seekS: grip === "end" ? Math.max(next.startS, next.endS - 1 / clip.framesPerSecond) : next.startS,
    });
  };
  /** A window that is moved is taken to a cut by either end. */
  const near = (to: number, grip: Grip, width: number) => {
    if (grip !== "whole") return snapped(view, width, to, marks);
    const start = snapped(view, width, to, marks);
    if (start !== to) return start;
    const length = span.endS - span.startS;
    return snapped(view, width, to + length, marks) - length;
  };
  const up = (event: PointerEvent<HTMLElement>) => {
    const { current } = press;
    press.current = null;
    if (current?.grip === "whole" && !current.moved) onSeek(timeOf(event).seconds);
    if (dragging && changed(dragging.span, span)) onDrop(dragging.grip, dragging.span);
    onDrag(null);
  };
  const cancel = () => {
    press.current = null;
    onDrag(null);
  };

  const key = (grip: Grip) => (event: KeyboardEvent) => {
    if (event.key === "Escape" && dragging) return cancel();
    const value = grip === "end" ? span.endS : span.startS;
    const to = keyTarget(event.key, event.shiftKey, value, keyStepS(grip, clip), marks);
    if (to === undefined) return;
    event.preventDefault();
    const next = limited(grip, to);
    if (changed(next, span)) onDrop(grip, next);
  };

  const handlers = (grip: Grip) => ({
    onPointerDown: down(grip),
    onPointerMove: move,
    onPointerUp: up,
    onPointerCancel: cancel,
    onKeyDown: key(grip),
  });
  const percent = (seconds: number) => `${(100 * placeOf(view, seconds)).toFixed(3)}%`;
  const slider = (grip: Grip) => {
    const value = grip === "end" ? shown.endS : shown.startS;
    const text = grip === "whole" ? `${words(shown.startS)} to ${words(shown.endS)}` : words(value);
    return {
      type: "button" as const,
      role: "slider",
      "aria-label": NAMES[grip],
      "aria-valuemin": 0,
      "aria-valuemax": clip.durationS,
      "aria-valuenow": Number(value.toFixed(3)),
      "aria-valuetext": text,
    };
  };
  const [left, right] = [placeOf(view, shown.startS), placeOf(view, shown.endS)];
  return (
    <>
      <div
        className={css.seek}
        aria-hidden="true"
        onPointerDown={down(null)}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={cancel}
      />
      <button
        {...slider("whole")}
        className={css.whole}
        style={{ left: percent(shown.startS), width: `${(100 * (right - left)).toFixed(3)}%` }}
        {...handlers("whole")}
      />
      {(["start", "end"] as const).map((grip) => (
        <button
          key={grip}
          {...slider(grip)}
          className={css.handle}
          style={{ left: percent(grip === "end" ? shown.endS : shown.startS) }}
          {...handlers(grip)}
        />
      ))}
      {dragging && <Preview dragging={dragging} clip={clip} view={view} cutsS={cutsS} />}
    </>
  );
}

const words = (seconds: number) => `${seconds.toFixed(2)} seconds`;

const changed = (a: Span, b: Span) => Math.abs(a.startS - b.startS) > 1e-4 || Math.abs(a.endS - b.endS) > 1e-4;

/** Where a key takes a grip: arrows by a step, with Shift by ten, pages by a second or a longer step, Home and End to the mark before and after. */
function keyTarget(
  key: string,
  shift: boolean,
  value: number,
  stepS: number,
  marks: readonly number[],
): number | undefined {
  const step = shift ? 10 * stepS : stepS;
  const page = Math.max(stepS, 1);
  if (key === "Home") return marks.findLast((mark) => mark < value - 1e-3);
  if (key === "End") return marks.find((mark) => mark > value + 1e-3);
  const by = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageDown: -page, PageUp: page }[
    key
  ];
  return by === undefined ? undefined : value + by;
}

interface PreviewProps {
  readonly dragging: Dragging;
  readonly clip: ClipInfo;
  readonly view: ClipPart;
  readonly cutsS: readonly number[];
}

/** The picture under the grip, when it is and which frame, above the strip. The player shows the exact frame. */
function Preview({ dragging: { grip, span }, clip, view, cutsS }: PreviewProps) {
  const thumbnails = useSession((session) => session.thumbnails);
  const canvas = useRef<HTMLCanvasElement>(null);
  const at = grip === "end" ? span.endS : span.startS;
  const times = thumbnails?.timesS ?? [];
  // The window ends before the frame at its end.
  const seenS = grip === "end" ? at - 1 / clip.framesPerSecond : at;
  const nearest = times.reduce((a, time, i) => (Math.abs(time - seenS) < Math.abs(times[a] - seenS) ? i : a), 0);
  const image = thumbnails?.images[nearest];
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context && image && image.width > 0) context.drawImage(image, 0, 0);
  }, [image]);
  const onCut = cutsS.some((cutS) => Math.abs(cutS - at) < 1e-6);
  return (
    <div
      className={css.preview}
      style={{ left: `${(100 * placeOf(view, at)).toFixed(3)}%` }}
      data-testid="drag-preview"
    >
      {image && <canvas ref={canvas} width={image.width} height={image.height} />}
      <span>
        {at.toFixed(2)} s · {frameWords(at, clip)}
        {onCut && " · cut"}
      </span>
    </div>
  );
}
