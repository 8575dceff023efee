import type { Gpu } from "../gpu/gpu.ts";
import { timeSubmit } from "../gpu/timing.ts";
import { bindProduct } from "../student/product.ts";

/** Large enough to fill a GPU, and about 50 ms on a software adapter. */
const EDGE = { rows: 512, cols: 256, depth: 512 } as const;

/** FLOP a second of one product: a rough measure of what training will do. The first run compiles and is not counted. */
export async function measureSpeed(gpu: Gpu): Promise<number> {
  const { rows, cols, depth } = EDGE;
  const make = (label: string, values: number) => gpu.buffers.create(label, 4 * values);
  const [A, B, C] = [make("speed A", rows * depth), make("speed B", depth * cols), make("speed C", rows * cols)];
  const works = await bindProduct(
    gpu,
    { form: "nn", A, B, C, rows, cols, depth, lda: depth, ldb: cols, ldc: cols },
    Number.POSITIVE_INFINITY,
  );
  const once = () =>
    timeSubmit(gpu, (encoder) => {
      const pass = encoder.beginComputePass({ label: "speed" });
      for (const { kernel } of works) kernel.record(pass);
      pass.end();
    });
  await once();
  const ms = await once();
  for (const { kernel } of works) kernel.destroy();
  for (const buffer of [A, B, C]) gpu.buffers.destroy(buffer);
  return (2 * rows * cols * depth * 1000) / Math.max(ms, 0.01);
}
