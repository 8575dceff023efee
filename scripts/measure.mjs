// npm run measure [-- PART …]: the bars of the views on this machine, as JSON. Drives the built app as a user would, in fresh profiles.
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { command, fail, wholeOfEnv } from "./lib/command.mjs";
import { root } from "./lib/ready.mjs";
import { Stopped, stop, unlessStopped } from "./lib/stop.mjs";

const QUERY_MOVES = 120;
const ORBIT_MS = 5000;
const OPENINGS = 50;
const TRAIN_RUNS = 20;
const CLIP = `${root}test/fixtures/video/h264.mp4`;

const figure = (page) => page.waitForSelector("[data-testid=figure-layers]", { state: "attached" });
const quantile = (values, q) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
const round = (value) => Number(value.toFixed(1));

async function pickFile(page, path) {
  await page.getByRole("button", { name: /^Clip:/ }).click();
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Open a video …" }).click(),
  ]);
  await chooser.setFiles(path);
}

/** From navigation to the first heatmap of a built-in clip. */
async function firstHeatmap(open) {
  const page = await open();
  await figure(page);
  const mark = await page.waitForFunction(() => performance.getEntriesByName("heatmap")[0]?.startTime);
  const ms = await mark.jsonValue();
  await page.context().close();
  return ms;
}

/** From choosing a 10 s 640×272 H.264 file to its first live heatmap, in a page that has loaded no model. */
async function droppedClip(open) {
  const page = await open();
  await figure(page);
  const started = performance.now();
  await pickFile(page, CLIP);
  await page.getByText(/from 640×272/).waitFor();
  await figure(page);
  const ms = performance.now() - started;
  await page.context().close();
  return ms;
}

/** From the key that moves the query to the frame that shows it. The page is on Explore with its figure. */
async function moveQuery(page) {
  await page.getByRole("application").focus();
  const moves = await page.evaluate(async (count) => {
    const label = document.querySelector("aside [aria-pressed=true]");
    const status = [...document.querySelectorAll("footer span")].find(({ title }) => title.startsWith("kernels"));
    const all = [];
    for (let i = 0; i < count; i++) {
      const key = ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"][Math.floor(i / 3) % 4];
      const started = performance.now();
      const shown = new Promise((done) => {
        new MutationObserver((_, observer) => {
          observer.disconnect();
          requestAnimationFrame(() => setTimeout(() => done(performance.now())));
        }).observe(label, { subtree: true, characterData: true, childList: true });
      });
      document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      const total = (await shown) - started;
      const [kernels, readback] = status.title.match(/[\d.]+/g).map(Number);
      all.push({ total, kernels, readback });
    }
    return all;
  }, QUERY_MOVES);
  const of = (key) => moves.map((move) => move[key]);
  return {
    ...paint(of("total")),
    kernels_median_ms: round(quantile(of("kernels"), 0.5)),
    readback_median_ms: round(quantile(of("readback"), 0.5)),
  };
}

const paint = (times) => ({
  moves: times.length,
  median_ms: round(quantile(times, 0.5)),
  p95_ms: round(quantile(times, 0.95)),
});

/** At N = 1568 tokens of 64 channels. */
async function queryMoves(open) {
  const page = await open("#v=1&clip=discs");
  await figure(page);
  await page.waitForTimeout(3000);
  const moved = await moveQuery(page);
  await page.context().close();
  return moved;
}

/** From a pointer over the curves to the frame with its crosshair, ms, one after another. */
const pointerOver = (page, id) =>
  page.evaluate(
    async ([name, count]) => {
      const charts = document.querySelector(`[data-testid=${name}]`);
      const plot = charts.querySelector("svg[role=img]");
      const box = plot.getBoundingClientRect();
      const times = [];
      for (let i = 0; i < count; i++) {
        const started = performance.now();
        const shown = new Promise((done) => {
          new MutationObserver((_, observer) => {
            observer.disconnect();
            requestAnimationFrame(() => setTimeout(() => done(performance.now())));
          }).observe(charts, { subtree: true, attributes: true, attributeFilter: ["x1"], childList: true });
        });
        const clientX = box.left + box.width * (0.25 + 0.6 * ((i * 0.37) % 1));
        plot.dispatchEvent(new PointerEvent("pointermove", { clientX, clientY: box.top + 80, bubbles: true }));
        times.push((await shown) - started);
      }
      return times;
    },
    [id, QUERY_MOVES],
  );

/** While a run of the default recipe is training: the pointer over the charts, and the query in Explore. */
async function whileTraining(open) {
  const page = await open("#v=1&view=train&clip=discs&steps=5000");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  const status = page.getByTestId("train-status");
  const steps = async () => Number(await status.getAttribute("data-step"));
  await page.waitForFunction(() => Number(document.querySelector("[data-testid=train-status]")?.dataset.step) >= 3);
  const first = await steps();
  const pointer = await pointerOver(page, "train-charts");
  const last = await steps();
  await page
    .getByRole("link", { name: "Explore" })
    .or(page.getByRole("button", { name: "Explore" }))
    .first()
    .click();
  await figure(page);
  const query = await moveQuery(page);
  await page.context().close();
  return { steps_meanwhile: last - first, pointer: paint(pointer), query_in_explore: query };
}

