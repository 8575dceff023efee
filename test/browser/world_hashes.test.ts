// A clip is the same to the bit in Chromium as in Node (test/node/world/hashes.test.ts).
import { expect, test } from "vitest";
import table from "../fixtures/world_hashes.txt?raw";
import { hashTable } from "../support/world_hashes.ts";

test("clips are those of the committed table, in Chromium", async () => {
  expect(await hashTable()).toBe(table);
});
