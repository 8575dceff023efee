import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { contentHash, hashedPart } from "../../../src/video/content_hash.ts";

const MB = 2 ** 20;

test("up to 64 MB it is the sha256 of the bytes", async () => {
  expect(await contentHash(new Blob(["abc"]))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const bytes = new Uint8Array(64 * MB).fill(7);
  expect(await contentHash(new Blob([bytes]))).toBe(createHash("sha256").update(bytes).digest("hex"));
  expect(hashedPart(bytes.length)).toBe("whole");
});

test("above, of its size and both ends, so that a change in size or at an end is seen", async () => {
  const bytes = new Uint8Array(64 * MB + 1).fill(7);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(bytes.length));
  const ends = [bytes.subarray(0, 32 * MB), bytes.subarray(-32 * MB)];
  const expected = ends.reduce((hash, end) => hash.update(end), createHash("sha256").update(size)).digest("hex");
  expect(await contentHash(new Blob([bytes]))).toBe(expected);
  expect(hashedPart(bytes.length)).toBe("ends");
  expect(await contentHash(new Blob([bytes, "\x07"]))).not.toBe(expected);
  bytes[bytes.length - 1] = 8;
  expect(await contentHash(new Blob([bytes]))).not.toBe(expected);
});
