import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { WORLD_VERSION } from "../../../src/world/version.ts";

test("the world's version is that of its committed hashes", () => {
  const table = readFileSync("test/fixtures/world_hashes.txt");
  expect(WORLD_VERSION).toBe(createHash("sha256").update(table).digest("hex").slice(0, 12));
});
