// npm run bench [-- --runs 11] [--large] [--only peers|forms|align|student] [--out FILE.json]: our kernels and losses, and the peers beside
// them, in headless Chromium on one adapter. Progress goes to stderr, the result as JSON to stdout or the file, also of the parts before one that fails.
import { rmSync } from "node:fs";
import { command, fail, oneOf, whole } from "./lib/command.mjs";
import { checkOutputs, writeWhole } from "./lib/output.mjs";
import { root } from "./lib/ready.mjs";
import { endedByCommand, Stopped, stop, unlessStopped } from "./lib/stop.mjs";

const USAGE = `usage: npm run bench [-- options]

  --runs 11       timed runs of each, 3 or more
  --large         also the stored and the tiled form at the paper's size
  --only PART     peers, forms, align or student
  --out FILE      the result, saved part by part; else it goes to stdout`;

const OPTIONS = {
  runs: { type: "string", default: "11" },
  large: { type: "boolean", default: false },
  only: { type: "string" },
  out: { type: "string" },
};

/** Timed runs of each form: they are as slow as all the rest together. */
const FORM_RUNS = 3;

/** What is timed, in order: a part of the page's bench, its runs, and where its result stands; null: at the top. */
function planOf({ only, large }, runs) {
  if (only !== undefined && large)
    fail(`--large adds to all parts, and --only ${only} leaves all others out: leave one of them out`);
  if (only !== undefined)
    return [{ part: oneOf("only", only, ["peers", "forms", "align", "student"]), runs, key: null }];
  const forms = large ? [{ part: "forms", runs: FORM_RUNS, key: "forms" }] : [];
  return [{ part: "own", runs, key: null }, { part: "peers", runs, key: "peers" }, ...forms];
}

/** A folder of this process: another bench at the same time has its own. */
const CACHE = `${root}.cache/tempered/bench-${process.pid}`;

/** A server of the bench and its peers, from the sources. It does not listen yet. */
async function benchServer() {
  const { createServer } = await import("vite");
  const { kernels } = await import("./lib/kernels.mjs");
  return createServer({
    root,
    configFile: false,
    plugins: [kernels()],
    logLevel: "error",
    server: { port: 0, watch: null },
    cacheDir: CACHE,
    optimizeDeps: {
      entries: ["test/peers/bench.html"],
      include: [
        "@jax-js/jax",
        "@tensorflow/tfjs-core",
        "@tensorflow/tfjs-core/dist/register_all_gradients",
        "@tensorflow/tfjs-backend-webgpu",
      ],
    },
  });
}

/** Hands `use` the page of the bench. */
async function withBench(use) {
  const { launchChromium } = await import("./lib/chromium.mjs");
  // First: where no Chromium starts there is no server either, which would keep this process alive.
  const browser = await launchChromium();
  let server;
  try {
    server = await endedByCommand(benchServer);
    await server.listen();
    const page = await browser.newPage();
    const system = await browser.newBrowserCDPSession();
    await page.exposeFunction("gpuProcessSeconds", async () => {
      const { processInfo } = await system.send("SystemInfo.getProcessInfo");
      return processInfo.find(({ type }) => type === "GPU")?.cpuTime;
    });
    page.on("console", (message) => console.error(message.text()));
    page.on("pageerror", (error) => console.error(error));
    await page.goto(new URL("test/peers/bench.html", server.resolvedUrls.local[0]).href);
    await page.waitForFunction(() => "temperedBench" in globalThis, undefined, { timeout: 120_000 });
    page.setDefaultTimeout(0);
    await use(page);
  } finally {
    await browser.close();
    await server?.close();
    rmSync(CACHE, { recursive: true, force: true });
  }
}

await command({ name: "bench", usage: USAGE, options: OPTIONS }, async (values) => {
  const { out } = values;
  const plan = planOf(values, whole("runs", values.runs, 3, 1000));
  checkOutputs({ out });
  const result = {};
  const json = () => JSON.stringify(result, null, 2);
  let done = 0;
  try {
    await withBench(async (page) => {
      for (const { part, runs, key } of plan) {
        const time = page.evaluate((asked) => globalThis.temperedBench[asked.part](asked.runs), { part, runs });
        const found = await unlessStopped(time);
        Object.assign(result, key === null ? found : { [key]: found });
        done++;
        if (out) writeWhole(out, `${json()}\n`);
      }
    });
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    // The parts that are done, also where one failed.
    if (!out && done > 0) console.log(json());
  }
  if (stop.aborted) throw new Stopped(`stopped, parts timed: ${done} of ${plan.length}`);
});
