import type { TrainRun } from "../../state/train/store.ts";
import type { SetAgreement } from "../../worker/protocol.ts";

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

/** One line for each step of each run; what was measured at that step behind it. */
export function runsCsv(runs: readonly TrainRun[]): string {
  const lines = runs.flatMap((run) => {
    const { loss, tau, seed } = run.recipe;
    return run.points.map((point) => {
      const measured = run.agreement.find(({ step }) => step === point.step);
      const { train, held } = measured ?? { train: undefined, held: undefined };
      const found = [train?.teacher, held?.teacher, train?.truth, held?.truth, train?.entropyBits, held?.entropyBits];
      return [run.run, loss, tau, seed, point.step, point.loss, point.gradNorm, point.ms, ...found]
        .map((value) => value ?? "")
        .join(",");
    });
  });
  return `${[[...COLUMNS, ...MEASURED].join(","), ...lines].join("\n")}\n`;
}

/** What a stylesheet says about a shape; a file of its own has no stylesheet. */
const STYLED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-size", "font-weight"];

const LEGEND_LINE = 16;

interface ChartsFile {
  readonly text: string;
  readonly width: number;
  readonly height: number;
}

/** The charts on screen, below one another in one file with their legends, in the current colours. */
function chartsFile(): ChartsFile {
  const charts = [...document.querySelectorAll<SVGSVGElement>("[data-testid=train-charts] svg[role=img]")];
  const { width, height } = charts[0]?.viewBox.baseVal ?? { width: 0, height: 0 };
  const ground = getComputedStyle(document.body).backgroundColor;
  let top = 0;
  const parts = charts.map((chart) => {
    const names = legendOf(chart, height + LEGEND_LINE / 2);
    const part = `<g transform="translate(0 ${top})">${styled(chart)}${names.join("")}</g>`;
    top += height + LEGEND_LINE * (names.length + 1);
    return part;
  });
  const back = `<rect width="100%" height="100%" fill="${ground}"/>`;
  const root = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}" width="${width}" height="${top}">`;
  return { text: `${root}${back}${parts.join("")}</svg>\n`, width, height: top };
}

const svgBlob = ({ text }: ChartsFile): Blob => new Blob([text], { type: "image/svg+xml" });

export const chartsSvg = (): Blob => svgBlob(chartsFile());

/** Pixels of the PNG for each unit of a chart: 320 units become 960 pixels, 300 dpi over a column of a paper. */
const PNG_SCALE = 3;

/** The same as pixels. */
export async function chartsPng(): Promise<Blob> {
  const file = chartsFile();
  const url = URL.createObjectURL(svgBlob(file));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const [width, height] = [file.width * PNG_SCALE, file.height * PNG_SCALE];
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d")?.drawImage(image, 0, 0, width, height);
    return await canvas.convertToBlob({ type: "image/png" });
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
