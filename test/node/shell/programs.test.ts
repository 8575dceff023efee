// Programs that the commands start, whatever the machine: paths with spaces, browsers that are none, shells that take "--".
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  chromiumArguments,
  chromiumPath,
  findChromium,
  oneThreadChromiumPath,
  testChromiumPath,
  whyNoBrowser,
} from "../../../scripts/lib/chromium.mjs";
import { swallowed } from "../../../scripts/lib/command.mjs";
import { withLock } from "../../../scripts/lib/lock.mjs";
import { root } from "../../../scripts/lib/ready.mjs";
import { binOf, programOf } from "../../../scripts/lib/run.mjs";
import { start, tempered } from "../../support/command.ts";

const SPACED = "C:\\Users\\First Last\\tempered\\node_modules";

describe("a path with a space on Windows", () => {
  const windows = {
    platform: "win32",
    node: "C:\\Program Files\\nodejs\\node.exe",
    npmExecPath: undefined as string | undefined,
    exists: (path: string) => path.includes("npm-cli"),
  };

  test("never goes through a shell, which would split it", () => {
    const vitest = `${SPACED}\\vitest\\vitest.mjs`;
    expect(programOf(windows.node, [vitest, "run"], windows)).toEqual({
      file: windows.node,
      args: [vitest, "run"],
      shell: false,
    });
  });

  test("is no trouble for npm, which this Node runs by npm's own file", () => {
    const cli = "C:\\Users\\First Last\\npm\\bin\\npm-cli.js";
    const found = programOf("npm", ["ci"], { ...windows, npmExecPath: cli });
    expect(found).toEqual({ file: windows.node, args: [cli, "ci"], shell: false });
    // Started without npm: the one beside node.
    expect(programOf("npm", ["ci"], windows)).toMatchObject({ file: windows.node, shell: false });
    // Another package manager's file is no npm.
    expect(programOf("npm", ["ci"], { ...windows, npmExecPath: "C:\\pnpm.cjs" }).args).not.toContain("C:\\pnpm.cjs");
  });

  test("only npm.cmd, by its bare name and with plain words, needs a shell", () => {
    const found = programOf("npm", ["ci", "--no-audit"], { ...windows, exists: () => false });
    expect(found).toEqual({ file: "npm", args: ["ci", "--no-audit"], shell: true });
    for (const word of [found.file, ...found.args]) expect(word).toMatch(/^[\w-]+$/);
    expect(programOf("npm", ["ci"], { ...windows, platform: "linux", exists: () => false }).shell).toBe(false);
  });

  test("executables of packages are JavaScript files, not scripts of a shell", () => {
    const bins = [
      ["typescript", "tsc"],
      ["@biomejs/biome", "biome"],
      ["dependency-cruiser", "depcruise"],
      ["knip", "knip"],
      ["vitest", "vitest"],
      ["vite", "vite"],
      ["playwright-core", "playwright-core"],
    ];
    for (const [packageName, name] of bins) {
      const file = binOf(packageName, name);
      expect(existsSync(file), file).toBe(true);
      expect(readFileSync(file, "utf8"), file).toMatch(/^#!.*node|^import |require\(/);
    }
  });
});

describe("a Chromium is a file that says so", () => {
  const folder = mkdtempSync(join(tmpdir(), "tempered-browsers-"));
  const script = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const words = "Command '/usr/bin/chromium-browser' requires the chromium snap to be installed.";
  const stub = script("chromium-browser", `echo "${words}" >&2; exit 1`);
  const browser = script("chromium", 'echo "Chromium 156.0.7000.1 built on Debian"');
  const said: string[] = [];
  beforeEach(() => {
    said.length = 0;
    vi.spyOn(console, "error").mockImplementation((line: string) => said.push(line));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  test("and not a stub that asks for a snap, nor what is not there or not to be run", () => {
    expect(whyNoBrowser(browser)).toBeNull();
    expect(whyNoBrowser(script("chrome", 'echo "Google Chrome 141.0.1 "'))).toBeNull();
    expect(whyNoBrowser(stub)).toBe(`it says "${words}"`);
    expect(whyNoBrowser("/nowhere")).toBe("there is no such file");
    expect(whyNoBrowser(script("silent", "exit 3"))).toBe("it says nothing");
    expect(whyNoBrowser(folder)).toMatch(/^it says .*EACCES/);
  });

  test("the next place is tried", () => {
    vi.stubEnv("CHROMIUM_PATH", "");
    expect(findChromium(["/nowhere", stub, browser])).toBe(browser);
    expect(findChromium([stub])).toBeUndefined();
    expect(said).toEqual([]);
  });

  test("a CHROMIUM_PATH that is none is named, with why and what is used instead", () => {
    vi.stubEnv("CHROMIUM_PATH", stub);
    expect(findChromium([browser])).toBe(browser);
    expect(findChromium([])).toBeUndefined();
    expect(said).toEqual([
      `CHROMIUM_PATH=${stub} is no browser (it says "${words}"): ${browser} is used instead`,
      `CHROMIUM_PATH=${stub} is no browser (it says "${words}"): set it to the path of a Chromium`,
    ]);
    vi.stubEnv("CHROMIUM_PATH", browser);
    expect(findChromium(["/nowhere"])).toBe(browser);
  });

  test("pages of tests open in the headless shell, unless another is asked for or there is none", () => {
    vi.stubEnv("CHROMIUM_PATH", "");
    vi.stubEnv("TEMPERED_ADAPTER", "");
    const shell = script("shell", 'echo "Chromium 141.0.2"');
    expect(testChromiumPath(shell)).toBe(shell);
    // Its script starts the one at its usual place.
    expect(oneThreadChromiumPath(shell)).toBe(shell);
    const whole = chromiumPath();
    expect(testChromiumPath("/nowhere")).toBe(whole);
    expect(testChromiumPath(stub)).toBe(whole);
    expect(oneThreadChromiumPath(stub)).toBe(whole);
    vi.stubEnv("TEMPERED_ADAPTER", "gpu");
    expect(testChromiumPath(shell)).toBe(whole);
    vi.stubEnv("TEMPERED_ADAPTER", "");
    vi.stubEnv("CHROMIUM_PATH", whole);
    expect(testChromiumPath(shell)).toBe(whole);
  });
});

test("TEMPERED_ADAPTER=gpu asks for Vulkan on Linux alone: elsewhere Chromium has the GPU without it", () => {
  const flags = (platform: string) => chromiumArguments([], platform).join(" ");
  vi.stubEnv("TEMPERED_ADAPTER", "gpu");
  expect(flags("linux")).toMatch(/--enable-features=Vulkan --use-angle=vulkan/);
  for (const platform of ["darwin", "win32"]) expect(flags(platform)).not.toMatch(/vulkan|swiftshader/i);
  vi.stubEnv("TEMPERED_ADAPTER", "");
  for (const platform of ["linux", "darwin", "win32"]) expect(flags(platform)).toMatch(/=swiftshader/);
  vi.unstubAllEnvs();
});

describe('a shell that takes "--" for itself', () => {
  const env = {
    npm_lifecycle_event: "figure",
    npm_config_query: "0",
    npm_config_tau: "0.1",
    npm_config_loglevel: "silent",
  };

  test("is named, with a way that needs none", () => {
    expect(swallowed(env, "figure", ["query", "tau", "out"])).toBe(
      '; npm kept --query, --tau for itself, as it does where a shell takes "--" away: write npx tempered figure …',
    );
    expect(swallowed(env, "figure", ["out"])).toBe("");
    expect(swallowed({ ...env, npm_lifecycle_event: "npx" }, "figure", ["query"])).toBe("");
  });

  test("is what the sentence of a mistake says then", async () => {
    const { code, stderr } = await tempered(["world"], {
      env: { npm_lifecycle_event: "world", npm_config_template: "mix", npm_config_out: "x.png" },
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^no sentence: .*; npm kept --template, --out for itself.*npx tempered world …\n$/);
  });
});

test("npm run bench takes no part beside the one that is named", async () => {
  const { code, stdout, stderr } = await tempered(["bench", "--only", "peers", "--large"]);
  expect([code, stdout.length]).toEqual([2, 0]);
  expect(stderr).toMatch(
    /^--large adds to all parts, and --only peers leaves all others out: leave one of them out\n$/,
  );
});

test("npm run bench ends where Chromium does not start, and leaves nothing behind", { timeout: 60_000 }, async () => {
  const path = join(mkdtempSync(join(tmpdir(), "tempered-browser-")), "chromium");
  writeFileSync(path, '#!/bin/sh\n[ "$1" = --version ] && echo "Chromium 156.0.7000.1"\n', { mode: 0o755 });
  const { child, over } = start(process.execPath, ["scripts/tempered.mjs", "bench"], { env: { CHROMIUM_PATH: path } });
  const { code, stderr } = await over;
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/chromium could not be started .*\n$/) });
  expect(existsSync(join(root, `.cache/tempered/bench-${child.pid}`))).toBe(false);
});

describe("one at a time", () => {
  const lock = () => join(mkdtempSync(join(tmpdir(), "tempered-lock-")), "new/install.lock");

  test("a lock is gone after its work, also where that fails", async () => {
    const path = lock();
    expect(await withLock(path, "works", () => readFileSync(path, "utf8"))).toBe(String(process.pid));
    await expect(
      withLock(path, "works", () => {
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(existsSync(path)).toBe(false);
  });

  test("commands wait for one another, and take over from one that was killed", { timeout: 60_000 }, async () => {
    const path = lock();
    const counter = join(path, "../../counter");
    writeFileSync(counter, "0");
    const work = (end: string) => `
      import { withLock } from "./scripts/lib/lock.mjs";
      import { readFileSync, writeFileSync } from "node:fs";
      withLock(${JSON.stringify(path)}, "counts", () => {
        const n = Number(readFileSync(${JSON.stringify(counter)}, "utf8"));
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
        ${end}
        writeFileSync(${JSON.stringify(counter)}, String(n + 1));
      });`;
    const run = (end: string) => start(process.execPath, ["--input-type=module", "-e", work(end)]).over;
    await run("process.kill(process.pid, 'SIGKILL');");
    expect(existsSync(path)).toBe(true);
    await Promise.all(Array.from({ length: 4 }, () => run("")));
    expect(readFileSync(counter, "utf8")).toBe("4");
  });

  test("Ctrl+C ends one that waits", { timeout: 60_000 }, async () => {
    const path = lock();
    const script = `
      import { withLock } from "./scripts/lib/lock.mjs";
      import { catchSignals } from "./scripts/lib/stop.mjs";
      catchSignals();
      await withLock(${JSON.stringify(path)}, "works", () => {}).catch(({ message }) => console.log(message));`;
    await withLock(path, "works", async () => {
      const { child, over, said } = start(process.execPath, ["--input-type=module", "-e", script]);
      await expect.poll(said, { timeout: 20_000 }).toContain("Waiting for another command");
      child.kill("SIGINT");
      expect((await over).stdout.toString()).toBe("stopped: nothing was written\n");
    });
  });
});
