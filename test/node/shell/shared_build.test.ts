// Builds that commands share: whole or not there, never taken from under a command that uses them.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { appSources } from "../../../scripts/lib/built_app.mjs";
import { root } from "../../../scripts/lib/ready.mjs";
import { sharedBuild } from "../../../scripts/lib/shared_build.mjs";
import { start } from "../../support/command.ts";

let [builds, source] = ["", ""];
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "tempered-builds-"));
  [builds, source] = [`${folder}/builds/`, `${folder}/source.ts`];
  writeFileSync(source, "one");
});

const sources = () => [relative(root, source)];
const made: string[] = [];
const make = async (folder: string) => {
  mkdirSync(folder);
  writeFileSync(`${folder}/app.js`, readFileSync(source));
  made.push(folder);
};
const build = (maker = make) => sharedBuild("app", sources, maker, builds);
const kept = () => readdirSync(builds).filter((name) => name !== "uses");

test("the same sources are built once, others beside them", async () => {
  made.length = 0;
  const [first, again] = [await build(), await build()];
  expect(again).toBe(first);
  expect(made).toHaveLength(1);
  writeFileSync(source, "two");
  const other = await build();
  expect(readFileSync(`${first}app.js`, "utf8")).toBe("one");
  expect(readFileSync(`${other}app.js`, "utf8")).toBe("two");
});

test("many at once get one whole build, and leave nothing beside it", async () => {
  const slow = async (folder: string) => {
    mkdirSync(folder);
    for (let i = 0; i < 20; i++) {
      writeFileSync(`${folder}/${i}.js`, "x");
      await new Promise((done) => setTimeout(done, 1));
    }
  };
  const folders = await Promise.all(Array.from({ length: 8 }, () => build(slow)));
  expect(new Set(folders).size).toBe(1);
  expect(readdirSync(folders[0])).toHaveLength(20);
  expect(kept()).toHaveLength(1);
});

test("a build that fails is not there", async () => {
  const failing = async (folder: string) => {
    await make(folder);
    throw new Error("no build");
  };
  await expect(build(failing)).rejects.toThrow("no build");
  expect(kept()).toEqual([]);
  expect(existsSync(`${await build()}app.js`)).toBe(true);
});

test("sources that change during the build are built again, under their own name", async () => {
  let times = 0;
  const folder = await build(async (to) => {
    await make(to);
    if (times++ === 0) writeFileSync(source, "changed meanwhile");
  });
  expect(readFileSync(`${folder}app.js`, "utf8")).toBe("changed meanwhile");
  expect(kept()).toHaveLength(1);
  const restless = async (to: string) => {
    await make(to);
    writeFileSync(source, `${times++}`);
  };
  writeFileSync(source, "anew");
  await expect(build(restless)).rejects.toThrow("the sources changed during each of 3 builds");
});

test("old builds go, but not while a command uses one", async () => {
  // Another process of the same build, which waits to be told to end.
  const script = `
    import { sharedBuild } from "./scripts/lib/shared_build.mjs";
    import { mkdirSync } from "node:fs";
    await sharedBuild("app", () => [${JSON.stringify(sources()[0])}], async (to) => mkdirSync(to), ${JSON.stringify(builds)});
    console.log("ready");
    process.stdin.on("end", () => process.exit()).resume();`;
  const other = start(process.execPath, ["--input-type=module", "-e", script]);
  await expect.poll(() => other.printed().toString(), { timeout: 20_000 }).toContain("ready");
  const [theirs] = kept();
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  // Builds of commands that have ended, and one that was killed at its work.
  for (let i = 0; i < 5; i++) {
    mkdirSync(`${builds}app-old${i}`);
    writeFileSync(`${builds}uses/app-old${i}.${dead}`, "");
    utimesSync(`${builds}app-old${i}`, 100 + i, 100 + i);
  }
  utimesSync(`${builds}${theirs}`, 50, 50);
  mkdirSync(`${builds}app-killed.${dead}.abcdef01.part`);
  mkdirSync(`${builds}bench-${dead}`);
  mkdirSync(`${builds}bench-${process.pid}`);
  writeFileSync(source, "now");
  const own = (await build()).slice(builds.length, -1);
  expect(kept().sort()).toEqual([own, theirs, "app-old3", "app-old4", `bench-${process.pid}`].sort());
  other.child.stdin?.end();
  await other.over;
  for (const next of ["a", "b", "c"]) {
    writeFileSync(source, next);
    await build();
  }
  expect(kept()).not.toContain(theirs);
  expect(kept()).toContain(own);
});

test("the key of the app's build holds every file of the project that the page imports", () => {
  const known = new Set(appSources());
  const files = appSources().filter((path) => /^(src|scripts)\/.*\.(tsx?|mjs)$|^vite\.config\.ts$/.test(path));
  expect(files.length).toBeGreaterThan(200);
  for (const file of files) {
    const whole = readFileSync(file, "utf8");
    // Scripts also hold the text of modules that they make.
    const text = file.startsWith("scripts/") ? (whole.match(/^import .*$/gm) ?? []).join("\n") : whole;
    for (const [, , from] of text.matchAll(/(from|import|import\(|new URL\()\s*"(\.[^"]+)"/g)) {
      const path = join(dirname(file), from.replace(/\?.*/, ""));
      expect(known.has(path), `${file} imports ${from}`).toBe(true);
    }
    for (const [, pattern] of text.matchAll(/import\.meta\.glob\("([^"]+)"/g)) {
      const folder = join(dirname(file), pattern.split("*")[0]);
      expect(
        [...known].some((path) => path.startsWith(folder)),
        `${file} takes ${pattern}`,
      ).toBe(true);
    }
  }
});
