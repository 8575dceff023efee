// Every failure has its own panel with a sentence, a next action and a report; each is brought about for real.
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import manifest from "../../models/manifest.json" with { type: "json" };
import { appearance, figureShown, pickFile, spoken, statusText, withApp } from "../support/app.ts";
import { padded } from "../support/large_video.ts";

const open = withApp();
const [shipped] = manifest.models;
const fixture = (name: string) => `test/fixtures/video/${name}`;

/** The failure panel's code and sentence. */
async function failure(page: Page): Promise<{ code: string | null; text: string }> {
  const panel = page.locator("[data-failure]");
  await panel.waitFor({ timeout: 60_000 });
  return { code: await panel.getAttribute("data-failure"), text: await panel.innerText() };
}

test("files that are no usable video each get their own panel, and the clip before stays", async () => {
  const { page, problems } = await open({ hash: "#v=1&encoder=raw-patches&frames=4" });
  await figureShown(page);
  const cases = [
    ["empty.mp4", "empty-file", /0 bytes/],
    ["text.mp4", "not-a-video", /text\.mp4/],
    ["audio.mp3", "no-video-track", /audio/],
    ["truncated.mp4", "truncated", /\d+ of/],
    ["truncated-no-moov.mp4", "truncated", /./],
    ["mpeg4.avi", "container-unsupported", /No browser reads that kind of file[\s\S]*mpeg4\.avi is an AVI file/],
    ["mpeg4.mp4", "codec-unsupported", /"mp4v"/],
    ["one-frame.mp4", "too-few-frames", /1/],
    ["two-pixels-wide.mp4", "clip-too-small", /2.64/],
  ] as const;
  for (const [name, code, sentence] of cases) {
    await pickFile(page, fixture(name));
    // The window that it starts in is there; the end of the file is not.
    if (name === "truncated.mp4") await page.getByRole("button", { name: "Take the whole clip" }).click();
    const shown = await failure(page);
    expect(shown.code, name).toBe(code);
    expect(shown.text, name).toMatch(sentence);
    expect(await page.getByRole("button", { name: "Choose another video …" }).isVisible()).toBe(true);
    // The user is never stuck: the clip that was open is one click away.
    await page.getByRole("button", { name: /^Back to/ }).click();
    await figureShown(page);
  }
  expect(problems).toEqual([]);
});

test("a large file that is written to while it is open says so, and is chosen again", async () => {
  const { page, problems } = await open({ hash: "#v=1&encoder=raw-patches&frames=4&length=1" });
  await figureShown(page);
  const path = join(mkdtempSync(join(tmpdir(), "tempered-changed-")), "large.mp4");
  // So large that what was read last, the end of the survey, holds nothing of second 8: 8 MB are kept, and two seconds have 15.
  writeFileSync(path, await padded(readFileSync(fixture("h264.mp4")), 300_000));
  await pickFile(page, path);
  await page.getByText("from 640×272").waitFor({ timeout: 60_000 });
  // What is typed before its window is chosen would be typed over.
  await page.getByTestId("chosen-window").waitFor({ timeout: 60_000 });
  await figureShown(page);
  appendFileSync(path, "more");
  await page.getByLabel("Start, s").fill("8");
  await page.keyboard.press("Enter");
  const shown = await failure(page);
  expect(shown.code).toBe("file-changed");
  expect(shown.text).toContain("large.mp4 has been changed, moved or closed to the browser since it was chosen");
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Choose it again …" }).click(),
  ]);
  await chooser.setFiles(path);
  await page.locator("[data-failure]").waitFor({ state: "detached" });
  await figureShown(page);
  // Chromium itself prints what its player can read no longer, where it had not read all of the file before.
  expect(problems.filter((line) => !line.includes("ERR_UPLOAD_FILE_CHANGED"))).toEqual([]);
});

test("awkward videos simply work", async () => {
  const { page, problems } = await open({ hash: "#v=1&encoder=raw-patches&frames=4" });
  await figureShown(page);
  const cases = [
    ["rotated.mp4", /from 96×160 H\.264/],
    ["ten-minutes.mp4", /of 600\.00 s/],
    ["four-k.mp4", /from 3840×2160/],
    ["vp9.webm", /VP9 in WebM/],
    ["av1.mp4", /AV1 in MP4/],
    ["mislabelled.webm", /in MP4/],
    ["alpha-vp9.webm", /from 160×96 VP9/],
    ["wide-pixels.mp4", /from 213×96/],
    ["burst.mp4", /from 160×96 H\.264/],
    ["mid-frame.mp4", /5 frames a second/],
    ["hdr-pq.webm", /is HDR \(PQ\)/],
    ["two-tracks.mp4", /several pictures at once/],
    ["longer-sound.mkv", /in Matroska/],
  ] as const;
  for (const [name, expected] of cases) {
    await pickFile(page, fixture(name));
    await page.getByText(expected).first().waitFor({ timeout: 60_000 });
    await figureShown(page);
    expect(await page.locator("[data-failure]").count(), name).toBe(0);
  }
  expect(problems).toEqual([]);
});

