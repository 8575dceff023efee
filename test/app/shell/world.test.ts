// `npm run world --out clip.mp4`: the browser's encoder behind the shell.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { start } from "../../support/command.ts";

/** How many frames the video holds: in stsz, behind version and flags and one size for all (0: none). */
const framesOf = (file: Buffer) => file.readUInt32BE(file.indexOf("stsz") + 12);

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
  expect(framesOf(file)).toBe(16);
});

// SIGTERM is what Vite's server would end the process at; Ctrl+C comes the same way (test/node/shell/stop.test.ts).
test("SIGTERM ends the filling of a folder after the current clip, and says how many are there", async () => {
  const folder = join(mkdtempSync(join(tmpdir(), "tempered-world-")), "clips");
  const args = ["world", "--template", "collide", "--count", "1000", "--as", "mp4", "--scale", "1", "--out", folder];
  const { child, over } = start(process.execPath, ["scripts/tempered.mjs", ...args]);
  const there = () => (existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".mp4")) : []);
  await expect.poll(() => there().length, { timeout: 120_000 }).toBeGreaterThan(1);
  child.kill("SIGTERM");
  const { code, stderr } = await over;
  expect({ code, stderr }).toEqual({
    code: 143,
    stderr: `stopped, clips written to ${folder}: ${there().length} of 1000\n`,
  });
  for (const name of there()) expect(framesOf(readFileSync(join(folder, name)))).toBe(16);
});
