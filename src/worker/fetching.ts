import { fetchFile } from "../site/files.ts";

export async function fetchBlob(url: string, what: string, signal: AbortSignal): Promise<Blob> {
  return (await fetchFile(url, what, signal)).blob();
}

export async function fetchJson(url: string, what: string, signal: AbortSignal): Promise<unknown> {
  return (await fetchFile(url, what, signal)).json();
}

export async function fetchBytes(url: string, what: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetchFile(url, what, signal)).arrayBuffer());
}
