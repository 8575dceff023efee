/** What an ONNX file that somebody brought most likely takes and gives: a guess that a dialog shows and lets be changed. */
import { FLOAT, type OnnxFile, type OnnxNode, type OnnxValue, typeName } from "../formats/onnx.ts";
import { isClipLayout, type Layout, type ModelSpec, type Range } from "./own_model.ts";

/** Frames, sides and patches that models mostly have, where the file leaves them open. */
const USUAL = { frames: 16, side: 224, patch: 16 };
/** Operators by which a model brings frames into its own range by itself. */
const SCALING = ["Sub", "Div", "Mul", "Add", "BatchNormalization", "InstanceNormalization"];
/** Outputs of these names hold the tokens where a model has several. */
const TOKENS = /last_hidden_state|patchtokens|tokens|features|feat|hidden/i;

export interface ModelGuess {
  readonly spec: ModelSpec;
  /** What the file itself fixes, so that nothing else can be chosen. */
  readonly fixed: { readonly frames: boolean; readonly size: boolean };
  readonly input: OnnxValue;
  /** Names of the outputs that may hold tokens, the likeliest first. */
  readonly outputs: readonly string[];
}

/** @throws Error with one sentence where the model cannot be an encoder */
export function guessModel(file: OnnxFile): ModelGuess {
  const [input, ...others] = file.inputs;
  if (!input) throw new Error("the model has no input: an encoder takes frames");
  if (others.length > 0) {
    throw new Error(
      `the model has ${file.inputs.length} inputs (${file.inputs
        .slice(0, 4)
        .map(({ name }) => name)
        .join(", ")}): an encoder takes frames alone, so export it with the others fixed`,
    );
  }
  const { dims, name, type } = input;
  if (type !== FLOAT) throw new Error(`its input "${name}" is ${typeName(type)}: export it for float32`);
  if (dims.length !== 4 && dims.length !== 5) {
    throw new Error(`its input "${name}" has ${dims.length} sides: frames have 4 (one frame at a time) or 5 (a clip)`);
  }
  const layout = layoutOf(dims);
  const side = (letter: string) => dims[layout.indexOf(letter)] ?? null;
  if (![null, 3].includes(side("C"))) throw new Error(`its input "${name}" has ${side("C")} colours: frames have 3`);
  const first = file.nodes.find(({ inputs }) => inputs.includes(name));
  const strides = firstStrides(file.nodes, name);
  const told = (keys: readonly string[]) => keys.map((key) => Number(file.metadata[key])).find((value) => value >= 1);
  const patch = told(["patch_size", "patch"]) ?? strides.at(-1) ?? USUAL.patch;
  const tubelet = isClipLayout(layout)
    ? (told(["tubelet_size", "tubelet"]) ?? (strides.length === 3 ? strides[0] : 2))
    : 1;
  const floats = file.outputs.filter((output) => output.type === FLOAT || output.type === 0);
  const outputs = [...floats].sort((a, b) => rank(b) - rank(a)).map((output) => output.name);
  if (outputs.length === 0) throw new Error("none of its outputs is float32: export it for float32");
  const open = Math.round(USUAL.side / patch) * patch;
  return {
    spec: {
      layout,
      range: rangeOf(file.metadata, first),
      frames: isClipLayout(layout) ? (side("T") ?? told(["num_frames", "frames"]) ?? USUAL.frames) : 1,
      height: side("H") ?? open,
      width: side("W") ?? open,
      patch,
      tubelet,
      skip: told(["num_prefix_tokens"]) ?? 0,
      output: outputs[0],
    },
    fixed: { frames: !isClipLayout(layout) || side("T") !== null, size: side("H") !== null && side("W") !== null },
    input,
    outputs,
  };
}

/** By where the three colours are. */
function layoutOf(dims: readonly (number | null)[]): Layout {
  const colours = dims.indexOf(3, 1);
  if (dims.length === 4) return colours === 3 ? "NHWC" : "NCHW";
  return colours === 4 ? "NTHWC" : colours === 1 ? "NCTHW" : "NTCHW";
}

function rangeOf(metadata: Readonly<Record<string, string>>, first: OnnxNode | undefined): Range {
  const mean = Number.parseFloat((metadata.mean ?? metadata.image_mean ?? "").replace(/^[[(\s]+/, ""));
  if (mean > 0.4 && mean < 0.495) return "imagenet";
  if (mean === 0.5) return "-1..1";
  if (mean === 0 || (first && SCALING.includes(first.op))) return "0..1";
  return "imagenet";
}

/** Strides of the first convolution that the frames reach, through what only moves their numbers about. */
function firstStrides(nodes: readonly OnnxNode[], input: string): readonly number[] {
  const reached = new Set([input]);
  for (const { op, inputs, outputs, ints } of nodes) {
    if (!inputs.some((name) => reached.has(name))) continue;
    if (op === "Conv") return ints.strides ?? [];
    for (const name of outputs) reached.add(name);
  }
  return [];
}

/** Outputs of several sides hold tokens; one of two a vector for the whole frame. */
const rank = ({ name, dims }: OnnxValue): number => (dims.length >= 3 ? 2 : 0) + (TOKENS.test(name) ? 1 : 0);
