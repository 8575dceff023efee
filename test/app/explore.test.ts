import { readFileSync } from "node:fs";
import { expect, inject, test } from "vitest";
import { chromiumArguments, chromiumPath } from "../../scripts/lib/chromium.mjs";
import { parseSafetensors } from "../../src/formats/safetensors.ts";
import { figureShown, savedBy, spoken, statusText, withApp } from "../support/app.ts";

/** The whole Chromium, with the flags of a command: what a user sees first is tested in what a user has. */
const open = withApp(chromiumArguments(), chromiumPath());

test("a built-in clip shows its heatmap before any model is loaded, and nothing leaves the origin, even if it tried", async () => {
  const { page, problems, requests } = await open();
  await figureShown(page);
  expect(await statusText(page)).toContain("features shipped with the clip");
  expect(requests.filter((url) => /onnx|\/ort[.-]/.test(url))).toEqual([]);
  const outside = requests.filter((url) => !url.startsWith(inject("baseUrl")) && !/^(blob|data):/.test(url));
  expect(outside).toEqual([]);
  // 14 with scripts/lib/chunks.mjs, over 90 without it.
  expect(requests.filter((url) => /\.(js|css)$/.test(url)).length).toBeLessThan(25);
  expect(problems).toEqual([]);

  const refusedBy = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const heard = ({ effectiveDirective }: SecurityPolicyViolationEvent) => resolve(effectiveDirective);
        document.addEventListener("securitypolicyviolation", heard, { once: true });
        // Without a network it fails as well, unheard.
        fetch("https://example.org/").then(
          () => resolve("nothing: it went through"),
          () => setTimeout(resolve, 2000, "nothing: it failed otherwise"),
        );
      }),
  );
  expect(refusedBy).toBe("connect-src");
  const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  expect(policy).toContain("default-src 'none'");
  expect(policy).toMatch(/connect-src 'self' blob:\s*(;|$)/);
});

test("keys, clicks and the slider move the query and the temperature; the link restores them", async () => {
  const { page } = await open();
  await figureShown(page);
  await spoken(page, "frame 0, row 6, column 14");
  const figure = page.getByRole("application");
  await figure.focus();
  for (const key of ["ArrowDown", "ArrowLeft", "ArrowLeft"]) await page.keyboard.press(key);
  await spoken(page, "frame 0, row 7, column 12");
  await page.keyboard.press("Shift+ArrowRight");
  await spoken(page, "frame 1, row 7, column 12");
  await page.keyboard.press("a");
  await spoken(page, "query 2, frame 1, row 7, column 14");
  await page.getByRole("slider", { name: "τ" }).fill("500");
  await page.getByLabel("Show the mask").check();
  await expect.poll(() => page.url()).toMatch(/q=1\.7\.12_1\.7\.14.*mask=1/);
  const link = new URL(page.url()).hash;
  expect(link).toContain("v=1");
  expect(link).toContain("mask=1");
  expect(link).toMatch(/tau=0\.\d+/);
  expect(link).not.toContain("rho");

  const again = await open({ hash: link });
  await figureShown(again.page);
  await spoken(again.page, "query 2, frame 1, row 7, column 14");
  expect(await again.page.getByLabel("Show the mask").isChecked()).toBe(true);
  expect(new URL(again.page.url()).hash).toBe(link);
});

test("a move of the query paints the heat once, tracks paint none, and the address is written when the moves pause", async () => {
  const { page } = await open();
  await figureShown(page);
  await spoken(page, "frame 0, row 6, column 14");
  // The last thing of a page that has loaded: what comes before it may move the figure by a scroll bar.
  await expect.poll(() => statusText(page)).toContain("on the GPU");
  await page.getByRole("application").focus();
  await page.evaluate(() => {
    const counted = { heat: 0, addresses: 0 };
    const { prototype } = OffscreenCanvasRenderingContext2D;
    const { putImageData } = prototype;
    // Each painting of the heat puts its pixels on one canvas, once.
    Object.assign(prototype, {
      putImageData(...given: unknown[]) {
        counted.heat++;
        return Reflect.apply(putImageData, this, given);
      },
    });
    const { replaceState } = history;
    history.replaceState = (...given) => {
      counted.addresses++;
      Reflect.apply(replaceState, history, given);
    };
    Object.assign(window, { counted });
  });
  const counted = () => page.evaluate(() => ({ ...(window as unknown as { counted: object }).counted }));
  await page.keyboard.press("ArrowDown");
  await spoken(page, "frame 0, row 7, column 14");
  expect(await counted()).toEqual({ heat: 1, addresses: 1 });
  await page.getByRole("checkbox", { name: "Tracks", exact: true }).uncheck();
  await expect.poll(() => page.url()).toContain("tracks=0");
  expect(await counted()).toEqual({ heat: 1, addresses: 2 });
  // Faster than the pause: one address for all of them.
  await page.getByRole("application").focus();
  await page.evaluate(() => {
    for (let i = 0; i < 6; i++) {
      document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
    }
  });
  await expect.poll(() => page.url()).toContain("q=0.7.8");
  expect(await counted()).toMatchObject({ addresses: 3 });
});

