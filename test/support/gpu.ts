import { afterAll, afterEach, beforeAll } from "vitest";
import { createGpu, type Gpu } from "../../src/gpu/gpu.ts";
import type { BoundKernel } from "../../src/gpu/kernels.ts";

/** Written behind every output; a kernel that writes past its end changes it. */
const GUARD = 12345.678;
const GUARD_LENGTH = 16;

export interface TestGpu extends Gpu {
  /** An input buffer. */
  input(data: Float32Array | Uint32Array): GPUBuffer;
  /** An output buffer of `length` elements, filled with NaN and followed by a guard. */
  output(length: number): GPUBuffer;
  /** Runs the kernels in one pass and submits. */
  run(...kernels: BoundKernel[]): void;
  /** Reads an output made by `output`, after checking its guard. */
  readOutput(buffer: GPUBuffer, length: number): Promise<Float32Array>;
  /** The same for u32 outputs. */
  readOutputU32(buffer: GPUBuffer, length: number): Promise<Uint32Array>;
}

/**
 * The device of a test file. No adapter is a failure, never a skip; validation errors, uncaptured errors and a lost device
 * fail the test that caused them, and buffers that a test leaves behind are destroyed after it.
 */
export function withGpu(): () => TestGpu {
  let gpu: TestGpu;
  const problems: string[] = [];

  beforeAll(async () => {
    const made = await createGpu();
    made.device.addEventListener("uncapturederror", ({ error }) => problems.push(error.message));
    made.device.lost.then(({ reason, message }) => reason !== "destroyed" && problems.push(`device lost: ${message}`));
    gpu = {
      ...made,
      input: (data) => made.buffers.upload("input", data),
      output(length) {
        const filled = new Float32Array(length + GUARD_LENGTH).fill(Number.NaN);
        filled.fill(GUARD, length);
        return made.buffers.upload("output", filled);
      },
      run(...kernels) {
        const encoder = made.device.createCommandEncoder();
        const pass = encoder.beginComputePass();
        for (const kernel of kernels) kernel.record(pass);
        pass.end();
        made.device.queue.submit([encoder.finish()]);
      },
      async readOutput(buffer, length) {
        const data = await made.readback.read(buffer, (length + GUARD_LENGTH) * 4);
        const guard = data.subarray(length);
        if (!guard.every((value) => value === Math.fround(GUARD)))
          throw new Error(`a kernel wrote past the end of its output: ${guard}`);
        return data.slice(0, length);
      },
      async readOutputU32(buffer, length) {
        const data = await this.readOutput(buffer, length);
        return new Uint32Array(data.buffer, 0, length);
      },
    };
  });

  afterEach(async () => {
    await gpu.device.queue.onSubmittedWorkDone();
    // Errors are reported a task after the work is done.
    await new Promise((resolve) => setTimeout(resolve));
    gpu.buffers.destroyAll();
    gpu.readback.destroy();
    const found = problems.splice(0);
    if (found.length > 0) throw new Error(found.join("\n"));
  });

  afterAll(() => gpu?.destroy());
  return () => gpu;
}
