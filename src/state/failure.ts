import { SiteError } from "../site/files.ts";
import type { Failure } from "../worker/protocol.ts";
import { ComputeFailure } from "./client.ts";

/** An error as the failure panel shows it: the worker's own account of it, or what the page knows. */
export const failureOf = (error: unknown): Failure =>
  error instanceof ComputeFailure ? error.failure : pageFailure(error);

function pageFailure(error: unknown): Failure {
  const code = error instanceof SiteError ? error.code : "internal";
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const report = [`Tempered: ${code}`, message, `when: ${new Date().toISOString()}`, `browser: ${navigator.userAgent}`];
  return { code, message, report: [...report, stack].join("\n") };
}
