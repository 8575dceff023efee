import { USUAL_DPI } from "../../figure/export.ts";
import { withResolution } from "../../figure/print.ts";
import { csvWith } from "../../formats/provenance.ts";
import { trainOrigin } from "../../state/provenance.ts";
import type { TrainRun } from "../../state/train/store.ts";
import { LOSSES, type SetAgreement } from "../../worker/protocol.ts";
import { whatDiffers } from "./words.ts";

/** A run with all that it takes to run it again, in the words of `npm run align`. */
export function runJson({ recipe, data, parameters, status, step, points, agreement }: TrainRun) {
  return {
    recipe,
    data,
    parameters,
    status,
    step,
    steps: points.map((point) => ({ step: point.step, loss: point.loss, grad_norm: point.gradNorm, ms: point.ms })),
    agreement: agreement.map((point) => ({
      step: point.step,
      train: point.train.teacher,
      held: point.held?.teacher ?? null,
      train_set: setJson(point.train),
      held_set: point.held && setJson(point.held),
    })),
  };
}

/** Several runs, each as it would be alone. */
export const runsJson = (runs: readonly TrainRun[]) => ({
  runs: runs.map((run) => ({ name: whatDiffers(run, runs), ...runJson(run) })),
});

/** What a file of runs is named after: the clip, the losses that it holds, and how far they went. */
export function stemOf(runs: readonly TrainRun[]): string {
  const clips = [...new Set(runs.map(({ data }) => data.clipName))];
  const losses = [...new Set(runs.map(({ recipe }) => LOSSES[recipe.loss].name))];
  const steps = Math.max(...runs.map(({ step }) => step));
  const what = losses.length <= 4 ? losses.join(" ") : `${losses.length} losses`;
  const count = runs.length > losses.length ? ` ${runs.length} runs` : "";
  return `${clips.length === 1 ? clips[0] : `${clips.length} clips`} ${what}${count} step ${steps}`;
}

const setJson = ({ teacher, truth, moving, still, teacherTruth, entropyBits }: SetAgreement) => ({
  teacher,
  truth,
  moving,
  still,
  teacher_truth: teacherTruth,
  entropy_bits: entropyBits,
});

const COLUMNS = ["run", "loss_kind", "tau", "seed", "step", "loss", "grad_norm", "ms"];
const MEASURED = ["train", "held", "train_truth", "held_truth", "train_entropy_bits", "held_entropy_bits"];
const MOVING = ["train_moving", "held_moving", "train_still", "held_still", "teacher_truth"];

/** What was measured of a run at a step. */
function measuredCells({ agreement }: TrainRun, at: number) {
  const { train, held } = agreement.find(({ step }) => step === at) ?? { train: undefined, held: undefined };
  const found = [train?.teacher, held?.teacher, train?.truth, held?.truth, train?.entropyBits, held?.entropyBits];
  return [...found, train?.moving, held?.moving, train?.still, held?.still, train?.teacherTruth];
}

/** One line for each step of each run, from the untrained student's step 0 on; what was measured at that step behind it. */
export function runsCsv(runs: readonly TrainRun[]): string {
  const of: TrainRun[] = [];
  const lines = runs.flatMap((run) => {
    const { loss, tau, seed } = run.recipe;
    const untrained = run.agreement.some(({ step }) => step === 0) && run.points[0]?.step !== 0;
    const points = [...(untrained ? [{ step: 0, loss: null, gradNorm: null, ms: null }] : []), ...run.points];
    of.push(...points.map(() => run));
    return points.map(({ step, loss: value, gradNorm, ms }) => [
      ...[run.run, loss, tau, seed, step, value, gradNorm, ms === null ? null : Number(ms.toFixed(2))],
      ...measuredCells(run, step),
    ]);
  });
  const first = runs[0];
  return csvWith([...COLUMNS, ...MEASURED, ...MOVING], lines, (line) => trainOrigin(of[line] ?? first));
}

/** The table of runs: what each was, where it began (step 0: untrained) and what it reached. */
export function runsTableCsv(runs: readonly TrainRun[]): string {
  const recipe = ["loss_kind", "tau", "rho", "lambda", "learning_rate", "seed", "steps"];
  const lines = runs.flatMap((run) => {
    const { loss, tau, rho, lambda, learningRate, seed, steps } = run.recipe;
    const [start, end] = [run.agreement[0], run.agreement.at(-1)];
    const row = (what: string, step: number | undefined) =>
      step === undefined
        ? []
        : [
            [
              ...[run.run, whatDiffers(run, runs), what, loss, tau, rho, lambda, learningRate, seed, steps, step],
              run.points.find((point) => point.step === step)?.loss,
              ...measuredCells(run, step),
            ],
          ];
    return [...row("untrained", start?.step === 0 ? 0 : undefined), ...row(run.status, end?.step || undefined)];
  });
  const columns = ["run", "name", "status", ...recipe, "step", "loss", ...MEASURED, ...MOVING];
  const byNumber = new Map(runs.map((run) => [run.run, run]));
  return csvWith(columns, lines, (line) => trainOrigin(byNumber.get(Number(lines[line]?.[0])) ?? runs[0]));
}

