/** Frames are shown in whole microseconds, and a cut is the time of a frame. */
const SAME_S = 1e-3;

/** The columns at which a new shot begins, where the frames of `timesS` are columns. Ascending; never 0. */
export function cutColumns(timesS: readonly number[], cutsS: readonly number[]): number[] {
  return timesS.flatMap((timeS, f) => {
    const begins = (cutS: number) => timesS[f - 1] < cutS - SAME_S && timeS >= cutS - SAME_S;
    return f > 0 && cutsS.some(begins) ? [f] : [];
  });
}

/** Columns of a shot: `from`, and the one after its last. Nothing can be followed beyond them. */
export interface Shot {
  readonly from: number;
  readonly to: number;
}

/** The shot that a column is in. */
export function shotAround(cuts: readonly number[], column: number, columns: number): Shot {
  return {
    from: cuts.findLast((cut) => cut <= column) ?? 0,
    to: cuts.find((cut) => cut > column) ?? columns,
  };
}
