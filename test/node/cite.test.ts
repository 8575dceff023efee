import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { BIBTEX, VERSION } from "../../src/ui/page/cite.ts";

test("what is cited is this version", () => {
  expect(VERSION).toBe(JSON.parse(readFileSync("package.json", "utf8")).version);
  expect(BIBTEX).toContain(`version = {${VERSION}}`);
  // Each entry's braces are closed.
  expect(BIBTEX.split("{").length).toBe(BIBTEX.split("}").length);
});
