import { EncoderError } from "../encoders/errors.ts";
import { GpuError } from "../gpu/errors.ts";
import { SiteError } from "../site/files.ts";
import { VideoError } from "../video/types.ts";
import type { AdapterSummary, Failure, FailureCode, Request } from "./protocol.ts";

/** A request that asks for something that is not there. The message holds both values and the remedy. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
}

/** A clip of the sandbox that cannot be had: its sentence is none of the grammar's, or the file holds none. */
export class SandboxError extends Error {
  override readonly name = "SandboxError";

  constructor(
    readonly code: Extract<FailureCode, "sandbox-prompt" | "clip-file" | "nothing-to-break">,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A file of the user's own that is not as docs/bring-your-own.md has it. */
export type BroughtFileCode = Extract<
  FailureCode,
  "features-file" | "truth-file" | "mask-file" | "model-file" | "student-file"
>;

/** What cannot be had of the user's own files: one is not here, or not as docs/bring-your-own.md has it. */
export class BroughtError extends Error {
  override readonly name = "BroughtError";

  constructor(
    readonly code:
      | BroughtFileCode
      | Extract<FailureCode, "features-missing" | "mask-missing" | "model-missing" | "student-missing">,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What a report says beside the error itself. */
export interface FailureContext {
  readonly request: Request | null;
  readonly adapter: AdapterSummary | null;
  /** Errors that WebGPU reported outside of any request, newest last. */
  readonly uncaptured: readonly string[];
}

/** An error as the page shows it. Anything unforeseen is "internal" and keeps its stack in the report. */
export function toFailure(error: unknown, context: FailureContext): Failure {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return { code, message, report: reportOf(code, error, message, context) };
}

function codeOf(error: unknown): FailureCode {
  if (error instanceof BadRequest) return "bad-request";
  if (error instanceof VideoError || error instanceof EncoderError || error instanceof SandboxError) return error.code;
  if (error instanceof SiteError || error instanceof BroughtError) return error.code;
  // A shader that does not compile or a call that does not validate is our mistake, whatever the user did.
  if (error instanceof GpuError)
    return error.code === "compile" || error.code === "validation" ? "internal" : error.code;
  return "internal";
}

function reportOf(code: FailureCode, error: unknown, message: string, context: FailureContext): string {
  const { adapter, request, uncaptured } = context;
  const gpu = adapter
    ? `${adapter.vendor} ${adapter.architecture} ${adapter.description} (${adapter.software ? "software" : "hardware"})`
    : "none";
  return [
    `Tempered: ${code}`,
    message,
    `when: ${new Date().toISOString()}`,
    `browser: ${navigator.userAgent}`,
    `GPU: ${gpu}`,
    `request: ${request ? describe(request) : "none"}`,
    ...uncaptured.map((line) => `earlier: ${line}`),
    ...stacks(error),
  ].join("\n");
}

/** A request's type and its scalars. Of files and numbers in bulk only what says nothing about their contents. */
function describe(request: Request): string {
  try {
    return JSON.stringify(request, (_, value) => {
      if (value instanceof Blob) return { bytes: value.size, type: value.type };
      if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return { bytes: value.byteLength };
      return value instanceof Map ? Object.fromEntries(value) : value;
    });
  } catch (error) {
    // What failed is said all the same.
    return `${request.type}, which cannot be described: ${error instanceof Error ? error.message : error}`;
  }
}

/** The stack of an error and of what caused it. */
function stacks(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const stack = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined
    ? [stack]
    : [stack, "caused by:", ...(error.cause instanceof Error ? stacks(error.cause) : [String(error.cause)])];
}
