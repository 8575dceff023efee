/** Where a liquid's share passes ½, as closed lines: marching squares between pixel centres. */
import { CLIP } from "../../world/types.ts";

const { size: SIZE } = CLIP;
const LEVEL = 0.5;

/** A cell's four edges, by the corner that they start from, clockwise from the top left. */
const TOP = 0;
const RIGHT = 1;
const BOTTOM = 2;
const LEFT = 3;

/** Of each of the 16 cases (corner bits: top left 1, top right 2, bottom right 4, bottom left 8): lines from edge to edge, inside on the left hand. */
const LINES: readonly (readonly (readonly [from: number, to: number])[])[] = [
  [],
  [[LEFT, TOP]],
  [[TOP, RIGHT]],
  [[LEFT, RIGHT]],
  [[RIGHT, BOTTOM]],
  [
    [LEFT, TOP],
    [RIGHT, BOTTOM],
  ],
  [[TOP, BOTTOM]],
  [[LEFT, BOTTOM]],
  [[BOTTOM, LEFT]],
  [[BOTTOM, TOP]],
  [
    [TOP, RIGHT],
    [BOTTOM, LEFT],
  ],
  [[BOTTOM, RIGHT]],
  [[RIGHT, LEFT]],
  [[RIGHT, TOP]],
  [[TOP, LEFT]],
  [],
];

/**
 * @param share [64, 64]; beyond the frame it counts as 0, so that every line closes along the border
 * @returns closed lines [x₀, y₀, x₁, y₁, …] in px, the last point joined to the first
 */
export function outlines(share: Float32Array): number[][] {
  const value = (x: number, y: number) => (x < 0 || y < 0 || x >= SIZE || y >= SIZE ? 0 : share[y * SIZE + x]);
  const side = SIZE + 2;
  /** One number per edge: 2·(its left or upper pixel), + 1 if it runs down. */
  const edge = (x: number, y: number, which: number): number => {
    const place = (i: number, j: number) => 2 * ((j + 1) * side + i + 1);
    if (which === TOP) return place(x, y);
    if (which === BOTTOM) return place(x, y + 1);
    return which === LEFT ? place(x, y) + 1 : place(x + 1, y) + 1;
  };
  const next = new Map<number, number>();
  for (let y = -1; y < SIZE; y++) {
    for (let x = -1; x < SIZE; x++) {
      const inside = (i: number, j: number, bit: number) => (value(i, j) > LEVEL ? bit : 0);
      const kind = inside(x, y, 1) | inside(x + 1, y, 2) | inside(x + 1, y + 1, 4) | inside(x, y + 1, 8);
      for (const [from, to] of LINES[kind]) next.set(edge(x, y, from), edge(x, y, to));
    }
  }
  const point = (key: number): [number, number] => {
    const down = key % 2;
    const place = (key - down) / 2;
    const x = (place % side) - 1;
    const y = Math.floor(place / side) - 1;
    const here = value(x, y);
    const there = down ? value(x, y + 1) : value(x + 1, y);
    const along = (LEVEL - here) / (there - here);
    return down ? [x + 0.5, y + 0.5 + along] : [x + 0.5 + along, y + 0.5];
  };
  const lines: number[][] = [];
  while (next.size > 0) {
    const line: number[] = [];
    const [start] = next.keys();
    for (let key: number | undefined = start; key !== undefined; ) {
      line.push(...point(key));
      const following: number | undefined = next.get(key);
      next.delete(key);
      key = following !== undefined && next.has(following) ? following : undefined;
    }
    lines.push(line);
  }
  return lines;
}
