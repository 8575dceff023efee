import { SiteError } from "../site/files.ts";
import type { Failure } from "../worker/protocol.ts";

/** An error of the page itself as the failure panel shows it; the worker makes its own. */
export function pageFailure(error: unknown): Failure {
  const code = error instanceof SiteError ? error.code : "internal";
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const report = [`Tempered: ${code}`, message, `when: ${new Date().toISOString()}`, `browser: ${navigator.userAgent}`];
  return { code, message, report: [...report, stack].join("\n") };
}
