import { parseSafetensors } from "../../src/formats/safetensors.ts";

const VERSION = "1";
const REMEDY = "regenerate it with `python models/export/motion_goldens.py`";

/** One mask by plain arithmetic; see models/export/motion_goldens.py. */
export interface MotionGolden {
  readonly name: string;
  readonly tubelet: number;
  readonly patch: number;
  readonly rho: number;
  /** RGBA. */
  readonly pixels: readonly Uint8ClampedArray[];
  readonly size: { readonly width: number; readonly height: number };
  /** [F, S], F tubelets in time. */
  readonly mask: Uint8Array;
  readonly F: number;
}

/** @throws Error with the command to regenerate when the file is of another kind or version */
export function parseMotionGoldens(bytes: Uint8Array): { prompt: string; seed: number; cases: MotionGolden[] } {
  const { tensors, metadata } = parseSafetensors(bytes);
  const { magic, version, prompt, seed, ...cases } = metadata;
  if (magic !== "tempered-motion-goldens" || version !== VERSION) {
    throw new Error(`the goldens are "${magic}" version ${version}, the tests read version ${VERSION}: ${REMEDY}`);
  }
  const tensor = (name: string) => {
    const found = tensors.get(name);
    if (!found) throw new Error(`the goldens lack ${name}: ${REMEDY}`);
    return { shape: found.shape, data: found.data as Uint8Array };
  };
  const goldens = Object.entries(cases).map(([name, described]) => {
    const { video, ...about } = JSON.parse(described) as Pick<MotionGolden, "tubelet" | "patch" | "rho"> & {
      video: string;
    };
    const { shape, data } = tensor(video);
    const [T, height, width] = shape;
    const pixels = Array.from({ length: T }, (_, f) => {
      const frame = data.subarray(f * height * width * 3, (f + 1) * height * width * 3);
      return Uint8ClampedArray.from({ length: height * width * 4 }, (_, i) =>
        i % 4 === 3 ? 255 : frame[3 * Math.floor(i / 4) + (i % 4)],
      );
    });
    const mask = tensor(`${name}.mask`);
    return { name, ...about, pixels, size: { width, height }, mask: mask.data, F: mask.shape[0] };
  });
  return { prompt, seed: Number(seed), cases: goldens };
}
