import { type KeyboardEvent, type PointerEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import {
  CLIP_ROW,
  COLOR_BAR_WIDTH,
  colorBarShapes,
  type FigureInput,
  type FigureLayout,
  frameShapes,
  heatShapes,
  layoutFigure,
  markerShapes,
  paneBox,
  rowLabel,
  rowTau,
  rowValues,
  tokenAt,
} from "../figure/explore_figure.ts";
import { short } from "../figure/scale.ts";
import { paint, type Shape } from "../figure/shapes.ts";
import { usePlayback } from "../state/playback.ts";
import { EntropySpark } from "./EntropySpark.tsx";
import { addQuery, handleFigureKey, moveQuery } from "./queries.ts";
import css from "./Stage.module.css";

const MARGIN = { left: 84, right: COLOR_BAR_WIDTH, top: 24 };
const PANE = { min: 64, max: 200 };

/** The grid of the paper's Fig. 3, live: three stacked canvases, of which only what changed is painted again. */
export function Stage({ input }: { readonly input: FigureInput }) {
  const stage = useRef<HTMLDivElement>(null);
  const width = useWidth(stage);
  const { encoded, correspondence } = input;
  const F = encoded.grid.F;
  const rows = correspondence.taus.length;
  const paneWidth = Math.round(Math.min(Math.max((width - MARGIN.left - MARGIN.right) / F - 4, PANE.min), PANE.max));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the layout depends on the number of rows, not on their values
  const layout = useMemo(() => layoutFigure(input, paneWidth, MARGIN), [encoded, rows, paneWidth]);

  return (
    <div className={css.stage} ref={stage}>
      <Figure input={input} layout={layout} />
    </div>
  );
}

function Figure({ input, layout }: { readonly input: FigureInput; readonly layout: FigureLayout }) {
  const { encoded, correspondence, active } = input;
  const readout = useRef<HTMLDivElement>(null);
  const cell = useRef<HTMLDivElement>(null);
  const dragging = useRef(false);
  const { H, W, F } = encoded.grid;

  const hit = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return tokenAt(layout, encoded.grid, event.clientX - box.left, event.clientY - box.top);
  };

  const hover = (event: PointerEvent<HTMLDivElement>) => {
    const at = hit(event);
    const values = at && rowValues(input, at.row);
    const visible = at && event.pointerType !== "touch" ? "visible" : "hidden";
    if (cell.current) cell.current.style.visibility = visible;
    if (readout.current) readout.current.style.visibility = visible;
    if (!at || !cell.current || !readout.current) return;
    const [row, col] = at.token;
    const pane = paneBox(layout, at.row, at.frame);
    const size = { width: pane.width / W, height: pane.height / H };
    Object.assign(cell.current.style, {
      width: `${size.width}px`,
      height: `${size.height}px`,
      transform: `translate(${pane.x + col * size.width}px, ${pane.y + row * size.height}px)`,
    });
    const where = `frame ${at.frame}, row ${row}, column ${col}`;
    const value = values?.[at.frame * H * W + row * W + col];
    const tau = at.row === CLIP_ROW ? undefined : rowTau(input, at.row);
    readout.current.textContent =
      value === undefined ? where : `${where}: ${tau === null ? "cosine" : "p ="} ${short(value)}`;
    // Left of the pointer near the right edge, so that it never leaves the window.
    const left =
      event.clientX > innerWidth - 260 ? event.clientX - 12 - readout.current.offsetWidth : event.clientX + 14;
    readout.current.style.transform = `translate(${left}px, ${event.clientY + 14}px)`;
  };

  const press = (event: PointerEvent<HTMLDivElement>) => {
    const at = hit(event);
    if (!at || event.button !== 0) return;
    const token = [at.frame, ...at.token] as const;
    if (event.shiftKey) addQuery(token);
    else {
      event.currentTarget.setPointerCapture(event.pointerId);
      dragging.current = true;
      moveQuery(token);
    }
  };

  const move = (event: PointerEvent<HTMLDivElement>) => {
    hover(event);
    if (!dragging.current) return;
    const at = hit(event);
    if (!at) return;
    const [f, row, col] = correspondence.queries[active];
    if (at.frame !== f || at.token[0] !== row || at.token[1] !== col) moveQuery([at.frame, ...at.token]);
  };

  const leave = () => {
    for (const element of [cell.current, readout.current]) if (element) element.style.visibility = "hidden";
  };

  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (handleFigureKey(event.key, event.shiftKey)) event.preventDefault();
  };

  const [queryFrame] = correspondence.queries[active];
  return (
    <div
      className={css.figure}
      style={{ width: layout.width, height: layout.height }}
      role="application"
      aria-roledescription="correspondence figure"
      aria-label="Correspondences of the query, one row for each temperature and one column for each frame. Arrow keys move the query, Shift with left and right its frame, A adds a query, Delete removes it."
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the figure is operated with the keyboard
      tabIndex={0}
      onPointerDown={press}
      onPointerMove={move}
      onPointerUp={() => {
        dragging.current = false;
      }}
      onPointerLeave={leave}
      onKeyDown={onKey}
    >
      <Layers input={input} layout={layout} />
      {Array.from({ length: F }, (_, f) => {
        const { x, width } = paneBox(layout, CLIP_ROW, f);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a column is its index
          <div key={f} className={css.columnHead} data-query={f === queryFrame} style={{ left: x, width }}>
            {encoded.frames[f].timeS.toFixed(2)} s
          </div>
        );
      })}
      {Array.from({ length: layout.rows }, (_, row) => {
        const { y, height } = paneBox(layout, row, 0);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its index
          <div key={row} className={css.rowHead} style={{ top: y, height, width: layout.width }}>
            <div>
              <strong>{rowLabel(input, row)}</strong>
              <EntropySpark input={input} row={row} />
              {row === layout.rows - 1 && <span>your τ</span>}
            </div>
          </div>
        );
      })}
      <PlayingColumn layout={layout} />
      <div ref={cell} className={css.cell} />
      <div ref={readout} className={css.readout} />
    </div>
  );
}

