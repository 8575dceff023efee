import { type Judged, type ParsedFrame, type RuleResult, SANDBOX_CLIP, type Verdict } from "../worker/protocol.ts";
import { drawingPng } from "./print.ts";
import { short } from "./scale.ts";
import type { Box, Picture, Shape } from "./shapes.ts";

/** What of the parsed scene is drawn over a frame. */
export interface SceneLayers {
  readonly outlines: boolean;
  readonly centres: boolean;
  readonly paths: boolean;
}

const CASING = "rgb(0 0 0 / 0.6)";
const LINE = "#ffffff";
const FAINT = "rgb(255 255 255 / 0.45)";

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
  const shapes: Shape[] = [{ kind: "image", image, box, smooth: true }];
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

/** Both columns of a paper: its smallest type is then 6.4 points. */
const WIDTH_MM = 190;
const DPI = 300;

const FIGURE = { width: 1120, margin: 20, columns: 8, gap: 6, line: 20 } as const;

/** Frames with the parsed scene, the verdict and every rule that applies, for a paper or a bug report. */
export async function judgePng(judged: Judged, pictures: readonly Picture[], source: string): Promise<Blob> {
  const { verdict } = judged;
  const { width, margin, columns, gap, line } = FIGURE;
  const side = (width - 2 * margin - (columns - 1) * gap) / columns;
  const rules = applying(verdict);
  const framesTop = 88;
  const rulesTop = framesTop + Math.ceil(pictures.length / columns) * (side + gap) + 28;
  const height = rulesTop + rules.length * line + 34;
  const text = (x: number, y: number, words: string, size = 13, color = "#1b1c1e", align: "start" | "end" = "start") =>
    ({ kind: "text", x, y, text: words, size, color, align }) as const;
  const shapes: Shape[] = [
    { kind: "rect", box: { x: 0, y: 0, width, height }, fill: "#ffffff" },
    text(margin, 28, verdict.prompt, 16),
    text(margin, 50, source, 13, "#55585d"),
    text(margin, 70, verdictWords(judged), 13, "#55585d"),
    ...pictures.flatMap((picture, t) => {
      const box = {
        x: margin + (t % columns) * (side + gap),
        y: framesTop + Math.floor(t / columns) * (side + gap),
        width: side,
        height: side,
      };
      return sceneShapes(picture, verdict.parsed, t, box, { outlines: true, centres: true, paths: false });
    }),
    ...rules.flatMap(({ rule, side: of, error, tolerance }, i): Shape[] => {
      const y = rulesTop + i * line;
      const bar = { x: 260, y: y - 9, width: 300, height: 10 };
      const at = gradePlace(ratioOf({ error, tolerance }));
      const holds = error <= tolerance;
      return [
        text(margin, y, `${of}*  ${ruleTitle(judged, { rule })}`),
        { kind: "rect", box: bar, fill: "#ececea" },
        { kind: "rect", box: { ...bar, width: bar.width * at }, fill: holds ? "#11734b" : "#b3261e" },
        {
          kind: "line",
          points: [
            [bar.x + bar.width * 0.4, y - 12],
            [bar.x + bar.width * 0.4, y + 4],
          ],
          stroke: { color: "#1b1c1e", width: 1.5 },
        },
        text(bar.x + bar.width + 12, y, `${short(error)} of ${short(tolerance)}${holds ? "" : ", broken"}`),
      ];
    }),
    text(
      margin,
      height - 14,
      "Law judge: SA*, PC* and Joint* measure laws of a simulated world from its pixels; they are no VideoPhy scores. Bars: grades 5 to 1, the line is the tolerance.",
      12,
      "#55585d",
    ),
  ];
  return drawingPng({ shapes, width, height, widthMm: WIDTH_MM }, DPI);
}

/** "SA* 0.91 (grade 4), PC* 0.12 (grade 2): Joint* fails" */
export function verdictWords({ verdict }: Pick<Judged, "verdict">): string {
  const { sa, pc, saGrade, pcGrade, joint, discarded } = verdict;
  if (discarded) return `not judged (${discarded}); it counts as failing SA* and PC*`;
  return `SA* ${sa.toFixed(2)} (grade ${saGrade}), PC* ${pc.toFixed(2)} (grade ${pcGrade}): Joint* ${joint ? "holds" : "fails"}`;
}
