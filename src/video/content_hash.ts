/** A file up to this long is hashed whole. */
const WHOLE_BYTES = 64 * 2 ** 20;
/** Of a longer one, this much of each end. */
const END_BYTES = 32 * 2 ** 20;

/** Of what the content hash of so many bytes is the sha256: of all of them, or of their number and both ends. */
export const hashedPart = (bytes: number): "whole" | "ends" => (bytes <= WHOLE_BYTES ? "whole" : "ends");

/**
 * What a link recognises the user's own clip by: the sha256 of the file's bytes, hex. WebCrypto cannot hash a stream, so of a
 * file longer than 64 MiB it is the sha256 of its size (8 bytes, little-endian) and its first and last 32 MiB: never more
 * than 64 MiB of it are in memory.
 */
export async function contentHash(blob: Blob): Promise<string> {
  const parts = hashedPart(blob.size) === "whole" ? blob : new Blob([sizeBytes(blob.size), ...ends(blob)]);
  const digest = await crypto.subtle.digest("SHA-256", await parts.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function sizeBytes(size: number): ArrayBuffer {
  const bytes = new ArrayBuffer(8);
  new DataView(bytes).setBigUint64(0, BigInt(size), true);
  return bytes;
}

function ends(blob: Blob): [Blob, Blob] {
  return [blob.slice(0, END_BYTES), blob.slice(-END_BYTES)];
}
