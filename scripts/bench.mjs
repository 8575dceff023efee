// npm run bench [-- --runs 11] [--large] [--only peers|forms|align] [--out FILE.json]: our kernels and losses, and the peers beside
// them, in headless Chromium on one adapter. Progress goes to stderr, the result as JSON to stdout or the file.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ensureInstalled, root } from "./lib/run.mjs";

ensureInstalled();
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "11" },
    large: { type: "boolean", default: false },
    only: { type: "string" },
    out: { type: "string" },
  },
});
const runs = Number(values.runs);
if (!(Number.isInteger(runs) && runs >= 3)) throw new Error(`--runs must be a whole number ≥ 3, got ${values.runs}`);

const { chromiumArguments, ensureChromium } = await import("./lib/chromium.mjs");
const { chromium } = await import("playwright-core");
const { createServer } = await import("vite");
const { kernels } = await import("./lib/kernels.mjs");
const server = await createServer({
  root,
  configFile: false,
  plugins: [kernels()],
  logLevel: "error",
  server: { port: 0, watch: null },
  cacheDir: "node_modules/.vite-bench",
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
await server.listen();
const browser = await chromium.launch({ executablePath: ensureChromium(), args: chromiumArguments() });
try {
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
  const result = await page.evaluate(
    ({ runs, large, only }) => {
      const bench = globalThis.temperedBench;
      if (only === "peers") return bench.comparePeers(runs);
      if (only === "forms") return bench.compareForms(runs);
      if (only === "align") return bench.compareAlign(runs);
      return bench.run({ runs, large });
    },
    { runs, large: values.large, only: values.only },
  );
  const json = JSON.stringify(result, null, 2);
  if (values.out) writeFileSync(values.out, `${json}\n`);
  else console.log(json);
} finally {
  await browser.close();
  await server.close();
}
