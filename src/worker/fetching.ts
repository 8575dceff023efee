/** The page's own files, fetched from where the page came from. */

/** @throws Error of one sentence when the file does not arrive; the signal's reason when it was aborted */
async function fetchOk(url: string, what: string, signal: AbortSignal): Promise<Response> {
  const failed = (why: string, cause?: unknown) =>
    new Error(`${what} could not be loaded (${why}): check the connection and try again`, { cause });
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    throw signal.aborted ? signal.reason : failed(String(cause), cause);
  });
  if (!response.ok) throw failed(`HTTP ${response.status}`);
  return response;
}

export async function fetchBlob(url: string, what: string, signal: AbortSignal): Promise<Blob> {
  return (await fetchOk(url, what, signal)).blob();
}

export async function fetchJson(url: string, what: string, signal: AbortSignal): Promise<unknown> {
  return (await fetchOk(url, what, signal)).json();
}

export async function fetchBytes(url: string, what: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetchOk(url, what, signal)).arrayBuffer());
}
