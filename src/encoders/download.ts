import { missingFile } from "../site/files.ts";
import { EncoderError } from "./errors.ts";
import type { ModelEntry } from "./manifest.ts";

export interface DownloadOptions {
  readonly fetch?: typeof globalThis.fetch;
  /** Bytes so far, out of the manifest's. */
  progress?(done: number, total: number): void;
}

/**
 * Downloads a model file and checks it before anybody uses it.
 * @throws SiteError where the server does not have it, EncoderError "model-download" when it does not arrive whole, "model-hash" when it is not the file of the manifest
 */
export async function downloadModel(
  entry: ModelEntry,
  url: string,
  { fetch = globalThis.fetch, progress }: DownloadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const broken = (what: string, cause?: unknown) =>
    new EncoderError(
      "model-download",
      `the model ${entry.name} could not be downloaded (${what}): check the connection and try again`,
      { cause },
    );
  // Called bare: a browser's fetch refuses to run as somebody's method.
  const response = await fetch(url).catch((cause: unknown) => {
    throw broken(String(cause), cause);
  });
  const missing = missingFile(response, `the model ${entry.name}`);
  if (missing) throw missing;
  if (!response.ok || !response.body) throw broken(`HTTP ${response.status}`);
  const bytes = new Uint8Array(entry.bytes);
  let done = 0;
  try {
    for await (const chunk of chunks(response.body)) {
      // A longer file than announced is not kept; its length alone shows in the message.
      if (done + chunk.length <= bytes.length) bytes.set(chunk, done);
      done += chunk.length;
      progress?.(Math.min(done, entry.bytes), entry.bytes);
    }
  } catch (cause) {
    throw broken(`it broke off after ${done} of ${entry.bytes} bytes`, cause);
  }
  if (done < entry.bytes) throw broken(`it broke off after ${done} of ${entry.bytes} bytes`);
  const found = done === entry.bytes ? await sha256(bytes) : `a file of ${done} bytes instead of ${entry.bytes}`;
  if (found !== entry.sha256) {
    throw new EncoderError(
      "model-hash",
      `the model ${entry.name} is not the file of the manifest (sha256 expected ${entry.sha256}, got ${found}): reload without the cache, or tell whoever serves this page`,
    );
  }
  return bytes;
}

/** A stream's chunks; `for await` over a ReadableStream itself came to Safari late. */
async function* chunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
