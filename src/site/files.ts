/**
 * The page's own files, fetched and imported from where the page came from. A server that has been given a newer build, or that
 * answers with its start page whatever is asked, is told from a connection that broke: only one of them is mended by trying again.
 */

export type SiteErrorCode = "file-missing" | "file-download";

/** A file of the page that did not come. The message is one sentence with the remedy. */
export class SiteError extends Error {
  override readonly name = "SiteError";

  constructor(
    readonly code: SiteErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const REMEDY =
  "the page was probably renewed since this tab was opened, so reload it; if that does not help, tell whoever serves this page";

/** What an answer says of a file that the server does not have; null where the answer may be the file. */
export function missingFile(response: Response, what: string): SiteError | null {
  const page = response.headers.get("Content-Type")?.startsWith("text/html");
  if (!page && response.status !== 404 && response.status !== 410) return null;
  const answer = page ? "with a web page" : `HTTP ${response.status}`;
  const { pathname } = new URL(response.url || "about:blank");
  const named = response.url ? `, ${pathname}` : "";
  return new SiteError("file-missing", `${what} is not on the server${named} (it answered ${answer}): ${REMEDY}`);
}

/** @throws SiteError when the file does not arrive; the signal's reason when it was aborted */
export async function fetchFile(url: string, what: string, signal?: AbortSignal): Promise<Response> {
  const failed = (why: string, cause?: unknown) =>
    new SiteError("file-download", `${what} could not be loaded (${why}): check the connection and try again`, {
      cause,
    });
  const response = await fetch(url, { signal: signal ?? null }).catch((cause: unknown) => {
    throw signal?.aborted ? signal.reason : failed(String(cause), cause);
  });
  const missing = missingFile(response, what);
  if (missing) throw missing;
  if (!response.ok) throw failed(`HTTP ${response.status}`);
  return response;
}

/** What browsers say of a module that they could not fetch; of one that threw while it ran they give its own error. */
const NOT_FETCHED = /dynamically imported module|Importing a module script failed|Unable to preload CSS/i;

/**
 * A part of the program that loads when it is first needed.
 * @param load the `import()`, written out where the bundler can see it
 * @throws SiteError where the part did not come, else what the part threw
 */
export async function loadPart<T>(what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (!(cause instanceof Error && NOT_FETCHED.test(cause.message))) throw cause;
    // Any answer at all shows that the server is there; then it is the part that is not.
    const answered = await fetch(location.href, { method: "HEAD", cache: "no-store" }).then(
      () => true,
      () => false,
    );
    if (answered) throw new SiteError("file-missing", `${what} is not on the server: ${REMEDY}`, { cause });
    const why = "the server does not answer";
    throw new SiteError("file-download", `${what} could not be loaded (${why}): check the connection and reload`, {
      cause,
    });
  }
}
