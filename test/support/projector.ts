import { type FileTensor, parseSafetensors } from "../../src/formats/safetensors.ts";
import type { Parameter } from "../../src/nn/arena.ts";
import { projectorParameters } from "../../src/student/projector.ts";

const REMEDY = "regenerate it with `python models/export/projector_goldens.py`";

export interface ProjectorGoldens {
  readonly tensors: Map<string, FileTensor>;
  /** A tensor's values. */
  values(name: string): Float64Array;
  /** PyTorch's tensor under `prefix`, in float64, in our layout. */
  parameter(parameter: Parameter, prefix: string): Float64Array;
  training(): TrainingGolden;
}

/** What ten steps of each loss start from; their losses are under `training.losses.`. */
export interface TrainingGolden {
  /** Raw patches [F, H, W, inputs], and what the student is given of them. */
  readonly patches: Float64Array;
  readonly x: Float64Array;
  /** [F, H, W, outputs] */
  readonly teacher: Float64Array;
  /** [F, H, W] */
  readonly mask: Float64Array;
  /** In the order of the projector's parameters. */
  readonly first: readonly Float64Array[];
  readonly config: { readonly inputs: 48; readonly hidden: readonly [24, 20, 16]; readonly outputs: 16 };
  readonly clip: { readonly F: 4; readonly H: 3; readonly W: 4 };
  readonly recipe: typeof RECIPE;
}

/** As `training_case` of models/export/projector_goldens.py. */
const RECIPE = { tau: 0.1, margin: 0.1, lambda: 0.5, clipNorm: 1, learningRate: 1e-3, decay: 0.1, steps: 10 } as const;
const CONFIG = { inputs: 48, hidden: [24, 20, 16], outputs: 16 } as const;

/** Each channel's mean over its patch removed, then all divided by their root mean square: `studentInput`, in float64. */
function centred(patches: Float64Array): Float64Array {
  const area = CONFIG.inputs / 3;
  const x = patches.map((value, i) => {
    const from = i - (i % area);
    return value - patches.subarray(from, from + area).reduce((a, b) => a + b, 0) / area;
  });
  const rms = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length);
  return x.map((value) => value / rms);
}

/** The layers of a list of parameters, each weight followed by its bias. */
export const layersOf = <T>(values: readonly T[]): { w: T; b: T }[] =>
  values.flatMap((w, i) => (i % 2 === 0 ? [{ w, b: values[i + 1] }] : []));

/**
 * test/fixtures/projector_goldens.safetensors.
 * @throws Error with the command to regenerate when the file is of another kind or version
 */
export function parseProjectorGoldens(bytes: Uint8Array): ProjectorGoldens {
  const { tensors, metadata } = parseSafetensors(bytes);
  if (metadata.magic !== "tempered-projector-goldens" || metadata.version !== "2") {
    throw new Error(
      `the goldens are "${metadata.magic}" version ${metadata.version}, the tests read version 2: ${REMEDY}`,
    );
  }
  const values = (name: string): Float64Array => {
    const found = tensors.get(name);
    if (!found) throw new Error(`the goldens lack ${name}: ${REMEDY}`);
    return Float64Array.from(found.data as Float32Array);
  };
  const parameter: ProjectorGoldens["parameter"] = ({ name, shape, layout }, prefix) => {
    const theirs = values(`${prefix}${name}`);
    if (layout === "plain") return theirs;
    const [taps, inputs, outputs] = layout === "linear" ? [1, ...shape] : shape;
    return Float64Array.from({ length: theirs.length }, (_, i) => {
      const [k, o] = [Math.floor(i / outputs), i % outputs];
      return theirs[(o * inputs + (k % inputs)) * taps + Math.floor(k / inputs)];
    });
  };
  return {
    tensors,
    values,
    parameter,
    training() {
      const [patches, teacher, mask] = ["patches", "teacher", "mask"].map((name) => values(`training.${name}`));
      const first = projectorParameters(CONFIG).map((one) => parameter(one, "training."));
      const clip = { F: 4, H: 3, W: 4 } as const;
      return { patches, x: centred(patches), teacher, mask, first, config: CONFIG, clip, recipe: RECIPE };
    },
  };
}
