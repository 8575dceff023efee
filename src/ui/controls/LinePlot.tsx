import type { PointerEvent } from "react";
import { thinned } from "../../figure/curve.ts";
import { type Plot, placesOf, type Series, usable } from "../../figure/plot.ts";
import { short } from "../../figure/scale.ts";
import css from "./LinePlot.module.css";

/** A rule that follows the pointer over several plots. It is read by a hook of its own, so that only the rule is drawn again. */
export interface Crosshair {
  readonly useAt: () => number | null;
  readonly onMove: (x: number | null) => void;
  readonly onPin: (x: number) => void;
}

interface LinePlotProps extends Plot {
  /** A vertical rule at this x. */
  readonly at?: number;
  readonly crosshair?: Crosshair;
}

const SIZE = { width: 320, height: 200 };
const MARGIN = { left: 52, right: 12, top: 24, bottom: 34 };
const PLANE = {
  x: MARGIN.left,
  y: MARGIN.top,
  width: SIZE.width - MARGIN.left - MARGIN.right,
  height: SIZE.height - MARGIN.top - MARGIN.bottom,
};

/** Lines over a linear or logarithmic plane. */
export function LinePlot({ title, x, y, series, at, dots = false, crosshair }: LinePlotProps) {
  const { xAxis, yAxis, lines } = placesOf({ x, y, series }, PLANE);
  const pointed = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return xAxis.read(((event.clientX - box.left) / box.width) * SIZE.width);
  };
  return (
    <figure className={css.figure}>
      <svg
        className={css.plot}
        viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
        {...(crosshair && {
          onPointerMove: (event: PointerEvent<SVGSVGElement>) => crosshair.onMove(pointed(event)),
          onPointerLeave: () => crosshair.onMove(null),
          onPointerDown: (event: PointerEvent<SVGSVGElement>) => crosshair.onPin(pointed(event)),
        })}
        role="img"
        aria-label={describe(title, series)}
      >
        <text className={css.title} x={MARGIN.left} y={12}>
          {title}
        </text>
        {xAxis.ticks.map((tick) => (
          <g key={tick}>
            <line
              className={css.grid}
              x1={xAxis.place(tick)}
              x2={xAxis.place(tick)}
              y1={MARGIN.top}
              y2={SIZE.height - MARGIN.bottom}
            />
            <text className={css.tick} x={xAxis.place(tick)} y={SIZE.height - MARGIN.bottom + 14} textAnchor="middle">
              {short(tick)}
            </text>
          </g>
        ))}
        {yAxis.ticks.map((tick) => (
          <g key={tick}>
            <line
              className={css.grid}
              x1={MARGIN.left}
              x2={SIZE.width - MARGIN.right}
              y1={yAxis.place(tick)}
              y2={yAxis.place(tick)}
            />
            <text className={css.tick} x={MARGIN.left - 6} y={yAxis.place(tick) + 4} textAnchor="end">
              {short(tick)}
            </text>
          </g>
        ))}
        <text className={css.tick} x={SIZE.width - MARGIN.right} y={SIZE.height - 4} textAnchor="end">
          {x.label}
        </text>
        {at !== undefined && usable(at, x) && (
          <line
            className={css.rule}
            x1={xAxis.place(at)}
            x2={xAxis.place(at)}
            y1={MARGIN.top}
            y2={SIZE.height - MARGIN.bottom}
          />
        )}
        {crosshair && <CrosshairRule useAt={crosshair.useAt} place={xAxis.place} />}
        {lines.map(({ series: { color, dash }, places }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names repeat, as of the seeds of one recipe
          <g key={i} stroke={color} fill={color}>
            <polyline
              points={thinned(places)
                .map((p) => p.join(","))
                .join(" ")}
              fill="none"
              strokeWidth={1.75}
              strokeDasharray={dash}
            />
            {dots && places.map(([px, py]) => <circle key={px} cx={px} cy={py} r={2.5} stroke="none" />)}
          </g>
        ))}
      </svg>
      <figcaption>
        {series
          .filter(({ unnamed }) => !unnamed)
          .map(({ name, color, dash }, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <span key={i} style={{ marginRight: 12, display: "inline-block" }}>
              <svg width="22" height="8" aria-hidden="true">
                <line x1="0" x2="22" y1="4" y2="4" stroke={color} strokeWidth="2" strokeDasharray={dash} />
              </svg>{" "}
              {name}
            </span>
          ))}
      </figcaption>
    </figure>
  );
}

function CrosshairRule({
  useAt,
  place,
}: {
  readonly useAt: () => number | null;
  readonly place: (x: number) => number;
}) {
  const at = useAt();
  if (at === null) return null;
  const x = place(at);
  if (x < MARGIN.left - 1 || x > SIZE.width - MARGIN.right + 1) return null;
  return <line className={css.rule} x1={x} x2={x} y1={MARGIN.top} y2={SIZE.height - MARGIN.bottom} />;
}

function describe(title: string, series: readonly Series[]): string {
  const ends = series.map(({ name, points }) => {
    const last = points.at(-1);
    return last ? `${name} ends at ${short(last[1])}` : `${name} has no points yet`;
  });
  return `${title}: ${ends.join(", ")}`;
}