/** What a stylesheet says about a shape; a file of its own has no stylesheet. */
const STYLED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-size", "font-weight"];

const LEGEND_LINE = 16;

interface ChartsFile {
  readonly text: string;
  readonly width: number;
  readonly height: number;
}

/** Both columns of a paper, in millimetres; the charts' type comes out at 8 points there. */
const WIDTH_MM = 180;
const SIDE_BY_SIDE = 2;
const GAP = 16;

/** Reads the page's styles as they are in its light theme: files go onto white paper. Nothing is painted before it is over. */
function inLight<T>(read: () => T): T {
  const { dataset } = document.documentElement;
  const before = dataset.theme;
  dataset.theme = "light";
  try {
    return read();
  } finally {
    if (before === undefined) delete dataset.theme;
    else dataset.theme = before;
  }
}

/** The charts on screen as a grid in one file with their legends, on white. */
const chartsFile = (): ChartsFile =>
  inLight(() => {
    const charts = [...document.querySelectorAll<SVGSVGElement>("[data-testid=train-charts] svg[role=img]")];
    const { width, height } = charts[0]?.viewBox.baseVal ?? { width: 0, height: 0 };
    const columns = Math.min(SIDE_BY_SIDE, charts.length);
    const across = columns * width + (columns - 1) * GAP;
    let [top, tallest] = [0, 0];
    const parts = charts.map((chart, i) => {
      const column = i % columns;
      if (column === 0) [top, tallest] = [top + tallest, 0];
      const names = legendOf(chart, height + LEGEND_LINE / 2);
      tallest = Math.max(tallest, height + LEGEND_LINE * (names.length + 1));
      return `<g transform="translate(${column * (width + GAP)} ${top})">${styled(chart)}${names.join("")}</g>`;
    });
    const tall = top + tallest;
    const size = `width="${WIDTH_MM}mm" height="${((WIDTH_MM * tall) / across).toFixed(2)}mm"`;
    const root = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${across} ${tall}" ${size}>`;
    const back = `<rect width="100%" height="100%" fill="#ffffff"/>`;
    return { text: `${root}${back}${parts.join("")}</svg>\n`, width: across, height: tall };
  });

const svgBlob = ({ text }: ChartsFile): Blob => new Blob([text], { type: "image/svg+xml" });

export const chartsSvg = (): Blob => svgBlob(chartsFile());

/** The same as pixels, at the resolution that it says of itself. */
export async function chartsPng(): Promise<Blob> {
  const file = chartsFile();
  const url = URL.createObjectURL(svgBlob(file));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const width = Math.round((WIDTH_MM / 25.4) * USUAL_DPI);
    const height = Math.round((width * file.height) / file.width);
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d")?.drawImage(image, 0, 0, width, height);
    const blob = await canvas.convertToBlob({ type: "image/png" });
    return new Blob([withResolution(new Uint8Array(await blob.arrayBuffer()), USUAL_DPI)], { type: "image/png" });
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The inside of a chart with its styles in place. */
function styled(chart: SVGSVGElement): string {
  const copy = chart.cloneNode(true) as SVGSVGElement;
  const own = [...chart.querySelectorAll("*")];
  copy.querySelectorAll("*").forEach((element, e) => {
    const style = getComputedStyle(own[e]);
    element.removeAttribute("class");
    for (const name of STYLED) element.setAttribute(name, style.getPropertyValue(name));
  });
  return copy.innerHTML;
}

/** The names below a chart, one on a line from `top` on. */
function legendOf(chart: SVGSVGElement, top: number): string[] {
  return [...(chart.closest("figure")?.querySelectorAll<HTMLElement>("figcaption > span") ?? [])].map((entry, i) => {
    const group = document.createElementNS("http://www.w3.org/2000/svg", "g");
    const line = entry.querySelector("line")?.cloneNode() as SVGLineElement | undefined;
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    const style = getComputedStyle(entry);
    for (const [name, value] of Object.entries({ x: "28", y: "8", "font-size": "11", "font-family": style.fontFamily }))
      text.setAttribute(name, value);
    text.setAttribute("fill", style.color);
    text.textContent = entry.textContent.trim();
    group.setAttribute("transform", `translate(8 ${top + i * LEGEND_LINE})`);
    group.append(...(line ? [line] : []), text);
    return new XMLSerializer().serializeToString(group);
  });
}
