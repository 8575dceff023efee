import {
  type KeyboardEvent,
  type PointerEvent,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import {
  COLOR_BAR_WIDTH,
  colorBarShapes,
  frameShapes,
  layoutPanes,
  markerShapes,
  type PaneFigure,
  type PaneLayout,
  paneBox,
  tokenAt,
  valueShapes,
} from "../../figure/panes.ts";
import { short } from "../../figure/scale.ts";
import { paint, type Shape } from "../../figure/shapes.ts";
import { usePlayback } from "../../state/playback.ts";
import type { TokenRef } from "../../worker/protocol.ts";
import { EntropySpark } from "../explore/EntropySpark.tsx";
import css from "./Stage.module.css";

const MARGIN = { left: 84, right: COLOR_BAR_WIDTH, top: 24 };
const PANE = { min: 64, max: 200 };
/** Rows at least this high hold a label, bars and a remark. */
const ROOMY = 56;

interface StageProps {
  readonly figure: PaneFigure;
  /** What a screen reader says of the figure and its keys. */
  readonly label: string;
  /** A token was pressed, or the pointer was dragged to it; `at` is the place in the frame, 0 to 1 across and down. */
  readonly onPick: (token: TokenRef, at: { readonly u: number; readonly v: number }) => void;
  /** Whether a drag goes on picking. */
  readonly drags?: boolean;
  /** A token was pressed with Shift. */
  readonly onAdd?: (token: TokenRef) => void;
  /** A key was pressed on the focused figure; true when it meant something. */
  readonly onKey: (key: string, shift: boolean) => boolean;
  /** A remark below a row's label. */
  readonly remark?: (row: number) => string | undefined;
}

/** A live figure of panes: three stacked canvases, of which only what changed is painted again. */
export function Stage(props: StageProps) {
  const stage = useRef<HTMLDivElement>(null);
  const width = useWidth(stage);
  const { grid, rows, aspect } = props.figure;
  const paneWidth = Math.round(
    Math.min(Math.max((width - MARGIN.left - MARGIN.right) / grid.F - 4, PANE.min), PANE.max),
  );
  const { F } = grid;
  const { length } = rows;
  const layout = useMemo(
    () => layoutPanes({ grid: { F, H: 0, W: 0 }, rows: { length }, aspect }, paneWidth, MARGIN),
    [F, length, aspect, paneWidth],
  );
  return (
    <div className={css.stage} ref={stage}>
      <Figure {...props} layout={layout} />
    </div>
  );
}

function Figure({
  figure,
  layout,
  label,
  onPick,
  drags = true,
  onAdd,
  onKey,
  remark,
}: StageProps & { readonly layout: PaneLayout }) {
  const { grid, rows, queries, active } = figure;
  const { H, W, F } = grid;
  const readout = useRef<HTMLDivElement>(null);
  const cell = useRef<HTMLDivElement>(null);
  const dragging = useRef(false);
  const roomy = layout.pane.height >= ROOMY;

  const hit = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return tokenAt(layout, grid, event.clientX - box.left, event.clientY - box.top);
  };

  const hover = (event: PointerEvent<HTMLDivElement>) => {
    const at = hit(event);
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
    const { values, quantity } = rows[at.row];
    const value = values?.[at.frame * H * W + row * W + col];
    const where = `frame ${at.frame}, row ${row}, column ${col}`;
    readout.current.textContent = value === undefined ? where : `${where}: ${quantity} ${short(value)}`;
    // Left of the pointer near the right edge, so that it never leaves the window.
    const left =
      event.clientX > innerWidth - 280 ? event.clientX - 12 - readout.current.offsetWidth : event.clientX + 14;
    readout.current.style.transform = `translate(${left}px, ${event.clientY + 14}px)`;
  };

  const press = (event: PointerEvent<HTMLDivElement>) => {
    const at = hit(event);
    if (!at || event.button !== 0) return;
    const token = [at.frame, ...at.token] as const;
    if (event.shiftKey && onAdd) onAdd(token);
    else {
      event.currentTarget.setPointerCapture(event.pointerId);
      dragging.current = drags;
      onPick(token, at);
    }
  };

  const move = (event: PointerEvent<HTMLDivElement>) => {
    hover(event);
    const at = dragging.current && hit(event);
    if (!at) return;
    const [f, row, col] = queries[active];
    if (at.frame !== f || at.token[0] !== row || at.token[1] !== col) onPick([at.frame, ...at.token], at);
  };

  const leave = () => {
    for (const element of [cell.current, readout.current]) if (element) element.style.visibility = "hidden";
  };

  const pressKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (onKey(event.key, event.shiftKey)) event.preventDefault();
  };

  return (
    <div
      className={css.figure}
      style={{ width: layout.width, height: layout.height }}
      role="application"
      aria-roledescription="correspondence figure"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the figure is operated with the keyboard
      tabIndex={0}
      onPointerDown={press}
      onPointerMove={move}
      onPointerUp={() => {
        dragging.current = false;
      }}
      onPointerLeave={leave}
      onKeyDown={pressKey}
    >
      <Layers figure={figure} layout={layout} />
      {Array.from({ length: F }, (_, f) => {
        const { x, width } = paneBox(layout, 0, f);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a column is its index
          <div key={f} className={css.columnHead} data-query={f === queries[active][0]} style={{ left: x, width }}>
            {figure.timesS[f].toFixed(2)} s
          </div>
        );
      })}
      {rows.map((row, r) => {
        const { y, height } = paneBox(layout, r, 0);
        const note = remark?.(r);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its index
          <div key={r} className={css.rowHead} style={{ top: y, height, width: layout.width }}>
            <div>
              <strong>{row.label}</strong>
              {row.entropyBits && <EntropySpark bits={row.entropyBits} most={Math.log2(H * W)} bars={roomy} />}
              {note && roomy && <span>{note}</span>}
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
function PlayingColumn({ layout }: { readonly layout: PaneLayout }) {
  const frame = usePlayback((state) => (state.playing ? state.frame : null));
  if (frame === null || frame >= layout.columns) return null;
  const { x, y, width } = paneBox(layout, 0, frame);
  const style = { left: x - 2, top: y - 2, width: width + 4, height: layout.height - layout.top + 4 };
  return <div className={css.playing} style={style} />;
}

/** Frames below, values over them, markers on top. */
function Layers({ figure, layout }: { readonly figure: PaneFigure; readonly layout: PaneLayout }) {
  const host = useRef<HTMLDivElement>(null);
  const ink = useInk(host);
  const pictures = useMemo(() => frameShapes(figure, layout), [figure, layout]);
  // While only the query moves, the frames are the same pictures in the same places: they are not painted again.
  const [frames, setFrames] = useState(pictures);
  if (!samePictures(frames, pictures)) setFrames(pictures);
  const { grid, rows, mask } = figure;
  const values = useMemo(() => valueShapes({ grid, rows, mask }, layout), [grid, rows, mask, layout]);
  const markers = useMemo(
    () => [...markerShapes(figure, layout), ...colorBarShapes(figure, layout, ink)],
    [figure, layout, ink],
  );
  return (
    <div ref={host} data-testid="figure-layers">
      <Layer shapes={frames} layout={layout} />
      <Layer shapes={values} layout={layout} />
      <Layer shapes={markers} layout={layout} />
    </div>
  );
}

function samePictures(a: readonly Shape[], b: readonly Shape[]): boolean {
  const same = (x: Shape, y: Shape) =>
    x.kind === "image" &&
    y.kind === "image" &&
    x.image === y.image &&
    x.box.x === y.box.x &&
    x.box.y === y.box.y &&
    x.box.width === y.box.width;
  return a.length === b.length && a.every((shape, i) => same(shape, b[i]));
}

function Layer({ shapes, layout }: { readonly shapes: readonly Shape[]; readonly layout: PaneLayout }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context) return;
    const scale = Math.min(devicePixelRatio, 2);
    const size = { width: Math.round(layout.width * scale), height: Math.round(layout.height * scale) };
    // Setting the size clears the canvas and is expensive: only when it changed.
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
function useInk(host: RefObject<HTMLElement | null>): string {
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

function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(960);
  useLayoutEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry.contentRect.width));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
