// The Chromium that tests, figures and benches run in: one place that finds it, installs it and knows its flags.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { fail, MachineError, oneOfEnv } from "./command.mjs";
import { binOf, run } from "./run.mjs";

const SYSTEM_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** Time for a browser to say its version; a slow disk's first time is long. */
const VERSION_MS = 20_000;

/**
 * Why a path is no browser, as a few words; null where it is one. Ubuntu's chromium-browser is a script that asks for a snap:
 * that a file is there says nothing.
 * @param {string} path
 */
export function whyNoBrowser(path) {
  if (!existsSync(path)) return "there is no such file";
  // chrome.exe answers to no --version: it opens a window.
  if (process.platform === "win32") return null;
  const { status, stdout, stderr, error } = spawnSync(path, ["--version"], { encoding: "utf8", timeout: VERSION_MS });
  if (status === 0 && /\b(Chrom\w*|Edge)\b.* \d+\.\d/.test(stdout)) return null;
  const said = `${stderr ?? ""}\n${stdout ?? ""}`.trim().split("\n")[0];
  return `it says ${said === "" ? (error?.message ?? "nothing") : `"${said}"`}`;
}

let found;

/**
 * Path of a Chromium that runs, or undefined. `CHROMIUM_PATH` comes first; a system one before Playwright's, whose build has no H.264.
 * @param {string[]} places where to look after CHROMIUM_PATH
 * @returns {string | undefined}
 */
export function findChromium(places = [...SYSTEM_PATHS, chromium.executablePath()]) {
  const chosen = process.env.CHROMIUM_PATH;
  const why = chosen ? whyNoBrowser(chosen) : null;
  if (chosen && why === null) return chosen;
  const next = places.find((path) => path && whyNoBrowser(path) === null);
  if (chosen) {
    const instead = next ? `${next} is used instead` : "set it to the path of a Chromium";
    console.error(`CHROMIUM_PATH=${chosen} is no browser (${why}): ${instead}`);
  }
  return next;
}

/** The Chromium, or an error that says how to get one. */
export function chromiumPath() {
  found ??= findChromium();
  if (!found)
    throw new MachineError("no Chromium found: run `npm test` once, which installs one, or set CHROMIUM_PATH");
  return found;
}

/** Installs packages of a Debian; false where that fails: no apt, no rights, no such package. */
function installedByApt(...packages) {
  if (process.platform !== "linux") return false;
  const [apt, ...before] = process.getuid?.() === 0 ? ["apt-get"] : ["sudo", "-n", "apt-get"];
  const done = (...args) => run(apt, [...before, ...args], { quiet: true }) === 0;
  return done("update", "-qq") && done("install", "-y", "-qq", "--no-remove", ...packages);
}

/** Installs a Chromium if there is none: through apt where that works, else Playwright's own build. Returns its path. */
export function ensureChromium() {
  found ??= findChromium();
  if (found) return found;
  console.error("Installing Chromium …");
  if (installedByApt("chromium")) found = findChromium();
  if (found) return found;
  run(process.execPath, [binOf("playwright-core", "playwright-core"), "install", "chromium"], { quiet: true });
  found = findChromium();
  if (!found) fail("no Chromium was found and none could be installed: install one and set CHROMIUM_PATH to its path");
  return found;
}

/** Chromium without windows and menus, a package of Debian's: in it pages of tests take a sixth less CPU time. */
const HEADLESS_SHELL = "/usr/bin/chromium-headless-shell";

/**
 * The browser of tests' pages: the one of `CHROMIUM_PATH`, else the headless shell, else the Chromium that commands use, as they
 * do on a GPU.
 * @param {string} shell where the headless shell would be
 */
export function testChromiumPath(shell = HEADLESS_SHELL) {
  const whole = process.env.CHROMIUM_PATH || chosenAdapter() === "gpu" || whyNoBrowser(shell) !== null;
  return whole ? chromiumPath() : shell;
}

/**
 * The same, with one thread of the software adapter: files that compute beside other tests share the machine's cores with them, and
 * two threads that wait for each other take a tenth more CPU time. Kernels are tested on all threads, where they would lose their races.
 * @param {string} shell where the headless shell would be
 */
export function oneThreadChromiumPath(shell = HEADLESS_SHELL) {
  const path = testChromiumPath(shell);
  return path === HEADLESS_SHELL ? fileURLToPath(new URL("./one_thread/chromium.sh", import.meta.url)) : path;
}

