/**
 * Sine and cosine from + − × alone. Math.sin and its like may differ in the last bit between engines, and a clip must not: within
 * src/world only + − × ÷, Math.sqrt, floor, round, abs, min, max and imul are used, which IEEE 754 and ECMAScript fix exactly.
 */

const TAU = 2 * Math.PI;

/** Taylor's polynomial after reduction to [−π/2, π/2]; its error there is under 1e-9. */
export function sin(angle: number): number {
  let x = angle - TAU * Math.round(angle / TAU);
  if (x > Math.PI / 2) x = Math.PI - x;
  else if (x < -Math.PI / 2) x = -Math.PI - x;
  const s = x * x;
  return (
    x *
    (1 - (s / 6) * (1 - (s / 20) * (1 - (s / 42) * (1 - (s / 72) * (1 - (s / 110) * (1 - (s / 156) * (1 - s / 210)))))))
  );
}

export const cos = (angle: number): number => sin(angle + Math.PI / 2);
