import { type RefObject, useEffect, useRef, useState } from "react";
import { seek } from "../../state/focus.ts";
import { setSession, useSession } from "../../state/session.ts";
import { FilmStrip } from "./FilmStrip.tsx";
import { Player } from "./Player.tsx";
import css from "./Timeline.module.css";
import { shifted, timeAt, zoomed } from "./timeline_scale.ts";
import { type Dragging, WindowGrips } from "./WindowGrips.tsx";
import { changeWindow, useWindow } from "./window.ts";

/** The clip as a strip of frames: its cuts, the window with its handles, the frames the encoder saw, and the player. */
export function Timeline() {
  const clip = useSession((session) => session.clip);
  const url = useSession((session) => session.clipUrl);
  const encoded = useSession((session) => session.encoded);
  const survey = useSession((session) => session.survey);
  const zoom = useSession((session) => session.zoom);
  const set = useWindow(clip);
  const [dragging, setDragging] = useState<Dragging | null>(null);
  const strip = useRef<HTMLDivElement>(null);
  const durationS = clip?.durationS ?? 1;
  const view = zoom ?? { fromS: 0, toS: durationS };
  const { startS, endS } = dragging?.span ?? set;
  const zoomBy = (factor: number, aboutS: number) => setSession({ zoom: zoomed(view, factor, aboutS, durationS) });
  useWheel(strip, (share, delta, near) => {
    if (near) zoomBy(2 ** (-delta / 200), timeAt(view, share));
    else if (zoom) setSession({ zoom: shifted(zoom, (delta / 1000) * (zoom.toS - zoom.fromS), durationS) });
  });
  return (
    <section className={css.timeline} aria-label="Timeline">
      <Player url={url} zeroS={clip?.playerStartS ?? 0} encoded={encoded} strip={strip} view={view} />
      <div className={css.strip} ref={strip} data-testid="strip">
        <FilmStrip view={view} span={{ startS, endS }} />
        {clip && (
          <WindowGrips
            clip={clip}
            view={view}
            strip={strip}
            span={set}
            cutsS={survey?.cutsS ?? []}
            dragging={dragging}
            onDrag={setDragging}
            onDrop={(grip, span) => changeWindow(clip, grip, span)}
            onSeek={seek}
          />
        )}
        <div className={css.playhead} data-playhead hidden />
      </div>
      <div className={css.time}>
        <output>
          {startS.toFixed(2)} – {endS.toFixed(2)} s
          <br />
          of {durationS.toFixed(2)} s
        </output>
        {clip && (
          <span className={css.zoom}>
            <button
              type="button"
              aria-label="Show less of the clip"
              title="Zoom in (Ctrl and wheel)"
              onClick={() => zoomBy(2, (startS + endS) / 2)}
            >
              +
            </button>
            <button
              type="button"
              aria-label="Show more of the clip"
              title="Zoom out (Ctrl and wheel)"
              disabled={zoom === null}
              onClick={() => zoomBy(0.5, (startS + endS) / 2)}
            >
              −
            </button>
          </span>
        )}
      </div>
    </section>
  );
}

/** Wheel over the strip: where (0 to 1), by how much, and whether it is to zoom. React's own listener could not keep the page from scrolling. */
function useWheel(
  strip: RefObject<HTMLDivElement | null>,
  onWheel: (share: number, delta: number, near: boolean) => void,
): void {
  const handler = useRef(onWheel);
  handler.current = onWheel;
  useEffect(() => {
    const element = strip.current;
    if (!element) return;
    const listen = (event: WheelEvent) => {
      const near = event.ctrlKey || event.metaKey;
      if (!near && useSession.getState().zoom === null) return;
      event.preventDefault();
      const box = element.getBoundingClientRect();
      handler.current((event.clientX - box.left) / box.width, event.deltaY || event.deltaX, near);
    };
    element.addEventListener("wheel", listen, { passive: false });
    return () => element.removeEventListener("wheel", listen);
  }, [strip]);
}
