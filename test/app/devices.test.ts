// Machines without a GPU, and phones.
import { describe, expect, test } from "vitest";
import { figureShown, spoken, statusText, withApp } from "../support/app.ts";

const open = withApp();

describe("without a WebGPU adapter", () => {
  const openWithout = withApp(["--no-sandbox", "--disable-gpu", "--disable-features=WebGPUService"]);

  test("the page computes on the CPU, says so, and gives the same answer", async () => {
    const hash = "#v=1&q=0.6.14";
    const { page } = await openWithout({ hash });
    await figureShown(page);
    await page.getByText("no GPU: computing on the CPU").waitFor();
    const found = await spoken(page, "frame 0, row 6, column 14");
    const gpu = await open({ hash });
    await figureShown(gpu.page);
    await expect.poll(() => statusText(gpu.page)).toContain("on the GPU");
    expect(found).toMatch(/best match frame 7, row \d+, column \d+, 0\.\d+/);
    expect(found).toBe(await spoken(gpu.page, "frame 0, row 6, column 14"));
  });
});

describe("on a phone", () => {
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
