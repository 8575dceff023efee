/** Clips of F frames, each frame a row of values. */
export interface FramesShape {
  readonly clips: number;
  readonly F: number;
  readonly row: number;
}

/**
 * Linear ×2 in time (docs/method.md section 5): out[2k] = ¼ x[k−1] + ¾ x[k], out[2k+1] = ¾ x[k] + ¼ x[k+1], k clamped to its clip.
 * @param x [clips, F, row]
 * @returns [clips, 2F, row]
 */
export function doubleFrames(x: ArrayLike<number>, { clips, F, row }: FramesShape): Float64Array {
  const out = new Float64Array(2 * clips * F * row);
  eachWeight({ clips, F, row }, (from, to, weight) => {
    out[to] += weight * x[from];
  });
  return out;
}

/** @returns dx like x, from dout like what came out */
export function doubleFramesBackward(dout: ArrayLike<number>, { clips, F, row }: FramesShape): Float64Array {
  const dx = new Float64Array(clips * F * row);
  eachWeight({ clips, F, row }, (from, to, weight) => {
    dx[from] += weight * dout[to];
  });
  return dx;
}

/** Calls back for every pair of an input and an output value, with what the one counts in the other. */
function eachWeight({ clips, F, row }: FramesShape, join: (from: number, to: number, weight: number) => void): void {
  for (let clip = 0; clip < clips; clip++) {
    for (let f = 0; f < 2 * F; f++) {
      const near = Math.floor(f / 2);
      const far = Math.min(Math.max(f % 2 === 0 ? near - 1 : near + 1, 0), F - 1);
      for (let i = 0; i < row; i++) {
        const to = (clip * 2 * F + f) * row + i;
        join((clip * F + near) * row + i, to, 3 / 4);
        join((clip * F + far) * row + i, to, 1 / 4);
      }
    }
  }
}
