import { scaleLinear, scaleLog } from "d3-scale";
import type { PointerEvent } from "react";
import { extent, thinned } from "../../figure/curve.ts";
import { short } from "../../figure/scale.ts";
import css from "./LinePlot.module.css";

export interface Series {
  readonly name: string;
  readonly color: string;
  readonly dash?: string;
  /** Points without a finite y are left out. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Not named below the plot, because another series of the same colour is. */
  readonly unnamed?: boolean;
}

/** A rule that follows the pointer over several plots. It is read by a hook of its own, so that only the rule is drawn again. */
export interface Crosshair {
  readonly useAt: () => number | null;
  readonly onMove: (x: number | null) => void;
  readonly onPin: (x: number) => void;
}

export interface AxisSpec {
  readonly label: string;
  readonly log: boolean;
  /** Fixed limits; without them what occurs. */
  readonly range?: readonly [low: number, high: number];
}

interface LinePlotProps {
  readonly title: string;
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  readonly series: readonly Series[];
  /** A vertical rule at this x. */
  readonly at?: number;
  /** Dots on the points: for measurements, not for curves of many steps. */
  readonly dots?: boolean;
  readonly crosshair?: Crosshair;
}

const SIZE = { width: 320, height: 200 };
const MARGIN = { left: 52, right: 12, top: 24, bottom: 34 };

/** Lines over a linear or logarithmic plane, as SVG that can be saved as it stands. */
export function LinePlot({ title, x, y, series, at, dots = false, crosshair }: LinePlotProps) {
  const all = series.flatMap(({ points }) => points.filter(([px, py]) => usable(px, x) && usable(py, y)));
  const xAxis = axis(
    x,
    all.map(([value]) => value),
    MARGIN.left,
    SIZE.width - MARGIN.right,
  );
  const yAxis = axis(
    y,
    all.map(([, value]) => value),
    SIZE.height - MARGIN.bottom,
    MARGIN.top,
  );
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
        {series.map(({ name, color, dash, points }) => {
          const places = points
            .filter(([px, py]) => usable(px, x) && usable(py, y))
            .map(([px, py]) => [xAxis.place(px), yAxis.place(py)] as const);
          return (
            <g key={name} stroke={color} fill={color}>
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
          );
        })}
      </svg>
      <figcaption>
        {series
          .filter(({ unnamed }) => !unnamed)
          .map(({ name, color, dash }) => (
            <span key={name} style={{ marginRight: 12, whiteSpace: "nowrap" }}>
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

const usable = (value: number, { log }: AxisSpec) => Number.isFinite(value) && (!log || value > 0);

/** Where values fall between two pixel positions, and which values to print. */
function axis({ log, range }: AxisSpec, values: readonly number[], from: number, to: number) {
  const [low, high] = range ?? extent(values);
  const known = Number.isFinite(low) && Number.isFinite(high);
  const domain = known ? widen(low, high, log) : log ? [0.1, 1] : [0, 1];
  const scale = (log ? scaleLog() : scaleLinear()).domain(domain).range([from, to]);
  return {
    place: (value: number): number => scale(value),
    /** The value at a pixel position, inside the axis. */
    read: (pixel: number): number => scale.copy().clamp(true).invert(pixel),
    ticks: log ? logTicks(scale.ticks(TICKS)) : scale.ticks(TICKS),
  };
}

/** About as many round values are printed on an axis. */
const TICKS = 4;

/** Equal limits would divide by zero. */
function widen(low: number, high: number, log: boolean): readonly [number, number] {
  if (high > low) return [low, high];
  return log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
}

/** d3 gives every multiple of a power of ten over one to three decades; of those, the powers have room, or 1, 2 and 5 times one. */
function logTicks(ticks: readonly number[]): readonly number[] {
  if (ticks.length <= 2 * TICKS) return ticks;
  const led = (...digits: number[]) => ticks.filter((value) => digits.includes(Number(value.toExponential(0)[0])));
  const powers = led(1);
  return powers.length >= 3 ? powers : led(1, 2, 5);
}

function describe(title: string, series: readonly Series[]): string {
  const ends = series.map(({ name, points }) => {
    const last = points.at(-1);
    return last ? `${name} ends at ${short(last[1])}` : `${name} has no points yet`;
  });
  return `${title}: ${ends.join(", ")}`;
}
