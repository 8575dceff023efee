import { scaleLinear } from "d3-scale";
import type { PointerEvent } from "react";
import { short } from "../../figure/scale.ts";
import { frameOf, useScrub } from "../../state/evaluate/store.ts";
import type { RuleResult } from "../../worker/protocol.ts";
import css from "./RuleChart.module.css";

const SIZE = { width: 240, height: 56 };
const MARGIN = { left: 4, right: 4, top: 4, bottom: 4 };

/** A rule's error in each frame against its tolerance, under the crosshair that all charts and the picture share. */
export function RuleChart({ rule, title }: { readonly rule: RuleResult; readonly title: string }) {
  const { overTime, tolerance } = rule;
  const known = overTime.flatMap((value, t) => (value !== null && Number.isFinite(value) ? [{ t, value }] : []));
  if (known.length < 2) return <p className={css.once}>measured once, over the whole clip</p>;
  const largest = known.reduce((a, b) => (b.value > a.value ? b : a));
  const top = Math.max(1.6 * tolerance, 1.1 * largest.value);
  const last = Math.max(overTime.length - 1, 1);
  const x = scaleLinear([0, last], [MARGIN.left, SIZE.width - MARGIN.right]).clamp(true);
  const y = scaleLinear([0, top], [SIZE.height - MARGIN.bottom, MARGIN.top]);
  const frameAt = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.round(x.invert(((event.clientX - box.left) / box.width) * SIZE.width));
  };
  return (
    <svg
      className={css.chart}
      viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
      role="img"
      aria-label={`${title} over time: at most ${short(largest.value)}, in frame ${largest.t}; tolerance ${short(tolerance)}`}
      onPointerMove={(event) => useScrub.setState({ hover: frameAt(event) })}
      onPointerLeave={() => useScrub.setState({ hover: null })}
      onPointerDown={(event) => useScrub.setState({ pinned: frameAt(event), playing: false })}
    >
      <rect className={css.beyond} x={0} y={0} width={SIZE.width} height={y(tolerance)} />
      <line className={css.tolerance} x1={0} x2={SIZE.width} y1={y(tolerance)} y2={y(tolerance)} />
      <Crosshair overTime={overTime} x={x} y={y} />
      {stretches(known).map((stretch) => (
        <polyline
          key={stretch[0].t}
          className={css.curve}
          points={stretch.map((p) => `${x(p.t)},${y(p.value)}`).join(" ")}
        />
      ))}
      {known.map(({ t, value }) => (
        <circle key={t} className={value > tolerance ? css.bad : css.fine} cx={x(t)} cy={y(value)} r={2} />
      ))}
    </svg>
  );
}

interface CrosshairProps {
  readonly overTime: RuleResult["overTime"];
  readonly x: (t: number) => number;
  readonly y: (value: number) => number;
}

/** Reads the frame by itself, so that moving it draws nothing else again. */
function Crosshair({ overTime, x, y }: CrosshairProps) {
  const t = useScrub(frameOf);
  const value = overTime[t];
  const right = t > overTime.length / 2;
  return (
    <g>
      <line className={css.crosshair} x1={x(t)} x2={x(t)} y1={0} y2={SIZE.height} />
      {value !== null && value !== undefined && Number.isFinite(value) && (
        <>
          <circle className={css.at} cx={x(t)} cy={y(value)} r={4} />
          <text className={css.readout} x={x(t) + (right ? -6 : 6)} y={12} textAnchor={right ? "end" : "start"}>
            {short(value)}
          </text>
        </>
      )}
    </g>
  );
}

interface Point {
  readonly t: number;
  readonly value: number;
}

/** Runs of consecutive frames. */
function stretches(points: readonly Point[]): Point[][] {
  const runs: Point[][] = [];
  for (const point of points) {
    const run = runs.at(-1);
    if (run && run[run.length - 1].t === point.t - 1) run.push(point);
    else runs.push([point]);
  }
  return runs;
}
