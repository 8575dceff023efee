import {
  type Judged,
  type ParsedFrame,
  type RuleResult,
  SANDBOX_CLIP,
  type Verdict,
  yardstickSentence,
} from "../worker/protocol.ts";
import { type Drawing, type FigureChoices, INK, LEADING, planeOf, wrapped } from "./compose.ts";
import { lawsWords } from "./judge_tables.ts";
import { short } from "./scale.ts";
import { type Box, type Picture, type Shape, textWidth } from "./shapes.ts";

/** What of the parsed scene is drawn over a frame. */
export interface SceneLayers {
  readonly outlines: boolean;
  readonly centres: boolean;
  readonly paths: boolean;
  /** The 64×64 pixels that the judge sees, not smoothed. */
  readonly pixels: boolean;
}

// Eight digits, which our SVG splits into colour and opacity: programs for vectors know no others of CSS.
const CASING = "#00000099";
const LINE = "#ffffff";
const FAINT = "#ffffff73";

/** The judged frames as pictures, to be drawn at any size. */
export function picturesOf({ frames }: Pick<Judged, "frames">): Picture[] {
  const { size, frames: T } = SANDBOX_CLIP;
  return Array.from({ length: T }, (_, t) => {
    const canvas = new OffscreenCanvas(size, size);
    const pixels = new Uint8ClampedArray(4 * size * size).fill(255);
    for (let i = 0; i < size * size; i++) {
      const at = 3 * (t * size * size + i);
      pixels.set(frames.subarray(at, at + 3), 4 * i);
    }
    canvas.getContext("2d")?.putImageData(new ImageData(pixels, size, size), 0, 0);
    return canvas;
  });
}

/** Frame t with the scene as the judge parsed it: white lines in a dark casing, which read over every colour of the palette. */
export function sceneShapes(
  image: Picture,
  parsed: readonly ParsedFrame[],
  t: number,
  box: Box,
  layers: SceneLayers,
): Shape[] {
  const scale = box.width / SANDBOX_CLIP.size;
  const thin = Math.max(1, box.width / 320);
  const place = (x: number, y: number): [number, number] => [box.x + x * scale, box.y + y * scale];
  const shapes: Shape[] = [{ kind: "image", image, box, smooth: !layers.pixels }];
  const frame = parsed[t];
  if (!frame) return shapes;
  const cased = (points: readonly (readonly [number, number])[], color: string, dash?: readonly number[]) => {
    if (points.length < 2) return;
    shapes.push({ kind: "line", points, stroke: { color: CASING, width: 2.6 * thin } });
    shapes.push({ kind: "line", points, stroke: { color, width: 1.3 * thin, ...(dash ? { dash } : {}) } });
  };
  if (layers.paths) {
    for (const path of pathsOf(parsed)) {
      const points = path.map((at) => at && place(at.x, at.y));
      for (const run of runsOf(points)) cased(run, FAINT);
      for (const run of runsOf(points.slice(0, t + 1))) cased(run, LINE);
      for (const point of points.slice(0, t + 1)) if (point) shapes.push(dot(point, 1.6 * thin));
    }
  }
  if (layers.outlines) {
    // Liquids are dashed, solids drawn through; what is only partly seen is dotted.
    for (const { outlines } of frame.fluids) {
      for (const outline of outlines) cased(closed(outline, place), LINE, [5 * thin, 3 * thin]);
    }
    for (const { outline, partial } of frame.solids) {
      cased(closed(outline, place), LINE, partial ? [thin, 4 * thin] : undefined);
    }
  }
  if (layers.centres) {
    for (const { x, y } of [...frame.fluids, ...frame.solids]) {
      if (Number.isFinite(x + y)) shapes.push(dot(place(x, y), 3 * thin));
    }
  }
  return shapes;
}

const dot = ([x, y]: readonly [number, number], r: number): Shape => ({
  kind: "circle",
  x,
  y,
  r,
  fill: LINE,
  stroke: { color: CASING, width: r / 2 },
});

