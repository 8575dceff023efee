// The packages' first installation: Ctrl+C ends it, and starts nothing else.
import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { start } from "../../support/command.ts";

/** The project as it is cloned, and an npm that writes down what it is asked for and then does something. */
function cloned(then: string) {
  const folder = mkdtempSync(join(tmpdir(), "tempered-clone-"));
  for (const name of ["scripts", "package.json", "package-lock.json"])
    cpSync(name, join(folder, name), { recursive: true });
  const npm = join(folder, "npm-cli.cjs");
  const asked = join(folder, "asked");
  writeFileSync(npm, `require("fs").appendFileSync(${JSON.stringify(asked)}, process.argv[2] + "\\n"); ${then}`);
  const command = start(process.execPath, ["scripts/tempered.mjs", "world", "--list"], {
    cwd: folder,
    env: { npm_execpath: npm },
  });
  const lock = join(folder, ".cache/tempered/install.lock");
  return { over: command.over, asked: () => readFileSync(asked, "utf8"), isLocked: () => existsSync(lock) };
}

test("a second way to install is tried where the first fails", { timeout: 60_000 }, async () => {
  const { over, asked, isLocked } = cloned("process.exit(1);");
  expect((await over).code).toBe(1);
  expect([asked(), isLocked()]).toEqual(["ci\ninstall\n", false]);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("and not where %s ends it", { timeout: 60_000 }, async (signal, status) => {
  const { over, asked, isLocked } = cloned(`process.kill(process.pid, "${signal}"); setInterval(() => {}, 1000);`);
  const { code, stderr } = await over;
  expect(stderr).toBe(`Installing packages (npm ci) …\nstopped: node was ended by ${signal}\n`);
  expect([code, asked(), isLocked()]).toEqual([status, "ci\n", false]);
});
