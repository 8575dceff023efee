import { useEffect, useMemo, useState } from "react";
import { QUERY_COLORS } from "../../figure/colors.ts";
import { advisedTau } from "../../figure/doubt.ts";
import type { AxisSpec } from "../../figure/plot.ts";
import { short } from "../../figure/scale.ts";
import { CURVE_TAUS } from "../../state/explore/wanted.ts";
import { useSession } from "../../state/session.ts";
import { setSettings, usePicked } from "../../state/settings.ts";
import { Button } from "../controls/controls.tsx";
import { LaterPlot } from "../controls/later_plot.ts";
import css from "../controls/Rail.module.css";
import own from "./TauCurve.module.css";

const TAU: AxisSpec = { label: "τ", log: true, range: [CURVE_TAUS[0], CURVE_TAUS[CURVE_TAUS.length - 1]] };
const SHARE: AxisSpec = { label: "share", log: false, range: [0, 1] };

/** Where fewer matches lead back at any τ, none of them is advised. */
const TRUSTED = 0.3;

/** The nearest of the curve's temperatures. */
const nearest = (tau: number) =>
  CURVE_TAUS.reduce((best, one) => (Math.abs(Math.log(one / tau)) < Math.abs(Math.log(best / tau)) ? one : best));

/** Which τ, where nobody knows the truth: how often soft matches lead back, at each of many. Asked for, the best one is taken. */
export function TauCurve() {
  const { showCurve, tau } = usePicked("showCurve", "tau");
  const curve = useSession((session) => session.tauCurve);
  const frame = useSession((session) => session.correspondence?.queries[0]?.[0]);
  /** The τ of the moment when the best one was asked for: who goes on to steer has chosen. */
  const [asked, setAsked] = useState<number | null>(null);
  const advised = useMemo(() => curve && advisedTau(curve), [curve]);
  useEffect(() => {
    if (asked === null || !advised || curve?.frame !== frame) return;
    setAsked(null);
    if (asked === tau && advised.share >= TRUSTED) setSettings({ tau: advised.tau });
  }, [asked, advised, curve, frame, tau]);
  if (!showCurve) {
    const find = () => {
      setAsked(tau);
      setSettings({ showCurve: true });
    };
    return <Button onClick={find}>Find the best τ</Button>;
  }
  if (!curve || !advised) return <p className={css.hint}>Asking tokens of all the clip …</p>;
  const trusted = advised.share >= TRUSTED;
  const points = (shares: ArrayLike<number>) => curve.taus.map((one, t) => [one, shares[t]] as const);
  return (
    <div className={own.curve} data-testid="tau-curve">
      <LaterPlot
        dots
        title="Soft matches that lead back"
        x={TAU}
        y={SHARE}
        at={tau}
        crosshair={{ useAt: () => null, onMove: () => {}, onPin: (x) => setSettings({ tau: nearest(x) }) }}
        series={[
          { name: "lead back", color: QUERY_COLORS[1], points: points(curve.cycle) },
          ...(curve.truth
            ? [{ name: "right, by the truth", color: QUERY_COLORS[2], dash: "5 3", points: points(curve.truth) }]
            : []),
          ...(trusted
            ? [
                {
                  name: `advised, τ = ${short(advised.tau)}`,
                  color: QUERY_COLORS[0],
                  points: [[advised.tau, 0] as const, [advised.tau, advised.share] as const],
                },
              ]
            : []),
        ]}
      />
      <p className={css.hint}>
        {adviceWords(advised, curve.best)} {curve.tokens} tokens of frame {curve.frame}, asked into every other frame
        and back; within one token counts. Dashed: your τ; press in the plot to take another.
      </p>
      <div className={css.row}>
        {trusted && tau !== advised.tau && (
          <Button primary onClick={() => setSettings({ tau: advised.tau })}>
            Take τ = {short(advised.tau)}
          </Button>
        )}
        <Button onClick={() => setSettings({ showCurve: false })}>Close</Button>
      </div>
    </div>
  );
}

function adviceWords({ tau, share }: { readonly tau: number; readonly share: number }, best: number): string {
  const often = `${Math.round(100 * share)} %`;
  if (share < TRUSTED) return `At no τ do matches lead back often (at best ${often}): trust none of them.`;
  return `τ = ${short(tau)} is the warmest that loses nothing: ${often} lead back, of best matches ${Math.round(100 * best)} %.`;
}
