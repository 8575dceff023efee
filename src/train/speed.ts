import { type Gpu, openScope } from "../gpu/gpu.ts";
import { encodeSteps } from "../gpu/steps.ts";
import { timeSubmit } from "../gpu/timing.ts";
import { bindProduct } from "../kernels/product.ts";

/** Large enough to fill a GPU, and about 50 ms on a software adapter. */
const EDGE = { rows: 512, cols: 256, depth: 512 } as const;

/** FLOP a second of one product: a rough measure of what training will do. The first run compiles and is not counted. */
export async function measureSpeed(gpu: Gpu): Promise<number> {
  const { rows, cols, depth } = EDGE;
  const scope = openScope(gpu);
  try {
    const make = (label: string, values: number) => scope.buffers.create(label, 4 * values);
    const [A, B, C] = [make("speed A", rows * depth), make("speed B", depth * cols), make("speed C", rows * cols)];
    const sizes = { rows, cols, depth, lda: depth, ldb: cols, ldc: cols };
    const flopPerSubmit = Number.POSITIVE_INFINITY;
    const steps = await bindProduct(scope, { form: "nn", A, B, C, ...sizes, flopPerSubmit });
    const once = () => timeSubmit(gpu, (encoder) => encodeSteps(encoder, steps));
    await once();
    const ms = await once();
    return (2 * rows * cols * depth * 1000) / Math.max(ms, 0.01);
  } finally {
    scope.destroy();
  }
}