/** A flat list of coordinates as a closed line. */
function closed(outline: readonly number[], place: (x: number, y: number) => [number, number]): [number, number][] {
  const points: [number, number][] = [];
  for (let i = 0; i + 1 < outline.length; i += 2) points.push(place(outline[i], outline[i + 1]));
  return points.length > 0 ? [...points, points[0]] : points;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Each body's centre in each frame, bodies told apart by colour; null where it is not seen. */
function pathsOf(parsed: readonly ParsedFrame[]): (Place | null)[][] {
  const colours = new Set(parsed.flatMap(({ solids, fluids }) => [...solids, ...fluids].map(({ colour }) => colour)));
  return [...colours].map((colour) =>
    parsed.map(({ solids, fluids }) => {
      const found = [...solids, ...fluids].find((body) => body.colour === colour);
      return found && Number.isFinite(found.x + found.y) ? found : null;
    }),
  );
}

/** The unbroken stretches of a path. */
function runsOf(points: readonly ([number, number] | null)[]): [number, number][][] {
  const runs: [number, number][][] = [[]];
  for (const point of points) {
    if (point) runs[runs.length - 1].push(point);
    else runs.push([]);
  }
  return runs;
}

/** The error in units of its tolerance; one that is no number is beyond any. */
export const ratioOf = ({ error, tolerance }: Pick<RuleResult, "error" | "tolerance">): number =>
  Number.isNaN(error) ? Number.POSITIVE_INFINITY : error / tolerance;

/** A rule's name for people. */
export const ruleTitle = ({ words }: Pick<Judged, "words">, { rule }: Pick<RuleResult, "rule">): string =>
  words[rule]?.title ?? rule;

/** The rules that apply, the nearest to its limit first. */
export const applying = ({ rules }: Pick<Verdict, "rules">): RuleResult[] =>
  rules.filter(({ applies }) => applies).sort((a, b) => ratioOf(b) - ratioOf(a));

/** How far an error is from its tolerance, on a bar of five equal zones: one for each of the grades 5 to 1. */
export function gradePlace(ratio: number): number {
  const edges = [0, 0.25, 1, 2, 4, 8];
  if (!(ratio < 8)) return 1;
  const zone = edges.findLastIndex((edge) => edge <= ratio);
  return (zone + (ratio - edges[zone]) / (edges[zone + 1] - edges[zone])) / 5;
}

export interface JudgeChoices extends Pick<FigureChoices, "widthMm" | "typePt" | "caption" | "perBand"> {
  /** Frames of the clip, ascending. */
  readonly frames: readonly number[];
  /** Whether the rules that apply stand below the frames, each with its error on the scale of its grades. */
  readonly rules: boolean;
}

/** What the figure is, for whoever finds it apart from its page. */
export const judgeCaption = (judged: Judged, source: string): string =>
  `“${judged.verdict.prompt}”, ${[source, lawsWords(judged)].filter(Boolean).join(", ")}. ${verdictWords(judged)}. Law judge: SA*, PC* and Joint* measure laws of a simulated world from its pixels; they are no VideoPhy scores. ${yardstickSentence()} Bars: grades 5 to 1, the line is the tolerance.`;

/** Between frames, in the plane's units. */
const GAP = 4;
/** The narrowest frame that still shows something, in millimetres. */
const NARROWEST_MM = 14;
const PAPER = "#ffffff";

/** Frames with the parsed scene, and every rule that applies, for a paper or a bug report. @throws RangeError for a width or type that no paper has */
export function judgeDrawing(
  judged: Judged,
  pictures: readonly Picture[],
  caption: string,
  { frames, rules, perBand, ...choices }: JudgeChoices,
): Drawing {
  const { verdict } = judged;
  const { width, type, unitsPerMm } = planeOf(choices);
  const most = Math.max(1, Math.floor((width + GAP) / (NARROWEST_MM * unitsPerMm + GAP)));
  const columns = Math.min(frames.length, perBand ?? Math.ceil(frames.length / Math.ceil(frames.length / most)));
  const side = (width - (columns - 1) * GAP) / columns;
  const shapes = frames.flatMap((t, i) => {
    const box = {
      x: (i % columns) * (side + GAP),
      y: Math.floor(i / columns) * (side + GAP),
      width: side,
      height: side,
    };
    return sceneShapes(pictures[t], verdict.parsed, t, box, {
      outlines: true,
      centres: true,
      paths: false,
      pixels: false,
    });
  });
  let top = Math.ceil(frames.length / columns) * (side + GAP);
  if (rules) top = addRules(shapes, judged, top + 1.6 * type, width, type);
  const lines = choices.caption ? wrapped(caption, width, type) : [];
  lines.forEach((text, i) => {
    shapes.push({
      kind: "text",
      x: 0,
      y: top + (1 + i * LEADING) * type,
      text,
      size: type,
      color: INK,
      align: "start",
    });
  });
  const height = top + (lines.length > 0 ? (lines.length * LEADING + 0.5) * type : 0);
  const paper: Shape = { kind: "rect", box: { x: 0, y: 0, width, height }, fill: PAPER };
  return { shapes: [paper, ...shapes], width, height, widthMm: choices.widthMm };
}

/** One line a rule: its name, its error on the bar of its grades, both numbers. @returns where the last one ends */
function addRules(shapes: Shape[], judged: Judged, top: number, width: number, type: number): number {
  const lines = applying(judged.verdict).map(({ rule, side, error, tolerance }) => ({
    name: `${side}*  ${ruleTitle(judged, { rule })}`,
    words: `${short(error)} of ${short(tolerance)}${error <= tolerance ? "" : ", broken"}`,
    at: gradePlace(ratioOf({ error, tolerance })),
    holds: error <= tolerance,
  }));
  const widest = (of: (line: (typeof lines)[number]) => string) =>
    Math.max(0, ...lines.map((line) => textWidth(of(line), type)));
  const left = widest(({ name }) => name) + type;
  const long = Math.max(4 * type, width - left - type - widest(({ words }) => words));
  const step = 1.5 * type;
  lines.forEach(({ name, words, at, holds }, i) => {
    const y = top + i * step;
    const write = (x: number, text: string) =>
      shapes.push({ kind: "text", x, y, text, size: type, color: INK, align: "start" });
    const bar = { x: left, y: y - 0.7 * type, width: long, height: 0.75 * type };
    const limit = left + long * 0.4;
    write(0, name);
    shapes.push(
      { kind: "rect", box: bar, fill: "#ececea" },
      { kind: "rect", box: { ...bar, width: long * at }, fill: holds ? "#11734b" : "#b3261e" },
      {
        kind: "line",
        points: [
          [limit, bar.y - 0.15 * type],
          [limit, bar.y + 0.9 * type],
        ],
        stroke: { color: INK, width: 2 },
      },
    );
    write(left + long + type, words);
  });
  return top + lines.length * step - 0.7 * type;
}

/** "SA* 0.91 (grade 4), PC* 0.12 (grade 2): Joint* fails" */
export function verdictWords({ verdict }: Pick<Judged, "verdict">): string {
  const { sa, pc, saGrade, pcGrade, joint, discarded } = verdict;
  if (discarded) return `not judged (${discarded}); it counts as failing SA* and PC*`;
  return `SA* ${sa.toFixed(2)} (grade ${saGrade}), PC* ${pc.toFixed(2)} (grade ${pcGrade}): Joint* ${joint ? "holds" : "fails"}`;
}
