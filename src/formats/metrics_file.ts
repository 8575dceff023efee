/** A step of a run at full size, as scale/train.py writes it. */
export interface MetricsPoint {
  readonly step: number;
  /** The diffusion loss and λ times the alignment loss. */
  readonly loss: number;
  readonly diffusion: number;
  readonly alignment: number;
  readonly lambda: number;
  /** NaN where the gradient overflowed and the step was left out. */
  readonly gradNorm: number;
  readonly ms: number;
}

const NUMBERS = ["step", "loss", "diffusion", "alignment", "lambda", "grad_norm", "ms"] as const;
type Name = (typeof NUMBERS)[number];

/**
 * Reads metrics.jsonl of scale/train.py, a JSON object on each line. A last line that is not complete is left out: the run may be
 * writing it.
 * @throws Error with one sentence that names the line and what is wrong with it
 */
export function readMetrics(text: string): readonly MetricsPoint[] {
  const lines = text.split("\n");
  const unfinished = lines.pop() ?? "";
  if (complete(unfinished)) lines.push(unfinished);
  const points: MetricsPoint[] = [];
  lines.forEach((line, i) => {
    if (line.trim() === "") return;
    const point = pointOf(line, i + 1);
    const before = points.at(-1);
    if (before && point.step <= before.step) {
      throw new Error(`line ${i + 1} is of step ${point.step}, after step ${before.step}: these are lines of two runs`);
    }
    points.push(point);
  });
  if (points.length === 0) throw new Error("it has no complete line: the run has not taken a step yet");
  return points;
}

const complete = (line: string): boolean => line.trimEnd().endsWith("}");

function pointOf(line: string, place: number): MetricsPoint {
  const values = objectOf(line);
  if (!values) throw new Error(`line ${place} is no JSON object: metrics.jsonl of scale/train.py has one on each line`);
  const lacking = NUMBERS.filter(
    (name) => typeof values[name] !== "number" && !(name === "grad_norm" && values[name] === null),
  );
  if (lacking.length > 0) throw new Error(`line ${place} has no number “${lacking[0]}”: it is not of scale/train.py`);
  const { step, loss, diffusion, alignment, lambda, grad_norm: gradNorm, ms } = values as Record<Name, number>;
  return { step, loss, diffusion, alignment, lambda, gradNorm: gradNorm ?? Number.NaN, ms };
}

function objectOf(line: string): Readonly<Record<string, unknown>> | null {
  try {
    // Python writes what is no number by names that JSON does not have.
    const value: unknown = JSON.parse(line.replace(/: *(?:NaN|-?Infinity)\b/g, ": null"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
