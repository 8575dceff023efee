/** Bytes that are read at once at the most: what one ArrayBuffer is sure to hold. */
export const MAX_BYTES = 2 ** 31 - 1;

/**
 * All bytes of a file, or of a part of one. Browsers refuse what they have no room for in the words of a file that is gone.
 * @param what the subject of a sentence
 * @param remedy its end
 * @throws RangeError with both numbers where they are too many
 */
export async function readBytes(part: Blob, what: string, remedy: string): Promise<Uint8Array<ArrayBuffer>> {
  if (part.size > MAX_BYTES) {
    throw new RangeError(`${what} has ${part.size} bytes, and ${MAX_BYTES} are read at once at the most: ${remedy}`);
  }
  return new Uint8Array(await part.arrayBuffer());
}
