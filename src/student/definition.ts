/** The student's parameters by its shape, in the order of `student.json` and of PyTorch's files. */
import type { Parameter } from "../nn/arena.ts";
import type { StudentShape } from "./model.ts";

const weightAndBias = (name: string, inputs: number, outputs: number): Parameter[] => [
  { name: `${name}.weight`, shape: [inputs, outputs], layout: "linear" },
  { name: `${name}.bias`, shape: [outputs], layout: "plain" },
];

const norm = (name: string, size: number): Parameter[] =>
  ["weight", "bias"].map((part) => ({ name: `${name}.${part}`, shape: [size], layout: "plain" }));

const plain = (name: string, shape: readonly number[]): Parameter => ({ name, shape, layout: "plain" });

function block(name: string, { width: C, heads, time_width }: StudentShape): Parameter[] {
  return [
    ...["norm1", "norm2"].flatMap((one) => [
      ...weightAndBias(`${name}.${one}.linear`, time_width, 6 * C),
      ...norm(`${name}.${one}.norm`, C),
    ]),
    ...["norm_q", "norm_k"].flatMap((one) => norm(`${name}.attn1.${one}`, C / heads)),
    ...["to_q", "to_k", "to_v", "to_out"].flatMap((one) => weightAndBias(`${name}.attn1.${one}`, C, C)),
    ...weightAndBias(`${name}.ff.fc1`, C, 4 * C),
    ...weightAndBias(`${name}.ff.fc2`, 4 * C, C),
  ];
}

/** @throws RangeError for a shape that the layers cannot take, with the value and what is possible */
export function studentParameters(shape: StudentShape): Parameter[] {
  checkShape(shape);
  const { values, width: C, depth, time_width, words, vocabulary } = shape;
  return [
    plain("given", [C]),
    plain("text_embedding", [vocabulary, C]),
    plain("text_positions", [words, C]),
    ...weightAndBias("proj", values, C),
    ...weightAndBias("time_embedding.linear_1", time_width, time_width),
    ...weightAndBias("time_embedding.linear_2", time_width, time_width),
    ...Array.from({ length: depth }, (_, i) => block(`transformer_blocks.${i}`, shape)).flat(),
    ...norm("norm_final", C),
    ...weightAndBias("norm_out.linear", time_width, 2 * C),
    ...norm("norm_out.norm", C),
    ...weightAndBias("proj_out", C, values),
  ];
}

/** Blocks, the most that are described: a damaged file may count any number of them. */
const MAX_DEPTH = 256;

function checkShape(shape: StudentShape): void {
  for (const [name, value] of Object.entries(shape)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`the student's ${name} must be a whole number ≥ 1, got ${value}`);
    }
  }
  const { values, width, depth, heads, time_width, words, frames, rows } = shape;
  if (depth > MAX_DEPTH) throw new RangeError(`the student's depth must be ≤ ${MAX_DEPTH}, got ${depth}`);
  const multiples: [string, number, number][] = [
    ["width (a quarter of it for time, three eighths for each side)", width, 16],
    ["values a token", values, 4],
    ["time_width", time_width, 4],
    ["width over heads", width / heads, 4],
    ["words and video tokens together", words + frames * rows ** 2, 4],
  ];
  for (const [name, value, of] of multiples) {
    if (value % of !== 0) throw new RangeError(`the student's ${name} must be a multiple of ${of}, got ${value}`);
  }
}
