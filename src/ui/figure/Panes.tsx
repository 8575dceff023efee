import { useEffect, useMemo, useRef } from "react";
import type { HeatAtlas } from "../../figure/heat.ts";
import {
  COLOR_BAR_WIDTH,
  colorBarShapes,
  columnAt,
  frameShapes,
  heatShapes,
  layoutPanes,
  markerShapes,
  type PaneFigure,
  type PaneLayout,
  paneBox,
  tokenAt,
} from "../../figure/panes.ts";
import { pointAt, showFrame } from "../../state/focus.ts";
import { usePlayback } from "../../state/playback.ts";
import { useSettings } from "../../state/settings.ts";
import { EntropySpark } from "../explore/EntropySpark.tsx";
import { Layer, useInk, useKeptPictures, useWidth } from "./Layer.tsx";
import { Lens } from "./Lens.tsx";
import { type Picking, type PointedToken, usePicking } from "./pointer.ts";
import css from "./Stage.module.css";

const MARGIN = { left: 84, right: COLOR_BAR_WIDTH, top: 24 };
const PANE = { min: 72, max: 200 };
/** Rows at least this high hold a label, bars and a remark. */
const ROOMY = 56;

interface PanesProps {
  readonly figure: PaneFigure;
  readonly atlas: HeatAtlas;
  readonly picking: Picking;
}

/** The table of panes, live: three stacked canvases, of which only what changed is painted again. What is too wide goes on below. */
export function Panes(props: PanesProps) {
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const { grid, rows, aspect } = props.figure;
  const { F } = grid;
  const { length } = rows;
  const layout = useMemo(() => {
    const room = width - MARGIN.left - MARGIN.right;
    const most = Math.max(1, Math.floor((room + 4) / (PANE.min + 4)));
    // As many bands as are needed, all of them about as full.
    const perBand = Math.ceil(F / Math.ceil(F / most));
    const paneWidth = Math.max(Math.min(Math.floor((room + 4) / perBand - 4), PANE.max), 24);
    return layoutPanes({ grid: { F, H: 0, W: 0 }, rows: { length }, aspect }, paneWidth, MARGIN, perBand);
  }, [F, length, aspect, width]);
  return (
    <div className={css.panes} ref={host}>
      <Table {...props} layout={layout} />
    </div>
  );
}

function Table({ figure, atlas, layout, picking }: PanesProps & { readonly layout: PaneLayout }) {
  const { grid, rows, queries, active } = figure;
  const { H, W, F } = grid;
  const shown = useSettings((settings) => Math.min(settings.frame, F - 1));
  const roomy = layout.pane.height >= ROOMY;

  const hit = (x: number, y: number): PointedToken | undefined => {
    const found = tokenAt(layout, grid, x, y);
    if (!found) return undefined;
    const [row, col] = found.token;
    const pane = paneBox(layout, found.row, found.frame);
    const size = { width: pane.width / W, height: pane.height / H };
    return {
      row: found.row,
      token: [found.frame, row, col],
      box: { x: pane.x + col * size.width, y: pane.y + row * size.height, ...size },
      at: [(x - pane.x) / size.width, (y - pane.y) / size.height],
    };
  };
  const { cell, readout, lens, handlers } = usePicking({
    figure,
    hit,
    picking,
    onPoint: (at) => pointAt(at ? { row: at.row, frame: at.token[0] } : null),
  });
  // Put away by a key, it lets go of what the pointer rests on: no pointer leaves it.
  useEffect(() => () => pointAt(null), []);

  return (
    <div
      className={css.figure}
      style={{ width: layout.width, height: layout.height }}
      data-testid="panes"
      {...handlers}
      onPointerDown={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const [x, y] = [event.clientX - box.left, event.clientY - box.top];
        const column = columnAt(layout, x, y);
        // Pressing the time above a column shows its frame large and leaves the query where it is; a second finger does nothing.
        if (event.isPrimary && column !== undefined && y % layout.bandHeight < layout.top) showFrame(column);
        else handlers.onPointerDown(event);
      }}
    >
      <Layers figure={figure} atlas={atlas} layout={layout} />
      {Array.from({ length: F }, (_, f) => {
        const { x, y, width } = paneBox(layout, 0, f);
        return (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: a column is its index
            key={f}
            className={css.columnHead}
            data-query={f === queries[active][0]}
            data-shown={f === shown}
            style={{ left: x, top: y - layout.top, width }}
          >
            <span className={css.clock}>{figure.timesS[f].toFixed(2)} s</span>
          </div>
        );
      })}
      {bands(layout).flatMap((column) =>
        rows.map((row, r) => {
          const { y, height } = paneBox(layout, r, column);
          return (
            <div key={`${row.id} ${column}`} className={css.rowHead} style={{ top: y, height }} title={row.label}>
              <strong>{row.label}</strong>
              {row.entropyBits && <EntropySpark bits={row.entropyBits} most={Math.log2(H * W)} bars={roomy} />}
              {row.remark && (roomy || !row.entropyBits) && <span>{row.remark}</span>}
            </div>
          );
        }),
      )}
      <PlayingColumn layout={layout} />
      <div ref={cell} className={css.cell} />
      <div ref={readout} className={css.readout} />
      <Lens handle={lens} />
    </div>
  );
}

/** The first column of each band. */
const bands = ({ columns, perBand }: PaneLayout): readonly number[] =>
  Array.from({ length: Math.ceil(columns / perBand) }, (_, band) => band * perBand);

/** The column of the frame that is playing. */
function PlayingColumn({ layout }: { readonly layout: PaneLayout }) {
  const frame = usePlayback((state) => (state.playing ? state.frame : null));
  if (frame === null || frame >= layout.columns) return null;
  const { x, y, width } = paneBox(layout, 0, frame);
  const style = { left: x - 2, top: y - 2, width: width + 4, height: layout.bandHeight - layout.top };
  return <div className={css.playing} style={style} data-frame={frame} />;
}

/** Frames below, values over them, markers on top. */
function Layers({
  figure,
  atlas,
  layout,
}: {
  readonly figure: PaneFigure;
  readonly atlas: HeatAtlas;
  readonly layout: PaneLayout;
}) {
  const host = useRef<HTMLDivElement>(null);
  const ink = useInk(host);
  const pictures = useMemo(() => frameShapes(figure, layout), [figure, layout]);
  const frames = useKeptPictures(pictures);
  const { rows, mask } = figure;
  const values = useMemo(() => heatShapes({ rows, mask }, layout, atlas), [rows, mask, layout, atlas]);
  const markers = useMemo(
    () => [...markerShapes(figure, layout), ...colorBarShapes(figure, layout, ink)],
    [figure, layout, ink],
  );
  return (
    <div ref={host}>
      <Layer shapes={frames} size={layout} />
      <Layer shapes={values} size={layout} />
      <Layer shapes={markers} size={layout} />
    </div>
  );
}
