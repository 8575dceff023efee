import { wayColor } from "./colors.ts";
import { type Scale, short } from "./scale.ts";
import type { Shape } from "./shapes.ts";

/** The wheel is drawn in so many squares across: enough for its hues, few enough for an SVG. */
const ACROSS = 15;
/** No larger than a colour bar with its numbers is wide. */
const LARGEST = 44;

/** The legend of ways: a wheel of their colours, the strongest on its rim, whose length stands beside it. */
export function wheelShapes(
  { high }: Scale,
  { x, y, side }: { readonly x: number; readonly y: number; readonly side: number },
  ink: string,
  type: number,
): Shape[] {
  const size = Math.min(LARGEST, Math.max(side, 1.6 * type));
  const step = size / ACROSS;
  const shapes: Shape[] = [];
  for (let row = 0; row < ACROSS; row++) {
    for (let column = 0; column < ACROSS; column++) {
      const [dx, dy] = [(2 * (column + 0.5)) / ACROSS - 1, (2 * (row + 0.5)) / ACROSS - 1];
      if (Math.hypot(dx, dy) > 1) continue;
      const bytes = wayColor(Math.atan2(dy, dx), Math.hypot(dx, dy));
      const fill = `#${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
      shapes.push({
        kind: "rect",
        box: { x: x + column * step, y: y + row * step, width: step, height: step },
        fill,
      });
    }
  }
  const text = short(Number(high.toPrecision(2)));
  shapes.push({
    kind: "text",
    x: x + size + 3,
    y: y + size / 2 + 0.35 * type,
    text,
    size: type,
    color: ink,
    align: "start",
  });
  return shapes;
}
