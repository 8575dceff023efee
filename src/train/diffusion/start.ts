import type { FileTensor } from "../../formats/safetensors.ts";
import { ArenaLayout, type Parameter } from "../../nn/arena.ts";
import { lengthOf } from "../../nn/tape.ts";
import { studentParameters } from "../../student/definition.ts";
import type { StudentShape } from "../../student/model.ts";
import { normals } from "../../student/noise.ts";
import { checkFinite, checkFits, firstValues, fromFile } from "../../student/parameters.ts";
import { type ProjectorConfig, projectorParameters } from "../../student/projector.ts";
import { Random, seedOf } from "../../student/random.ts";
import type { GroupName } from "../optimizer.ts";
import type { OptimizerName } from "../rates.ts";
import type { TrainableState } from "../session.ts";
import { averagedPrefix } from "./averaged.ts";
import { PROJECTOR, type StepDesign, stepParameters } from "./step.ts";

/** Matrices in blocks are Muon's; those in norms, which make shifts and scales of t, and all others stay AdamW's; vectors do not decay. */
export const studentGroup =
  (optimizer: OptimizerName) =>
  ({ name, shape, layout }: Parameter): GroupName => {
    if (shape.length === 1) return "still";
    const byMuon = layout === "linear" && name.startsWith("transformer_blocks.") && !name.includes("norm");
    return optimizer === "muon" && byMuon ? "muon" : "decayed";
  };

/** Where everything that a step trains lies. */
export const stepLayout = (design: StepDesign, optimizer: OptimizerName): ArenaLayout<GroupName> =>
  new ArenaLayout(stepParameters(design), studentGroup(optimizer));

export const projectorConfig = ({ shape, alignment }: StepDesign): ProjectorConfig | null =>
  alignment ? { inputs: shape.width, hidden: alignment.hidden, outputs: alignment.channels } : null;

/** Gates and output start at zero, so that every block starts as the identity (DiT). */
const ZERO = /(^proj_out|(norm1|norm2|norm_out)\.linear)\.weight$/;
const NORM_GAIN = /(norm|norm_q|norm_k|norm_final)\.weight$/;

/** First values of one of the student's parameters, as models/pretrain/nets/student.py draws them. */
function firstOf({ name, shape, layout }: Parameter, random: Random): Float32Array {
  const length = lengthOf({ shape });
  if (layout === "linear") {
    const bound = Math.sqrt(6 / (shape[0] + shape[1]));
    const values = Float32Array.from({ length }, () => (2 * random.next() - 1) * bound);
    return ZERO.test(name) ? values.fill(0) : values;
  }
  if (shape.length === 2) return normals(length, random).map((value) => 0.02 * value);
  return new Float32Array(length).fill(NORM_GAIN.test(name) ? 1 : 0);
}

/**
 * The state that a run starts from. The student is drawn from the seed alone and the projector from a seed of its own, so that two
 * arms of one seed start from the same student.
 * @param tensors a file's: the student's, by its names, and the projector's under `projector.` where it has one; of a run's checkpoint
 * the averaged ones, as models/pretrain starts from it; a projector that does not fit is drawn. null: all are drawn
 * @throws Error naming a tensor that is missing, has another shape or is not finite
 */
export function startState(
  design: StepDesign,
  layout: ArenaLayout<GroupName>,
  seed: number,
  tensors: ReadonlyMap<string, FileTensor> | null,
): TrainableState {
  const all = new Float32Array(layout.length);
  const random = new Random(seedOf(seed));
  const parameters = studentParameters(design.shape);
  const prefix = tensors ? averagedPrefix(tensors, parameters[0].name) : "";
  for (const parameter of parameters) {
    const drawn = tensors ? readTensor(parameter, tensors, prefix) : firstOf(parameter, random);
    layout.view(all, parameter.name).set(drawn);
  }
  const config = projectorConfig(design);
  const fits = tensors !== null && projectorMisfit(design, tensors) === null;
  if (config) setProjector(all, layout, config, seed, fits ? tensors : null);
  const zeros = new Float32Array(layout.length);
  return { step: 0, random: seed, tensors: { parameters: all, m: zeros, v: zeros, ema: all }, lambda: 0 };
}

function readTensor(parameter: Parameter, tensors: ReadonlyMap<string, FileTensor>, prefix: string): Float32Array {
  const values = fromFile(parameter, tensors, prefix);
  checkFinite(`${prefix}${parameter.name}`, values);
  return values;
}

/** What stands before the names of a file's projector; null where it has none. */
function projectorPrefix(tensors: ReadonlyMap<string, FileTensor>): string | null {
  const first = `${PROJECTOR}linear1.weight`;
  return tensors.has(first) ? `${averagedPrefix(tensors, first)}${PROJECTOR}` : null;
}

/** Why a file's projector is not what a run of this design starts with; null where it is, and where one of them has none. */
export function projectorMisfit(design: StepDesign, tensors: ReadonlyMap<string, FileTensor>): string | null {
  const [config, prefix] = [projectorConfig(design), projectorPrefix(tensors)];
  if (!config || prefix === null) return null;
  try {
    checkFits(projectorParameters(config), tensors, prefix);
    return null;
  } catch (error) {
    const side = (name: string) => tensors.get(`${prefix}${name}.weight`)?.shape[0] ?? "?";
    const found = `hidden ${["linear1", "linear2", "linear3"].map(side).join(" · ")} and ${side("conv")} channels`;
    const own = `${config.hidden.join(" · ")} and ${config.outputs}`;
    return `The run's projector is drawn anew, for the file's does not fit: ${(error as Error).message}. The file's has ${found}, this run's ${own}.`;
  }
}

function setProjector(
  all: Float32Array<ArrayBuffer>,
  layout: ArenaLayout<GroupName>,
  config: ProjectorConfig,
  seed: number,
  tensors: ReadonlyMap<string, FileTensor> | null,
): void {
  const parameters = projectorParameters(config);
  const own = new ArenaLayout(parameters, () => "all");
  const random = new Random(seedOf(seed, 1));
  const drawn = firstValues(parameters, own, () => random.next());
  const prefix = tensors && projectorPrefix(tensors);
  for (const parameter of parameters) {
    const read = tensors && prefix !== null ? readTensor(parameter, tensors, prefix) : null;
    const values = read ?? own.view(drawn, parameter.name);
    layout.view(all, `${PROJECTOR}${parameter.name}`).set(values);
  }
}

/**
 * The sizes of a student, from a file's tensors; what no tensor shows is the shipped student's. All of its tensors are there and of
 * these sizes: nobody makes room for what a damaged file claims.
 * @throws Error naming what is missing or of another size
 */
export function shapeOfFile(tensors: ReadonlyMap<string, FileTensor>, shipped: StudentShape): StudentShape {
  const sides = (name: string): readonly number[] => {
    const found = tensors.get(name);
    if (!found) throw new Error(`the file is no student: it has no tensor "${name}"`);
    return found.shape;
  };
  const [vocabulary, width] = sides("text_embedding");
  const [head] = sides("transformer_blocks.0.attn1.norm_q.weight");
  const depth = new Set([...tensors.keys()].flatMap((name) => /^transformer_blocks\.(\d+)\./.exec(name)?.[1] ?? []))
    .size;
  const shape = {
    ...shipped,
    vocabulary,
    width,
    depth,
    heads: width / head,
    values: sides("proj.weight")[1],
    time_width: sides("time_embedding.linear_1.weight")[0],
    words: sides("text_positions")[0],
  };
  checkFits(studentParameters(shape), tensors);
  return shape;
}