/** The column of the frame that is playing. */
function PlayingColumn({ layout }: { readonly layout: FigureLayout }) {
  const frame = usePlayback((state) => (state.playing ? state.frame : null));
  if (frame === null || frame >= layout.columns) return null;
  const { x, y, width } = paneBox(layout, CLIP_ROW, frame);
  const style = { left: x - 2, top: y - 2, width: width + 4, height: layout.height - layout.top + 4 };
  return <div className={css.playing} style={style} />;
}

/** Frames below, heat over them, markers on top. */
function Layers({ input, layout }: { readonly input: FigureInput; readonly layout: FigureLayout }) {
  const { encoded, correspondence, mask, active, scale, show } = input;
  const host = useRef<HTMLDivElement>(null);
  const ink = useInk(host);
  // biome-ignore lint/correctness/useExhaustiveDependencies: frames change with the clip and the layout only
  const frames = useMemo(() => frameShapes(input, layout), [encoded, layout]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what heat is made of
  const heat = useMemo(() => heatShapes(input, layout), [correspondence, mask, active, scale, show.mask, layout]);
  const markers = useMemo(
    () => [...markerShapes(input, layout), ...colorBarShapes(input, layout, ink)],
    [input, layout, ink],
  );
  return (
    <div ref={host} data-testid="figure-layers">
      <Layer shapes={frames} layout={layout} />
      <Layer shapes={heat} layout={layout} />
      <Layer shapes={markers} layout={layout} />
    </div>
  );
}

function Layer({ shapes, layout }: { readonly shapes: readonly Shape[]; readonly layout: FigureLayout }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context) return;
    const scale = Math.min(devicePixelRatio, 2);
    const size = { width: Math.round(layout.width * scale), height: Math.round(layout.height * scale) };
    // Setting the size clears the canvas and is dear: only when it changed.
    if (canvas.current.width !== size.width || canvas.current.height !== size.height)
      Object.assign(canvas.current, size);
    else {
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, size.width, size.height);
    }
    paint(context, shapes, scale);
  }, [shapes, layout]);
  return <canvas ref={canvas} style={{ width: layout.width, height: layout.height }} />;
}

/** The page's ink as a colour a canvas understands; follows the theme. */
function useInk(host: React.RefObject<HTMLElement | null>): string {
  const [ink, setInk] = useState("#777777");
  useEffect(() => {
    const read = () => host.current && setInk(getComputedStyle(host.current).color);
    read();
    const observer = new MutationObserver(read);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const media = matchMedia("(prefers-color-scheme: dark)");
    media.addEventListener("change", read);
    return () => {
      observer.disconnect();
      media.removeEventListener("change", read);
    };
  }, [host]);
  return ink;
}

function useWidth(element: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(960);
  useLayoutEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry.contentRect.width));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
