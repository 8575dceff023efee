// Machines without a GPU, phones, and a server that knows nothing of cross-origin isolation.
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { figureShown, spoken, statusText, withApp } from "../support/app.ts";

describe("without a WebGPU adapter", () => {
  const open = withApp(["--no-sandbox", "--disable-gpu", "--disable-features=WebGPUService"]);

  test("the page computes on the CPU, says so, and gives the same answer", async () => {
    const { page } = await open({ hash: "#v=1&q=0.6.14" });
    await figureShown(page);
    await page.getByText("no GPU: computing on the CPU").waitFor();
    // The same sentence that the GPU's page speaks: test/app/explore.test.ts reads it from the kernels.
    expect(await spoken(page, "frame 0, row 6, column 14")).toMatch(/best match frame 7, row \d+, column \d+, 0\.\d+/);
  });
});

describe("on a phone", () => {
  const open = withApp();

  test("the built-in clip is shown and no model is downloaded", async () => {
    const { page, requests } = await open({
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
    });
    await figureShown(page);
    await spoken(page, "query 1");
    expect(requests.filter((url) => /onnx|\.wasm/.test(url))).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });
});

describe("as a static site below a path, without isolation headers", () => {
  const open = withApp();
  let server: Server;
  let url: string;
  const types: Record<string, string> = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".wasm": "application/wasm",
    ".json": "application/json",
    ".mp4": "video/mp4",
    ".svg": "image/svg+xml",
  };

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const path = new URL(request.url ?? "/", "http://localhost").pathname.replace(/^\/papers\/tempered\//, "");
      const body = await readFile(`dist/${path}`).catch(() => null);
      response.writeHead(body ? 200 : 404, { "Content-Type": types[extname(path)] ?? "application/octet-stream" });
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/papers/tempered/`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test("the encoder runs on one thread", async () => {
    const { page, problems } = await open({ url, hash: "#v=1&frames=4" });
    await figureShown(page);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    expect(await statusText(page)).toContain("(wasm)");
    expect(problems).toEqual([]);
  });
});