test("the value under the pointer is read out beside it, and a click on a pane queries the token there", async () => {
  const { page } = await open();
  await figureShown(page);
  const panes = page.getByTestId("panes");
  await panes.scrollIntoViewIfNeeded();
  const box = await panes.boundingBox();
  if (!box) throw new Error("the figure has no box");
  const readout = page.getByText(/^frame \d+, row \d+, column \d+/);
  // Row 1 is raw similarity; the last row is the slider's own temperature.
  await page.mouse.move(box.x + 84 + 10, box.y + box.height * 0.22);
  await expect.poll(() => readout.innerText()).toMatch(/^frame 0, row \d+, column \d+: cosine -?0\.\d+$/);
  await page.mouse.move(box.x + 84 + 10, box.y + box.height - 8);
  await expect.poll(() => readout.innerText()).toMatch(/: p = \d/);
  await page.mouse.move(2, 2);
  await expect.poll(() => readout.isVisible()).toBe(false);

  // The middle of the third column's clip pane.
  await panes.click({ position: { x: 84 + ((box.width - 84 - 78) * 2.5) / 8, y: 24 + 20 } });
  expect(await spoken(page, "query 1, frame 2")).toMatch(/column (9|10);/);
  // The large frame goes with it: its middle is a token of the same frame.
  const focus = page.getByTestId("focus");
  await expect.poll(() => focus.getAttribute("data-frame")).toBe("2");
  await focus.click();
  expect(await spoken(page, "query 1, frame 2, row 7, column 10")).toBeTruthy();

  // A touch that the browser takes for itself, to scroll, moves nothing, and is no drag that a mouse goes on with; a tap does.
  const large = await focus.boundingBox();
  if (!large) throw new Error("the frame has no box");
  const [x, y] = [large.x + large.width * 0.325, large.y + large.height * 0.25];
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
  await cdp.send("Input.dispatchTouchEvent", { type: "touchCancel", touchPoints: [] });
  await page.mouse.move(large.x + large.width / 2, y, { steps: 3 });
  await page.getByRole("application").press("ArrowRight");
  await spoken(page, "query 1, frame 2, row 7, column 11");
  await cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
  await cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await spoken(page, "query 1, frame 2, row 3, column 6");
});

test("a video comes in by drop, and by paste", async () => {
  const { page } = await open({ hash: "#v=1&clip=discs&encoder=raw-patches&frames=4" });
  await figureShown(page);
  for (const [way, codec] of [
    ["drop", "VP8"],
    ["paste", "VP9"],
  ] as const) {
    const name = `${way}.webm`;
    const bytes = readFileSync(`test/fixtures/video/${codec.toLowerCase()}.webm`).toString("base64");
    await page.evaluate(
      ([kind, file, data]) => {
        const transfer = new DataTransfer();
        const content = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
        transfer.items.add(new File([content], file, { type: "video/webm" }));
        const event =
          kind === "drop"
            ? new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true })
            : new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true });
        document.body.dispatchEvent(event);
      },
      [way, name, bytes] as const,
    );
    await page.getByRole("button", { name: `Clip: ${name}` }).waitFor();
    await page.getByText(`${codec} in WebM`).waitFor();
    await expect.poll(() => page.url()).toContain(`name=${name}`);
  }
});

test("a cold temperature makes the distribution sharper, as the notes say", async () => {
  const { page } = await open({ hash: "#v=1&tau=0.5" });
  await figureShown(page);
  const note = page.getByText(/^At τ = /);
  expect(await note.innerText()).toMatch(/about 2\d\d of 280 tokens.*cool it/);
  await page.getByRole("slider", { name: "τ" }).fill("120");
  await expect.poll(() => note.innerText()).toContain("on a single one of 280");
});

