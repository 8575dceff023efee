// The Chromium that tests, figures and benches run in: one place that finds it, installs it and knows its flags.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const SYSTEM_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/**
 * Path of a Chromium, or undefined. `CHROMIUM_PATH` wins; a system one comes before Playwright's, whose build has no H.264.
 * @returns {string | undefined}
 */
function findChromium() {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen) return chosen;
  return [...SYSTEM_PATHS, chromium.executablePath()].find((path) => path && existsSync(path));
}

/** The Chromium, or an error that says how to get one. */
export function chromiumPath() {
  const found = findChromium();
  if (!found) throw new Error("no Chromium found: run `npm test` once, which installs one, or set CHROMIUM_PATH");
  return found;
}

/** Installs a Chromium if there is none: through apt where that works, else Playwright's own build. Returns its path. */
export function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  const run = (command, args) => spawnSync(command, args, { stdio: "inherit" }).status === 0;
  const apt = process.getuid?.() === 0 ? ["apt-get"] : ["sudo", "-n", "apt-get"];
  const viaApt = () => {
    const [command, ...rest] = apt;
    return run(command, [...rest, "update", "-qq"]) && run(command, [...rest, "install", "-y", "-qq", "chromium"]);
  };
  if (process.platform === "linux" && viaApt() && findChromium()) return findChromium();
  run("npx", ["playwright-core", "install", "chromium"]);
  const installed = findChromium();
  if (!installed)
    throw new Error("no Chromium found and none could be installed; install one and set CHROMIUM_PATH to it");
  return installed;
}

/**
 * Flags for a headless Chromium with WebGPU. The default is the software adapter, so that a run means the same
 * everywhere; TEMPERED_ADAPTER=gpu uses the machine's own (Vulkan on Linux).
 * @returns {string[]}
 */
export function chromiumArguments() {
  const adapter =
    process.env.TEMPERED_ADAPTER === "gpu"
      ? ["--enable-features=Vulkan", "--use-angle=vulkan"]
      : ["--use-webgpu-adapter=swiftshader"];
  return [
    "--enable-unsafe-webgpu",
    ...adapter,
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
  ];
}
