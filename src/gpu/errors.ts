/** What can go wrong with a GPU, by name, so that the page can show each its own panel. */
export type GpuErrorCode =
  | "no-webgpu"
  | "no-adapter"
  | "limits"
  | "out-of-memory"
  | "device-lost"
  | "compile"
  | "validation";

/** An error of the GPU layer. The message is one sentence with both values and the remedy. */
export class GpuError extends Error {
  override readonly name = "GpuError";

  constructor(
    readonly code: GpuErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** @param what needed the memory */
export const outOfMemory = (what: string): GpuError =>
  new GpuError("out-of-memory", `${what}: the GPU is out of memory; use fewer frames or larger tokens`);
