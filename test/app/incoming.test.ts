// What is dropped, pasted and picked, and what the page says of what it does not take; exports' names; the clipboard refused.
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { writeSafetensors } from "../../src/formats/safetensors.ts";
import { dropFile, figureShown, pickFile, savedBy, withApp } from "../support/app.ts";

const open = withApp();
const PATCHES = "#v=1&encoder=raw-patches&frames=4";
const video = readFileSync("test/fixtures/video/vp8.webm");

interface Carried {
  readonly text?: string;
  readonly files?: readonly { readonly name: string; readonly type: string; readonly bytes: Buffer }[];
}

/** Dispatches a drop or paste that carries texts and files, as the browser would on an element. */
async function give(
  page: Page,
  type: "drop" | "paste",
  selector: string,
  { text, files = [] }: Carried,
): Promise<boolean> {
  const encoded = files.map(({ name, type: mime, bytes }) => [name, mime, bytes.toString("base64")] as const);
  return page.locator(selector).evaluate(
    (element, [kind, words, contents]) => {
      const data = new DataTransfer();
      if (words !== undefined) data.setData("text/plain", words);
      for (const [name, mime, base64] of contents) {
        data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type: mime }));
      }
      const bubbles = { bubbles: true, cancelable: true };
      const event =
        kind === "drop"
          ? new DragEvent("drop", { ...bubbles, dataTransfer: data })
          : new ClipboardEvent("paste", { ...bubbles, clipboardData: data });
      return element.dispatchEvent(event);
    },
    [type, text, encoded] as const,
  );
}

const picture = { name: "image.png", type: "image/png", bytes: Buffer.from("a picture of the cell") };
const clip = (name: string) => ({ name, type: "video/webm", bytes: video });
const notice = (page: Page) => page.getByTestId("page-notice").locator("p");

test("words that come with a picture of themselves go into the field, and the page stays as it is", async () => {
  const { page, problems } = await open({ hash: `${PATCHES}&view=evaluate` });
  const verdict = page.locator("[data-testid=verdict][aria-busy=false]");
  await verdict.waitFor();
  const before = await verdict.innerText();
  const field = "aside textarea, aside input[type=text]";
  await page.locator(field).first().focus();
  // The browser's own doing, which puts the text in, is not stopped.
  expect(await give(page, "paste", `:focus`, { text: "a small red ball", files: [picture] })).toBe(true);
  expect(await give(page, "drop", `:focus`, { text: "a small red ball" })).toBe(true);
  await page.goto(page.url().replace("&view=evaluate", ""));
  await figureShown(page);
  await give(page, "paste", "body", { text: "3.14", files: [picture] });
  await give(page, "paste", "body", { files: [picture] });
  await page.goto(`${page.url()}&view=evaluate`);
  await verdict.waitFor();
  expect(await verdict.innerText()).toBe(before);
  expect(await page.locator("[data-failure]").count()).toBe(0);
  expect(problems).toEqual([]);
});

test("a lone pasted video opens; of several files one does; a drop without a file is told what it was; exports have the clip's name", async () => {
  const { page, problems } = await open({ hash: PATCHES });
  await figureShown(page);
  // Its name beside it or not.
  await give(page, "paste", "body", { text: "copied.webm", files: [clip("copied.webm")] });
  await page.getByRole("button", { name: "Clip: copied.webm" }).waitFor();

  await give(page, "drop", "body", { files: [picture, clip("a.webm"), clip("b.webm")] });
  await page.getByRole("button", { name: "Clip: a.webm" }).waitFor();
  expect(await notice(page).innerText()).toBe("One at a time: “a.webm” is opened, “image.png” and 1 more are not.");
  await page.getByRole("button", { name: "Dismiss" }).click();
  expect(await notice(page).count()).toBe(0);

  expect(await give(page, "drop", "body", { text: "https://example.org/clip.mp4" })).toBe(false);
  expect(await notice(page).innerText()).toMatch(/a link or a piece of a page and no file: save the video first/);
  await dropFile(page, "c.webm", video);
  await page.getByRole("button", { name: "Clip: c.webm" }).waitFor();
  expect(await notice(page).count()).toBe(0);

  // In another script, too.
  await dropFile(page, "测试 видео.webm", video);
  await page.getByRole("button", { name: "Clip: 测试 видео.webm" }).waitFor();
  await figureShown(page);
  const download = await savedBy(page, "CSV");
  expect(download.suggestedFilename()).toBe("测试-видео-raw-patches.csv");
  expect(problems).toEqual([]);
});

test("the picker takes what a drop takes, by an input that is part of the page", async () => {
  const { page } = await open({ hash: PATCHES });
  await figureShown(page);
  const weights = writeSafetensors({ "linear1.weight": { dtype: "F32", shape: [1], data: Float32Array.of(1) } });
  await page.getByRole("button", { name: /^Clip:/ }).click();
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Open a video …" }).click(),
  ]);
  expect(await chooser.element().evaluate((input) => input.isConnected)).toBe(true);
  await chooser.setFiles({ name: "P.SAFETENSORS", mimeType: "", buffer: Buffer.from(weights) });
  await page.getByText(/“P.SAFETENSORS” is no checkpoint of Train/).waitFor();
  expect(page.url()).toContain("view=train");
});

test("a video before the judge is told where videos go", async () => {
  const { page } = await open({ hash: `${PATCHES}&view=evaluate` });
  await page.locator("[data-testid=verdict][aria-busy=false]").waitFor();
  await dropFile(page, "a.webm", video);
  const panel = page.locator("[data-failure=clip-file]");
  await panel.waitFor();
  expect(await panel.innerText()).toContain(
    "a.webm is not one: a clip of the sandbox is a .safetensors file; open a video in Explore",
  );
});

describe("where the clipboard is refused", () => {
  const refuse = (page: Page) =>
    page.addInitScript(() => {
      navigator.clipboard.writeText = () => Promise.reject(new DOMException("no permission", "NotAllowedError"));
    });

  test("the report appears, selected, with a word", async () => {
    const { page, problems } = await open({ hash: PATCHES, prepare: refuse });
    await figureShown(page);
    await pickFile(page, "test/fixtures/video/text.mp4");
    await page.getByRole("button", { name: "Copy the report" }).click();
    const area = page.getByLabel(/did not let the page copy.*press Ctrl\+C/);
    await area.waitFor();
    const selected = await area.evaluate((element: HTMLTextAreaElement) =>
      element.value.slice(element.selectionStart, element.selectionEnd),
    );
    expect(selected).toContain("Tempered: not-a-video");
    expect(selected).toBe(await area.inputValue());
    expect(await area.evaluate((element) => document.activeElement === element)).toBe(true);
    expect(problems).toEqual([]);
  });
});
