import { useLayoutEffect, useRef, useState } from "react";
import { useSession } from "../../state/session.ts";
import type { ClipPart } from "../../worker/protocol.ts";
import { Thumbnail } from "./Thumbnail.tsx";
import css from "./Timeline.module.css";
import { placeOf, type Span } from "./timeline_scale.ts";

interface FilmStripProps {
  readonly view: ClipPart;
  readonly span: Span;
}

/** The part of the clip in small pictures, what is outside the window dimmed, and the marks of cuts and of sampled frames. */
export function FilmStrip({ view, span }: FilmStripProps) {
  const encoded = useSession((session) => session.encoded);
  const cutsS = useSession((session) => session.survey?.cutsS);
  const percent = (seconds: number) => `${(100 * placeOf(view, seconds)).toFixed(3)}%`;
  const inView = (seconds: number) => seconds >= view.fromS - 1e-6 && seconds <= view.toS + 1e-6;
  return (
    <>
      <Pictures view={view} />
      <div className={css.outside} style={{ left: 0, width: percent(span.startS) }} />
      <div className={css.outside} style={{ left: percent(span.endS), right: 0 }} />
      {cutsS?.filter(inView).map((cutS) => (
        <span
          key={cutS}
          className={css.cut}
          data-cut
          style={{ left: percent(cutS) }}
          title={`cut at ${cutS.toFixed(3)} s`}
        />
      ))}
      {cutsS && cutsS.length > 0 && (
        <span className="visually-hidden">
          {cutsS.length + 1} shots, cut at {cutsS.map((cutS) => cutS.toFixed(2)).join(", ")} seconds
        </span>
      )}
      {encoded?.frames
        .filter(({ timeS }) => inView(timeS))
        .map(({ index, timeS }) => (
          <span
            key={index}
            className={css.mark}
            style={{ left: percent(timeS) }}
            title={`frame ${index}, ${timeS.toFixed(3)} s`}
          />
        ))}
    </>
  );
}

/** As many of the pictures as have room beside one another. */
function Pictures({ view }: { readonly view: ClipPart }) {
  const host = useRef<HTMLDivElement>(null);
  const [box, setBox] = useState({ width: 1, height: 56 });
  const thumbnails = useSession((session) => session.thumbnails);
  const duration = useSession((session) => session.clip?.durationS ?? 1);
  useLayoutEffect(() => {
    if (!host.current) return;
    const observer = new ResizeObserver(([{ contentRect }]) =>
      setBox({ width: contentRect.width, height: contentRect.height }),
    );
    observer.observe(host.current);
    return () => observer.disconnect();
  }, []);
  const images = thumbnails?.images ?? [];
  const { fromS, toS } = thumbnails?.part ?? { fromS: 0, toS: duration };
  const slotS = (toS - fromS) / Math.max(1, images.length);
  const slotPx = (slotS / (view.toS - view.fromS)) * box.width;
  const shape = images[0] ? images[0].width / images[0].height : 1;
  const every = Math.max(1, Math.round((shape * box.height) / slotPx));
  const left = (i: number) => (fromS + i * slotS - view.fromS) / (view.toS - view.fromS);
  return (
    <div className={css.frames} ref={host}>
      {images.map((image, i) =>
        i % every === 0 && left(i) < 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a place in the strip; a short clip shows a frame in several
          <Thumbnail key={i} image={image} left={`${100 * left(i)}%`} />
        ) : null,
      )}
    </div>
  );
}