test("a link to the user's own clip asks for it, and restores the view when it is dropped", async () => {
  const first = await open({ hash: "#v=1&encoder=raw-patches" });
  await figureShown(first.page);
  await pickFile(first.page, fixture("vp8.webm"));
  await first.page.getByText(/VP8 in WebM/).waitFor({ timeout: 60_000 });
  // Once the clip's own query is written down the user moves it.
  await expect.poll(() => first.page.url()).toMatch(/clip=file%3A[0-9a-f]{16}.*q=/);
  const [chosen] = first.page.url().match(/q=[\d.]+/) ?? [];
  await first.page.getByRole("application").press("ArrowUp");
  await expect.poll(() => first.page.url()).not.toContain(`${chosen}&`);
  const link = new URL(first.page.url()).hash;
  const [, frame, row, col] = link.match(/q=(\d+)\.(\d+)\.(\d+)/) ?? [];
  const query = await spoken(first.page, `frame ${frame}, row ${row}, column ${col};`);

  const again = await open({ hash: link });
  await again.page.getByText("This link shows “vp8.webm”").waitFor();
  await pickFile(again.page, fixture("vp8.webm"));
  await figureShown(again.page);
  expect(await spoken(again.page, `frame ${frame}, row ${row}, column ${col};`)).toBe(query);
  expect(new URL(again.page.url()).hash).toBe(link);
});

test("a device that is lost in the middle of a request comes back by itself, with clip and query", async () => {
  const { page, problems } = await open({ hash: "#v=1&q=0.5.5" });
  await figureShown(page);
  const before = await spoken(page, "row 5, column 5");
  const [worker] = page.workers();
  const lose = () =>
    worker.evaluate(() =>
      self.onmessage?.(new MessageEvent("message", { data: { id: -1, request: { type: "lose-device" } } })),
    );
  await page.getByRole("application").focus();
  await page.keyboard.press("ArrowRight");
  // Watched from before the loss: until the page has heard of it, the header still names the device that is gone.
  const recovering = await appearance(page, "recovering the GPU");
  await lose();
  await page.keyboard.press("ArrowLeft");
  await recovering();
  await page.getByText(/WebGPU, software/).waitFor({ timeout: 60_000 });
  expect(await spoken(page, "row 5, column 5")).toBe(before);
  expect(await page.locator("[data-failure]").count()).toBe(0);

  // A second loss soon after is no accident: the page says so, and goes on without the GPU.
  await lose();
  expect((await failure(page)).code).toBe("device-lost");
  await page.getByRole("button", { name: "Try again" }).click();
  await figureShown(page);
  await spoken(page, "row 5, column 5");
  expect(problems).toEqual([]);
});

test("a model file that is not the shipped one is refused with both hashes", async () => {
  const { page } = await open({
    hash: "#v=1&frames=4",
    prepare: (made) => made.route("**/*.onnx", (route) => route.fulfill({ body: Buffer.alloc(shipped.bytes, 7) })),
  });
  const { code, text } = await failure(page);
  expect(code).toBe("model-hash");
  expect(text).toMatch(new RegExp(shipped.sha256));
  await page.unroute("**/*.onnx");
  await page.getByRole("button", { name: "Try again" }).click();
  await figureShown(page);
  expect(await statusText(page)).toContain("(wasm)");
});

test("a download that breaks says so, and Try again goes on", async () => {
  const { page } = await open({
    hash: "#v=1&frames=4",
    prepare: (made) => made.route("**/*.onnx", (route) => route.abort("connectionreset")),
  });
  expect((await failure(page)).code).toBe("model-download");
  await page.unroute("**/*.onnx");
  await page.getByRole("button", { name: "Try again" }).click();
  await figureShown(page);
});

test("the report can be copied and names the browser and the request, not the file's content", async () => {
  const { page } = await open({ permissions: ["clipboard-read", "clipboard-write"] });
  await figureShown(page);
  await pickFile(page, fixture("text.mp4"));
  await failure(page);
  await page.getByRole("button", { name: "Copy the report" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const report = await page.evaluate(() => navigator.clipboard.readText());
  expect(report).toContain("Chrome");
  expect(report).toContain("open");
  expect(report).not.toContain(readFileSync(fixture("text.mp4"), "utf8").slice(0, 20));
});
