/** One solid of the sentence through the clip: of each frame's parts the one that it is. */
import type { Thing } from "../../world/language/grammar.ts";
import { CLIP } from "../../world/types.ts";
import type { ParsedSolid } from "../types.ts";
import { BOXY, type Part, parsedSolid, type SolidScene } from "./parse.ts";
import type { Outline } from "./shape.ts";

export interface Track {
  readonly thing: Thing;
  /** Per frame; null where none is seen. */
  readonly parts: readonly (Part | null)[];
  /** How many parts of its colour are seen, per frame. */
  readonly counts: readonly number[];
  /** What it looks like in most frames. */
  readonly shape: "ball" | "box";
  /** Where it is seen whole: its outline with the size that it has in most frames and an angle that does not jump; else null. */
  readonly poses: readonly (Outline | null)[];
  /** px: that of a disc of its usual area; NaN where it is never seen whole. */
  readonly radius: number;
}

export function trackOf(thing: Thing, perFrame: SolidScene["parts"][number]): Track {
  const parts = follow(perFrame);
  const whole = parts.filter((part): part is Part => part !== null && !part.partial);
  const shape = median(whole.map(({ squareness }) => squareness)) > BOXY ? "box" : "ball";
  const area = median(whole.map((part) => part.area));
  return {
    thing,
    parts,
    counts: perFrame.map((found) => found.length),
    shape,
    poses: posesOf(parts, shape, area),
    radius: Math.sqrt(area / Math.PI),
  };
}

/** The part nearest to where the body last was; the largest at first. */
function follow(perFrame: readonly (readonly Part[])[]): (Part | null)[] {
  let last: Part | null = null;
  return perFrame.map((found) => {
    if (found.length === 0) return null;
    const from: Part | null = last;
    const away = ({ x, y }: Part) => (from ? Math.hypot(x - from.x, y - from.y) : 0);
    last = found.reduce((best, part) => (away(part) < away(best) ? part : best));
    return last;
  });
}

const QUARTER = Math.PI / 2;

/** A near-square box looks the same after a quarter turn with its sides swapped: each frame takes the reading nearest to the last. */
function posesOf(parts: Track["parts"], shape: Track["shape"], area: number): (Outline | null)[] {
  const side = Math.sqrt(area);
  const readings = parts.map((part) => (part && !part.partial ? part[shape] : null));
  if (shape === "ball") {
    const radius = Math.sqrt(area / Math.PI);
    return readings.map((ball) => ball && { ...ball, half: [radius, radius] });
  }
  let last: number | null = null;
  const turned = readings.map((box) => {
    if (!box) return null;
    const turns: number = last === null ? 0 : Math.round((last - box.angle) / QUARTER);
    last = box.angle + turns * QUARTER;
    const [a, b] = turns % 2 === 0 ? box.half : [box.half[1], box.half[0]];
    return { ...box, angle: last, aspect: a / b };
  });
  const aspect = median(turned.flatMap((box) => (box ? [box.aspect] : [])));
  const half = [(side * Math.sqrt(aspect)) / 2, side / Math.sqrt(aspect) / 2] as const;
  return turned.map((box) => box && { shape: box.shape, x: box.x, y: box.y, angle: box.angle, half });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? NaN : sorted[sorted.length >> 1];
}

/** Per frame, what is drawn over the picture: every part of the solids, and bodies of colours that nobody named. */
export function parsedSolids(scene: SolidScene): ParsedSolid[][] {
  return Array.from({ length: CLIP.frames }, (_, t) =>
    [...scene.parts.flatMap((frames) => frames[t]), ...scene.strange[t].parts].map(parsedSolid),
  );
}
