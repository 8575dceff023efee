import { type PointerEvent, type ReactNode, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { focusHeat, focusMarkers, focusPicture } from "../../figure/focus.ts";
import type { HeatAtlas } from "../../figure/heat.ts";
import type { PaneFigure } from "../../figure/panes.ts";
import type { Box, Shape } from "../../figure/shapes.ts";
import { rowOnShow, useFocus } from "../../state/focus.ts";
import { usePlayback } from "../../state/playback.ts";
import { type StageForm, setSettings, usePicked } from "../../state/settings.ts";
import css from "./Focus.module.css";
import { FocusBar } from "./FocusBar.tsx";
import { Layer, useKeptPictures, useWidth } from "./Layer.tsx";
import { Lens } from "./Lens.tsx";
import { type Picking, type PointedToken, usePicking } from "./pointer.ts";
import stage from "./Stage.module.css";

interface FocusProps {
  readonly figure: PaneFigure;
  readonly atlas: HeatAtlas;
  /** The row that is shown until the user chooses another. */
  readonly main: string;
  readonly picking: Picking;
  /** What is known of the frame on show, beside it. */
  readonly facts: ((frame: number) => ReactNode) | undefined;
}

/** One frame of the figure, as large as the stage allows, with what steps, plays and compares it. */
export function Focus({ figure, atlas, main, picking, facts }: FocusProps) {
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const chosen = usePicked("stage", "frame", "focusRow", "wipeRow");
  const pointed = useFocus((focus) => focus.pointed);
  const played = usePlayback((playback) => (playback.playing ? playback.frame : null));
  const room = useRoom(chosen.stage);
  const { grid, rows, aspect, timesS } = figure;
  const frame = Math.min(pointed?.frame ?? played ?? chosen.frame, grid.F - 1);
  const own = rowOnShow(rows, chosen.focusRow, main);
  const row = pointed && pointed.row < rows.length ? pointed.row : own;
  const wipe = rows.findIndex(({ id }) => id === chosen.wipeRow);
  const beyond = pointed ? -1 : wipe;
  const box = useMemo((): Box => {
    const across = Math.max(Math.min(width, Math.floor(room / aspect)), 120);
    return { x: 0, y: 0, width: across, height: Math.round(across * aspect) };
  }, [width, room, aspect]);

  // Where the clip stopped is what was looked at.
  useEffect(
    () =>
      usePlayback.subscribe((now, before) => {
        if (before.playing && !now.playing) setSettings({ frame: now.frame });
      }),
    [],
  );

  // To be read, and so after the picture is there: text lays out its column anew.
  const words = useDeferredValue(facts?.(frame));

  const hit = (x: number, y: number): PointedToken | undefined => {
    const [u, v] = [(x / box.width) * grid.W, (y / box.height) * grid.H];
    if (!(u >= 0 && u < grid.W && v >= 0 && v < grid.H)) return undefined;
    const size = { width: box.width / grid.W, height: box.height / grid.H };
    const [r, c] = [Math.floor(v), Math.floor(u)];
    return { row, token: [frame, r, c], box: { x: c * size.width, y: r * size.height, ...size }, at: [u, v] };
  };
  const { cell, readout, lens, handlers } = usePicking({ figure, hit, picking });
  const side = (r: number) => ({ figure, atlas, row: r, frame, box });

  return (
    <div className={css.focus} ref={host}>
      <div className={css.beside}>
        <div className={css.main} style={{ width: box.width }}>
          <div
            className={css.frame}
            style={{ height: box.height }}
            data-testid="focus"
            data-frame={frame}
            {...handlers}
          >
            <Side {...side(row)} />
            {beyond >= 0 && beyond !== row && (
              <Wipe names={[rows[row].label, rows[beyond].label]}>
                <Side {...side(beyond)} />
              </Wipe>
            )}
            <Markers {...side(row)} />
            <div ref={cell} className={stage.cell} />
            <div ref={readout} className={stage.readout} />
            <Lens handle={lens} />
          </div>
          <FocusBar timesS={timesS} rows={rows} frame={frame} row={own} wipe={wipe} />
        </div>
        {facts && <div className={css.facts}>{words}</div>}
      </div>
    </div>
  );
}

interface SideProps {
  readonly figure: PaneFigure;
  readonly atlas: HeatAtlas;
  readonly row: number;
  readonly frame: number;
  readonly box: Box;
}

/** The frame with one row's heat. */
function Side({ figure, atlas, row, frame, box }: SideProps) {
  const { rows, images, mask } = figure;
  const pictures = useKeptPictures(focusPicture({ rows, images }, row, frame, box));
  const heat = useMemo(
    (): readonly Shape[] => focusHeat({ rows, mask }, row, frame, atlas, box),
    [rows, mask, row, frame, atlas, box],
  );
  return (
    <>
      <Layer shapes={pictures} size={box} />
      <Layer shapes={heat} size={box} />
    </>
  );
}

function Markers({ figure, row, frame, box }: Omit<SideProps, "atlas">) {
  const markers = useMemo(() => focusMarkers(figure, row, frame, box), [figure, row, frame, box]);
  return <Layer shapes={markers} size={box} />;
}

/** What lies beyond the wipe, from its line to the right edge: the line moves by style alone. */
function Wipe({ names, children }: { readonly names: readonly [string, string]; readonly children: ReactNode }) {
  const wipeAt = useFocus((focus) => focus.wipeAt);
  const percent = `${(100 * wipeAt).toFixed(2)}%`;
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    event.stopPropagation();
    const frame = event.currentTarget.parentElement?.getBoundingClientRect();
    if (!frame || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    useFocus.setState({ wipeAt: Math.min(Math.max((event.clientX - frame.left) / frame.width, 0), 1) });
  };
  return (
    <>
      <div className={css.beyond} style={{ clipPath: `inset(0 0 0 ${percent})` }}>
        {children}
      </div>
      <span className={css.name}>{names[0]}</span>
      <span className={`${css.name} ${css.right}`}>{names[1]}</span>
      <div
        className={css.line}
        style={{ left: percent }}
        onPointerDown={(event) => {
          event.stopPropagation();
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={drag}
      />
    </>
  );
}

/** Above and below the stage: header, timeline, the frame's own bar, status. */
const AROUND = 264;
const LEAST = 180;

/** How high the frame may be: beside a table a part of the stage, alone all of it; on a narrow page, which scrolls, half the window. */
function useRoom(form: StageForm): number {
  const [view, setView] = useState(() => ({ width: innerWidth, height: innerHeight }));
  useEffect(() => {
    const read = () => setView({ width: innerWidth, height: innerHeight });
    addEventListener("resize", read);
    return () => removeEventListener("resize", read);
  }, []);
  const scrolls = view.width <= 1100;
  const room = scrolls ? 0.5 * view.height : (view.height - AROUND) * (form === "frame" ? 1 : 0.66);
  return Math.max(room, LEAST);
}
