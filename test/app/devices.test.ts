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
    const query = await spoken(page, "query 1");
    expect(requests.filter((url) => /onnx|\.wasm/.test(url))).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);

    // A finger that scrolls the page over the figure leaves the query where it is.
    const frame = await page.getByTestId("focus").boundingBox();
    if (!frame) throw new Error("the frame has no box");
    const [x, y] = [frame.x + frame.width / 4, frame.y + frame.height / 2];
    const cdp = await page.context().newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove", up: number) =>
      cdp.send("Input.dispatchTouchEvent", { type, touchPoints: [{ x, y: y - up }] });
    await touch("touchStart", 0);
    for (let up = 15; up <= 120; up += 15) await touch("touchMove", up);
    await cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(50);
    await page.getByRole("application").press("ArrowUp");
    const [f, row, column] = /frame (\d+), row (\d+), column (\d+);/.exec(query)?.slice(1).map(Number) ?? [];
    await spoken(page, `query 1, frame ${f}, row ${row - 1}, column ${column};`);
  });
});
