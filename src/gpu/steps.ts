import type { Gpu } from "./gpu.ts";
import type { BoundKernel } from "./kernels.ts";
import { bindingOf, type Place } from "./places.ts";

/**
 * One thing to encode, with an estimate of its FLOP. Whatever computes is a flat list of these: the alignment losses, a network
 * in both directions, the optimiser.
 */
export type Step =
  | { readonly kind: "dispatch"; readonly kernel: BoundKernel; readonly flop: number }
  | { readonly kind: "clear"; readonly at: Place; readonly flop: number }
  | { readonly kind: "copy"; readonly from: Place; readonly to: Place; readonly bytes: number; readonly flop: number };

/**
 * What an elementwise value costs beside one multiplication of a product: with a load and a store, and with exponentials.
 * Both measured on SwiftShader, where an estimate decides how long a query waits.
 */
export const VALUE_FLOP = { plain: 8, exponential: 60 } as const;

/**
 * FLOP of one submit. A software adapter does about 3 GFLOP/s and a query from the page waits for at most two submits, so that
 * each may last some 40 ms. The slowest real GPU of note does 100 GFLOP/s: half a second there, far below its watchdog.
 */
export const submitFlop = ({ adapter }: Pick<Gpu, "adapter">): number => (adapter.software ? 1.2e8 : 5e10);

/** Lets others use the device; called between two submits. What it throws gives the rest of the work up. */
export type Pause = () => Promise<void>;

export const dispatch = (kernel: BoundKernel, flop: number): Step => ({ kind: "dispatch", kernel, flop });

export const clear = (at: Place): Step => ({ kind: "clear", at, flop: bindingOf(at).size / 4 });

/** Encodes steps in order, in as few passes as clears and copies allow; dispatches of a pass see each other's writes. */
export function encodeSteps(encoder: GPUCommandEncoder, steps: readonly Step[]): void {
  let pass: GPUComputePassEncoder | undefined;
  const outside = () => {
    pass?.end();
    pass = undefined;
  };
  for (const step of steps) {
    switch (step.kind) {
      case "dispatch":
        pass ??= encoder.beginComputePass();
        step.kernel.record(pass);
        break;
      case "clear": {
        outside();
        const { buffer, offset, size } = bindingOf(step.at);
        encoder.clearBuffer(buffer, offset, size);
        break;
      }
      case "copy": {
        outside();
        const [from, to] = [bindingOf(step.from), bindingOf(step.to)];
        encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, step.bytes);
        break;
      }
      default:
        step satisfies never;
    }
  }
  outside();
}

/** Cuts a list of steps where the FLOP of a submit are reached; a step that exceeds them alone is a part of its own. */
export function cutSteps(steps: readonly Step[], flopPerSubmit: number): Step[][] {
  const parts: Step[][] = [];
  let flop = 0;
  for (const step of steps) {
    if (parts.length === 0 || flop + step.flop > flopPerSubmit) {
      parts.push([]);
      flop = 0;
    }
    parts.at(-1)?.push(step);
    flop += step.flop;
  }
  return parts;
}

/** Ranges [from, to) of `total` whose work stays below a submit's each, `step` at a time at least. */
export function cutRange(
  total: number,
  step: number,
  flopPerSubmit: number,
  flop: (from: number, to: number) => number,
) {
  const ranges: { from: number; to: number }[] = [];
  for (let from = 0; from < total; ) {
    let to = Math.min(total, from + step);
    while (to < total && flop(from, Math.min(total, to + step)) <= flopPerSubmit) to = Math.min(total, to + step);
    ranges.push({ from, to });
    from = to;
  }
  return ranges;
}

/** Encodes and submits steps at once. */
export function submitNow(device: GPUDevice, label: string, steps: readonly Step[]): void {
  const encoder = device.createCommandEncoder({ label });
  encodeSteps(encoder, steps);
  device.queue.submit([encoder.finish()]);
}

/**
 * Submits steps in order, in as few submits as `flopPerSubmit` allows. Two submits are on their way at most, so that the queue is
 * never empty and never long; it returns when the last one was handed in.
 */
export async function submitSteps(
  { device }: Pick<Gpu, "device">,
  label: string,
  steps: readonly Step[],
  flopPerSubmit: number,
  pause: Pause,
): Promise<void> {
  let before: Promise<unknown> = Promise.resolve();
  for (const part of cutSteps(steps, flopPerSubmit)) {
    submitNow(device, label, part);
    const done = device.queue.onSubmittedWorkDone();
    await before;
    before = done;
    await pause();
  }
}