/** The same while the diffusion student trains: 64 channels, 3 blocks, batch 2, M-TSA. */
async function whileStudentTrains(open) {
  const size =
    "s-start=random&s-width=64&s-depth=3&s-heads=2&s-hidden=64.64.16&s-clips=8&s-batch=2&s-steps=5000&s-eval=0";
  const page = await open(`#v=1&view=train&learns=student&${size}`);
  await page.getByRole("button", { name: "Start", exact: true }).click();
  const status = page.getByTestId("student-status");
  const steps = async () => Number(await status.getAttribute("data-step"));
  await page.waitForFunction(
    () => Number(document.querySelector("[data-testid=student-status]")?.dataset.step) >= 3,
    null,
    {
      timeout: 300_000,
    },
  );
  const first = await steps();
  const pointer = await pointerOver(page, "student-charts");
  const last = await steps();
  await page.context().close();
  return { steps_meanwhile: last - first, pointer: paint(pointer) };
}

/** The space-time block with 8 frames: pictures a second while it is turned, and from a τ that is dragged to its picture. */
async function spaceTime(open) {
  const page = await open("#v=1&clip=discs&stage=space-time");
  const block = page.getByTestId("space-time");
  await page.waitForSelector("[data-testid=space-time][data-renders]");
  await page.waitForTimeout(3000);
  const renders = async () => Number(await block.getAttribute("data-renders"));
  const box = await block.boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  const [before, started] = [await renders(), performance.now()];
  for (let i = 1; performance.now() - started < ORBIT_MS; i++) {
    await page.mouse.move(x + 150 * Math.sin(i / 16), y + 60 * Math.sin(i / 25));
  }
  const pictures = ((await renders()) - before) / ((performance.now() - started) / 1000);
  await page.mouse.up();
  const drags = await page.evaluate(async (count) => {
    const slider = document.querySelector("#tau");
    const words = document.querySelector("[data-testid=space-time-words]");
    const host = document.querySelector("[data-testid=space-time]");
    const changed = (element, options) =>
      new Promise((done) => {
        const observer = new MutationObserver(() => {
          observer.disconnect();
          done();
        });
        observer.observe(element, options);
      });
    const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
    const times = [];
    for (let i = 0; i < count; i++) {
      const started = performance.now();
      // The words change with the answer, in the commit that hands it to the block; the next picture shows it.
      const answered = changed(words, { subtree: true, characterData: true, childList: true });
      setValue.call(slider, String(200 + ((i * 37) % 600)));
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      await answered;
      await changed(host, { attributes: true, attributeFilter: ["data-renders"] });
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      times.push(performance.now() - started);
    }
    return times;
  }, QUERY_MOVES);
  await page.context().close();
  return { orbit_pictures_per_s: round(pictures), tau_to_paint: paint(drags) };
}

/** The block opened and left again and again: what the GPU process has allocated after a few rounds, and after fifty more. */
async function spaceOpenings(open) {
  const page = await open("#v=1&clip=discs&truth=1");
  await figure(page);
  const cdp = await page.context().browser().newBrowserCDPSession();
  const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
  const { id } = processInfo.find(({ type }) => type === "GPU");
  const status = `/proc/${id}/status`;
  // Its own memory: what it shares with the page is of 2D canvases, of which the block has none. Without a /proc the rounds
  // alone show whether contexts run out: a browser keeps only 16.
  const megabytes = () =>
    existsSync(status) ? round(Number(readFileSync(status, "utf8").match(/RssAnon:\s+(\d+)/)[1]) / 1024) : null;
  const rounds = async (count) => {
    for (let i = 0; i < count; i++) {
      await page.getByRole("button", { name: "Space-time", exact: true }).click();
      await page.waitForSelector("[data-testid=space-time][data-renders]");
      await page.getByRole("button", { name: "Panes", exact: true }).click();
      await figure(page);
    }
    await page.waitForTimeout(5000);
    return megabytes();
  };
  const [warm, after] = [await rounds(10), await rounds(OPENINGS)];
  await page.context().close();
  return { openings: OPENINGS, gpu_process_mb_before: warm, gpu_process_mb_after: after };
}

