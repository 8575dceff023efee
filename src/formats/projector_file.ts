import { parseSafetensors, type SafetensorsFile } from "./safetensors.ts";

const FORMAT = "tempered-projector";

/** The projector of a run at full size, as scale/export.py writes it: what it is between. */
export interface ProjectorFile {
  /** The student's channels, and the block after which they were taken. */
  readonly inputs: number;
  readonly block: number;
  /** Widths of the three linear layers. */
  readonly hidden: readonly [number, number, number];
  /** The teacher's channels. */
  readonly outputs: number;
  /** Rows of the student for one of the teacher. */
  readonly stride: number;
}

/** Reads the shapes of such a file; null where it is another one. */
export function readProjectorFile(bytes: Uint8Array): ProjectorFile | null {
  const file = opened(bytes);
  if (file?.metadata.format !== FORMAT) return null;
  const shape = (name: string): readonly number[] => file.tensors.get(name)?.shape ?? [];
  const [[a, inputs], [b], [c], [outputs]] = ["linear1", "linear2", "linear3", "conv"].map((layer) =>
    shape(`${layer}.weight`),
  );
  const { block, stride } = file.metadata;
  return { inputs, block: Number(block), hidden: [a, b, c], outputs, stride: Number(stride) };
}

function opened(bytes: Uint8Array): SafetensorsFile | null {
  try {
    return parseSafetensors(bytes);
  } catch {
    return null;
  }
}