/**
 * Installs what tests run in: as root, so on a machine made for it, the headless shell too. A person's own system keeps what it has.
 * @returns {Record<string, string>} environment of what starts them: a CHROMIUM_PATH that is no browser is told of once
 */
export function ensureTestChromium() {
  const whole = ensureChromium();
  if (process.env.CHROMIUM_PATH) return { CHROMIUM_PATH: whole };
  if (existsSync(HEADLESS_SHELL) || process.getuid?.() !== 0) return {};
  // Both are of one version: alone it would not go with an older Chromium.
  if (whole === SYSTEM_PATHS[0] && !installedByApt("chromium", "chromium-headless-shell"))
    console.error("There is no headless shell of Chromium here: pages of tests run in the whole one, and take longer");
  return {};
}

/** A headless Chromium. The command itself closes it when the user stops it. */
export async function launchChromium() {
  const args = chromiumArguments();
  const executablePath = ensureChromium();
  try {
    const left = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
    return await chromium.launch({ executablePath, args, ...left });
  } catch (error) {
    // Playwright adds the whole log of the start.
    const reason = error.message.split("\n").find((line) => /error|fail|cannot|no such/i.test(line));
    return fail(
      `${executablePath} could not be started (${(reason ?? error.message.split("\n")[0]).trim()}): set CHROMIUM_PATH to another Chromium`,
    );
  }
}

/**
 * Chromium takes the last list of features only, so Playwright's stands here again. The popup of an address bar that nobody sees is
 * a page of its own, loaded with every window: a fifth of the CPU time of a test's page.
 */
const FEATURES_OFF = [
  "WebUIOmniboxPopup",
  "WebUIOmniboxFullPopup",
  "WebUIOmniboxAimPopup",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsUpgrades",
  "HttpsFirstBalancedModeAutoEnable",
  "LensOverlay",
  "MediaRouter",
  "PaintHolding",
  "ThirdPartyStoragePartitioning",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "TcpPortRandomizationWin",
  "OptimizationHints",
  "NetworkTimeServiceQuerying",
  "AimEnabled",
  "PreconnectToSearch",
];

/** Which adapter computes, by TEMPERED_ADAPTER: the same everywhere, or the machine's own. */
export const chosenAdapter = () => oneOfEnv("TEMPERED_ADAPTER", ["software", "gpu"]);

/** Which GPU. Elsewhere than on Linux Chromium takes the machine's own without being told, through Metal or Direct3D. */
function adapterArguments(platform) {
  if (chosenAdapter() !== "gpu") return ["--use-webgpu-adapter=swiftshader"];
  return platform === "linux" ? ["--enable-features=Vulkan", "--use-angle=vulkan"] : [];
}

/**
 * Flags for a headless Chromium with WebGPU. The default is the software adapter, so that a run means the same
 * everywhere; TEMPERED_ADAPTER=gpu uses the machine's own (Vulkan on Linux).
 * @param {string[]} off features of Chromium that are switched off besides
 * @param {string} platform as Node calls it
 * @returns {string[]}
 */
export function chromiumArguments(off = [], platform = process.platform) {
  return [
    "--enable-unsafe-webgpu",
    ...adapterArguments(platform),
    `--disable-features=${[...FEATURES_OFF, ...off].join(",")}`,
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
  ];
}

/** Chromium optimises wasm that has run a little, and does so again in every page. With this budget it optimises only what runs long. */
const WASM_OPTIMISED_LATE = "--js-flags=--wasm-tiering-budget=400000000";

/**
 * Dawn guards every kernel. It clamps indices, which takes about a fifth of a software adapter's time; it sets workgroup memory to
 * zero and checks divisors, which take an eighth of the CPU time of the models' tests.
 */
const UNGUARDED =
  "--enable-dawn-features=disable_robustness,disable_workgroup_init,disable_polyfills_on_integer_div_and_mod";

/** A process that waits for the window's next page. */
const SPARE = "SpareRendererForSitePerProcess";

/** Flags for tests, whose pages are many and short. The tests of test/kernels and all commands run without these three, as a person's browser does. */
export const testArguments = () => [...chromiumArguments([SPARE]), WASM_OPTIMISED_LATE, UNGUARDED];