/** Queries, temperatures, masks and clips in and out; our buffers after the first round and after the last. */
async function leak(open, { rounds }) {
  const page = await open();
  const status = async () => {
    await page.waitForFunction(() => /on the GPU/.test(document.querySelector("footer")?.textContent ?? ""));
    return page
      .locator("footer span", { hasText: "on the GPU" })
      .evaluate((span) => `${span.textContent}, ${span.title}`);
  };
  const round = async (i) => {
    await page.getByRole("button", { name: /^Clip:/ }).click();
    await page
      .locator("#clip-menu li button")
      .nth(i % 4)
      .click();
    await page.waitForTimeout(150);
    await figure(page);
    await page.getByRole("application").focus();
    for (const key of ["ArrowRight", "ArrowDown", "a", "Delete", "ArrowLeft"]) await page.keyboard.press(key);
    await page.getByRole("slider", { name: "τ" }).fill(String(100 + ((i * 37) % 800)));
    await page.getByRole("slider", { name: /keep/ }).fill(String(100 + ((i * 53) % 800)));
  };
  const settle = async () => {
    await round(0);
    await page.waitForTimeout(2500);
    return status();
  };
  await figure(page);
  for (let i = 0; i < 4; i++) await round(i);
  const before = await settle();
  for (let i = 0; i < rounds; i++) await round(i);
  const after = await settle();
  await page.context().close();
  return { rounds, before, after };
}

/** Runs of Train, one after another in one page; our buffers after the first and after the last. */
async function leakOfRuns(open) {
  const page = await open("#v=1&view=train&clip=discs&hidden=16.16.16&steps=2");
  const memory = () =>
    page.locator("footer span", { hasText: "on the GPU" }).evaluate((span) => `${span.textContent}, ${span.title}`);
  const start = page.getByRole("button", { name: "Start", exact: true });
  const run = async (i) => {
    await start.click();
    await page.waitForFunction(
      (count) => document.querySelectorAll("[data-testid=runs] tr[data-status=done]").length >= count,
      i,
    );
  };
  await figure(page);
  await run(1);
  const before = await memory();
  for (let i = 2; i <= TRAIN_RUNS; i++) await run(i);
  const after = await memory();
  await page.context().close();
  return { runs: TRAIN_RUNS, before, after };
}

/** What a visitor downloads for the first heatmap and its buttons: the scripts of page and worker that were asked for until then, gzip. */
async function initialJavaScript(open, { app }) {
  const asked = [];
  const page = await open("", (context) =>
    context.on("request", (request) => asked.push(new URL(request.url()).pathname)),
  );
  await figure(page);
  await page.getByRole("button", { name: "PDF", exact: true }).waitFor();
  await page.context().close();
  const scripts = asked.filter((path) => path.endsWith(".js"));
  const bytes = scripts.map((path) => gzipSync(readFileSync(`${app}${path}`)).length);
  return { total_kb: round(bytes.reduce((a, b) => a + b, 0) / 1000), files: scripts.length };
}

const times = async (measure, open, count) => {
  const all = [];
  for (let i = 0; i < count; i++) all.push(await measure(open));
  return { median_s: round(quantile(all, 0.5) / 1000), worst_s: round(Math.max(...all) / 1000), runs: count };
};

const PARTS = {
  initial_javascript: initialJavaScript,
  first_heatmap: (open) => times(firstHeatmap, open, 5),
  dropped_clip: (open) => times(droppedClip, open, 3),
  query_move: queryMoves,
  space_time: spaceTime,
  space_openings: spaceOpenings,
  while_training: whileTraining,
  while_student_trains: whileStudentTrains,
  gpu_memory: leak,
  gpu_memory_of_runs: leakOfRuns,
};

const USAGE = `usage: npm run measure [-- PART …]

  PART   of ${Object.keys(PARTS).join(", ")}; all without it. Ctrl+C, or a part that fails, prints those that are done.`;

await command({ name: "measure", usage: USAGE, positionals: true }, async (_, parts) => {
  const chosen = parts.length > 0 ? parts : Object.keys(PARTS);
  const unknown = chosen.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) {
    fail(`npm run measure knows no ${unknown.join(", ")}: choose of ${Object.keys(PARTS).join(", ")}`);
  }
  const rounds = wholeOfEnv("TEMPERED_ROUNDS", 40, 1, 100_000);
  const { withBuiltApp } = await import("./lib/page.mjs");
  const result = {};
  const measureAll = async (browser, url, app) => {
    const open = async (hash = "", prepare = (_context) => {}) => {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      prepare(context);
      const page = await context.newPage();
      page.setDefaultTimeout(120_000);
      await page.goto(`${url}index.html${hash}`);
      return page;
    };
    for (const name of chosen) result[name] = await unlessStopped(Promise.resolve(PARTS[name](open, { app, rounds })));
  };
  const done = () => Object.keys(result).length;
  try {
    await withBuiltApp(measureAll, { keepsOn: true });
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    // The parts that are done, also where one failed.
    if (done() > 0) console.log(JSON.stringify(result, null, 1));
  }
  if (stop.aborted) throw new Stopped(`stopped, parts measured: ${done()} of ${chosen.length}`);
});
