import { resample } from "../../alignment/resample.ts";
import { isBroughtId } from "../../encoders/brought.ts";
import { cogvideoxFeatures } from "../../encoders/cogvideox.ts";
import { blocksOf, noisingOf } from "../../encoders/noised.ts";
import { inNoise, isTrainedId } from "../../encoders/trained.ts";
import type { TokenFeatures } from "../../encoders/types.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import { Readback } from "../../gpu/readback.ts";
import { degrade } from "../../video/degrade.ts";
import { timesOf } from "../brought/features.ts";
import { ownStudents, runEncoder } from "../encode.ts";
import type { Grid, StudentSpec } from "../protocol.ts";
import { type ComparedSide, encoderContext, type Running, type SideInput, type Workspace } from "../workspace.ts";

/** A side, among those that were encoded with it: a diffusion student is run once for all of its blocks. */
interface EncodedSide {
  readonly side: ComparedSide;
  readonly all: readonly ComparedSide[];
}

/** The features of one side; those of `known` that are of the same frames, seen the same way, are taken over. */
export async function encodeSide(
  space: Workspace,
  spec: StudentSpec,
  input: SideInput,
  known: readonly ComparedSide[],
  { signal, pause }: Pick<Running, "signal" | "pause">,
): Promise<EncodedSide> {
  await pause();
  const blocks = blocksOf(spec.encoder)?.count;
  const specs = blocks ? Array.from({ length: blocks }, (_, i) => afterBlock(spec, i + 1)) : [spec];
  const keys = specs.map((one) => keyOf(space, one, input));
  const wanted = blocks ? (noisingOf(spec)?.block ?? 1) - 1 : 0;
  const kept = known.find((side) => side.key === keys[wanted]);
  // Each side once: both of the pair before may have been the same, and would be kept twice as often with every comparison.
  if (kept) return { side: kept, all: keys.flatMap((key) => known.find((side) => side.key === key) ?? []) };
  const { degradation, token } = spec;
  const { size, prompt, frames } = input;
  const seen = { pixels: degrade(input.pixels, size, degradation), size, token };
  const found =
    spec.encoder === "cogvideox"
      ? await cogvideoxFeatures(seen, prompt, spec.noising, encoderContext(space, signal))
      : isTrainedId(spec.encoder)
        ? await (await ownStudents()).trainedFeatures(space, spec.encoder, { ...seen, prompt }, signal)
        : [await runEncoder(space, spec.encoder, { ...seen, frames }, signal)];
  const all: ComparedSide[] = [];
  for (const [i, features] of found.entries()) {
    all.push({ key: keys[i], grid: features.grid, data: await onCpu(space.compute.gpu, features) });
  }
  return { side: all[wanted], all };
}

/** A diffusion student as a side, after another of its blocks. */
export function afterBlock(spec: StudentSpec, block: number): StudentSpec {
  if (spec.encoder === "cogvideox") return { ...spec, noising: { ...spec.noising, block } };
  return isTrainedId(spec.encoder) ? { ...spec, encoder: inNoise(spec.encoder, { block }) } : spec;
}

/** A side's features as a pair takes them: on a grid that may be finer than theirs. */
export const onGrid = ({ data, grid }: ComparedSide, to: Pick<Grid, "H" | "W">) => ({
  data: resample(data, grid, to),
  C: grid.C,
});

function keyOf(space: Workspace, spec: StudentSpec, { frames, prompt }: SideInput): string {
  const { encoder, token, degradation } = spec;
  const noising = noisingOf(spec);
  // The same file may be brought again as one of other moments.
  const own = isBroughtId(encoder) ? timesOf(space, encoder) : noising && { ...noising, prompt };
  const indices = frames.map(({ index }) => index);
  return JSON.stringify([encoder, token, degradation, own, indices]);
}

/** Features for the CPU; a GPU buffer is read and destroyed. */
async function onCpu(gpu: Gpu | null, { data }: TokenFeatures): Promise<Float32Array> {
  if (data instanceof Float32Array) return data;
  if (!gpu) throw new TypeError("there is no GPU, yet the features are on one");
  const readback = new Readback(gpu.buffers);
  try {
    return await readback.read(data);
  } finally {
    readback.destroy();
    gpu.buffers.destroy(data);
  }
}
