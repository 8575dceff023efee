// A clip is the same to the bit everywhere. test/browser/world_hashes.test.ts proves the same table in Chromium.
import { expect, test } from "vitest";
import { hashTable } from "../../support/world_hashes.ts";

// Where a change of the world is meant: npx vitest run --project node test/node/world/hashes.test.ts -u, and say so in the commit,
// since what was calibrated or trained on the old clips does not hold for the new ones.
test("clips are those of the committed table, in Node", async () => {
  await expect(await hashTable()).toMatchFileSnapshot("../../fixtures/world_hashes.txt");
}, 60_000);
