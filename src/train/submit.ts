import { encodeOperations, type Operation } from "../alignment/operations.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** Lets others use the device; called between two submits. */
export type Pause = () => Promise<void>;

/**
 * FLOP of one submit. A real GPU takes a whole step in one. A software adapter does about 3 GFLOP/s: a query from the
 * page waits for at most two submits, so that each may last some 40 ms.
 */
export const chunkFlopOf = ({ adapter }: Pick<Gpu, "adapter">): number => (adapter.software ? 1.2e8 : 5e10);

/** Submits operations in order, in as few submits as `chunkFlop` allows; two are on their way at most. */
export async function submitAll(
  { device, adapter }: Pick<Gpu, "device" | "adapter">,
  operations: readonly Operation[],
  chunkFlop: number,
  pause: Pause,
): Promise<void> {
  let before: Promise<unknown> = Promise.resolve();
  for (const chunk of chunked(operations, chunkFlop)) {
    const encoder = device.createCommandEncoder({ label: "training" });
    encodeOperations(encoder, chunk);
    device.queue.submit([encoder.finish()]);
    // A real GPU is kept busy by the steps to come; waiting for it here would cost a round trip each.
    if (!adapter.software) continue;
    const done = device.queue.onSubmittedWorkDone();
    await before;
    before = done;
    await pause();
  }
}

/** Cuts a list of operations where the FLOP of a submit are reached. */
function chunked(operations: readonly Operation[], chunkFlop: number): Operation[][] {
  const chunks: Operation[][] = [];
  let flop = Number.POSITIVE_INFINITY;
  for (const operation of operations) {
    const cost = operation.kind === "kernel" ? operation.flop : 0;
    if (flop + cost > chunkFlop) {
      chunks.push([]);
      flop = 0;
    }
    chunks.at(-1)?.push(operation);
    flop += cost;
  }
  return chunks;
}
