// Machines without a GPU, and phones.
import { describe, expect, test } from "vitest";
import { figureShown, spoken, withApp } from "../support/app.ts";

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