test("every export holds what is on screen", async () => {
  const { page } = await open();
  await figureShown(page);
  const save = async (name: string) => {
    const file = await savedBy(page, name);
    return { name: file.suggestedFilename(), data: readFileSync(await file.path()) };
  };
  const png = await save("PNG");
  expect(png.name).toBe("chelsea-the-cat-xfeat.png");
  expect(png.data.subarray(1, 4).toString()).toBe("PNG");
  // 85 mm at 300 dots an inch, which the file says of itself: 11811 a metre.
  expect(png.data.readUInt32BE(16)).toBe(1004);
  expect(png.data.subarray(37, 41).toString()).toBe("pHYs");
  expect(png.data.readUInt32BE(41)).toBe(11811);

  const svg = (await save("SVG")).data.toString();
  // Each picture once: 8 frames as they are and 8 muted, and heat over the 7 rows below the clip's.
  expect(svg.match(/<image [^>]*xlink:href="data:image\/jpeg;base64,/g)).toHaveLength(2 * 8);
  expect(svg.match(/<image [^>]*xlink:href="data:image\/png;base64,[^>]*image-rendering:pixelated/g)).toHaveLength(
    7 * 8,
  );
  expect(svg.match(/<use xlink:href="#p\d+"/g)).toHaveLength(8 * 8 + 7 * 8);
  expect(svg).toMatch(/^<svg [^>]*width="85mm" height="[\d.]+mm"/);

  const pdf = await save("PDF");
  expect(pdf.name).toBe("chelsea-the-cat-xfeat-85-mm.pdf");
  // In points: 85 mm are 240.9.
  expect(pdf.data.toString("latin1")).toMatch(/^%PDF-[\s\S]*\/MediaBox \[0 0 240\.9/);

  const json = JSON.parse((await save("JSON")).data.toString());
  expect(json).toMatchObject({ encoder: "xfeat", grid: [8, 14, 20], token_px: [16, 16], queries: [[0, 6, 14]] });
  expect(json.frames.map((frame: { index: number }) => frame.index)).toEqual([0, 3, 6, 9, 12, 15, 18, 21]);
  expect(json.matches).toHaveLength(7 * 8);
  expect(json.motion_mask).toMatchObject({ rho: 0.2, tubelet: 1 });
  // A camera that moves: every frame keeps its 56 of 280.
  expect(json.motion_mask.frames.map((digits: string) => digits.replaceAll("0", "").length)).toEqual(Array(8).fill(56));

  const csv = (await save("CSV")).data.toString().trim().split("\n");
  expect(csv).toHaveLength(1 + 7 * 8);
  expect(csv[0]).toContain("query_frame,query_row,query_col,time_s");

  const { tensors, metadata } = parseSafetensors(new Uint8Array((await save("Features")).data));
  expect(tensors.get("features")?.shape).toEqual([8, 14, 20, 64]);
  expect(metadata.encoder).toBe("xfeat");
});

test("raw patches, finer tokens and another window are encoded live, and the query stays on its pixels", async () => {
  const { page, problems } = await open({ hash: "#v=1&encoder=raw-patches&token=16&frames=4&q=0.6.14" });
  await figureShown(page);
  expect(await statusText(page)).toContain("4×14×20 tokens");
  await page.getByLabel("Token", { exact: true }).selectOption("8 px");
  await expect.poll(() => statusText(page)).toContain("4×28×40 tokens");
  await spoken(page, "frame 0, row 13, column 29");
  const frames = page.getByLabel("Frames", { exact: true });
  await frames.fill("5");
  await page.keyboard.press("Enter");
  await expect.poll(() => statusText(page)).toContain("5×28×40 tokens");
  // The field keeps the keyboard, and says what is used: a part of a frame is none.
  expect(await frames.evaluate((field) => field === document.activeElement)).toBe(true);
  await frames.fill("5.3");
  await page.keyboard.press("Enter");
  expect(await frames.inputValue()).toBe("5");
  expect(problems).toEqual([]);
});

test("XFeat runs in the page, and agrees with the truth better than raw patches", async () => {
  const { page, problems } = await open({ hash: "#v=1&frames=6" });
  await figureShown(page);
  expect(await statusText(page)).toContain("(wasm)");
  const best = async () => {
    const cell = page.getByRole("row").filter({ has: page.getByRole("cell", { name: "3", exact: true }) });
    return Number(await cell.getByRole("cell").nth(1).innerText());
  };
  const xfeat = await best();
  await page.getByLabel("Encoder", { exact: true }).selectOption("raw patches");
  await expect.poll(() => statusText(page)).not.toContain("(wasm)");
  await expect.poll(best).not.toBe(xfeat);
  expect(xfeat).toBeGreaterThan(0.9);
  expect(await best()).toBeLessThan(0.6);
  expect(problems).toEqual([]);
});
