// `npm run world --out clip.mp4`: the browser's encoder behind the shell.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

test("a clip becomes an MP4 of H.264 with all of its frames", () => {
  const path = join(mkdtempSync(join(tmpdir(), "tempered-world-")), "clip.mp4");
  const { status, stderr } = spawnSync(
    process.execPath,
    ["scripts/world.mjs", "--template", "collide", "--seed", "7", "--scale", "2", "--out", path],
    { encoding: "utf8" },
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const file = readFileSync(path);
  expect(file.subarray(4, 8).toString()).toBe("ftyp");
  expect(file.includes("avc1")).toBe(true);
  // stsz: version and flags, one size for all (0: none), then how many frames there are.
  const sizes = file.indexOf("stsz");
  expect(file.readUInt32BE(sizes + 12)).toBe(16);
});
