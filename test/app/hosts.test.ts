// What the page does on other hosts than ours: plain http, no isolation headers, missing files, a newer build than the tab's.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumArguments } from "../../scripts/lib/chromium.mjs";
import { figureShown, statusText, withApp } from "../support/app.ts";
import { type StaticHost, staticHost } from "../support/static_host.ts";

const hosts: StaticHost[] = [];
const serve = async (options = {}) => {
  const host = await staticHost(options);
  hosts.push(host);
  return host;
};
afterAll(() => Promise.all(hosts.map((host) => host.close())));

describe("over plain http from another machine", () => {
  const open = withApp([...chromiumArguments(), "--host-resolver-rules=MAP lan.test 127.0.0.1"]);

  test.each(["", "#v=1&view=train", "#v=1&view=evaluate"])(
    "one panel names the cause, whatever is missing (%s)",
    async (hash) => {
      const { port } = await serve();
      const url = `http://lan.test:${port}/papers/tempered/`;
      const { page, problems, requests } = await open({ url, hash });
      const panel = page.locator("[data-fault=insecure]");
      await panel.getByRole("heading", { name: "This page needs https or localhost" }).waitFor();
      expect(await panel.innerText()).toContain(`http://lan.test:${port}`);
      expect(await panel.getByRole("link").first().getAttribute("href")).toBe(
        `http://localhost:${port}/papers/tempered/index.html${hash}`,
      );
      expect(await page.locator("[data-failure]").count()).toBe(0);
      // Nothing was started that could fail for a reason of its own.
      expect(requests.filter((url) => /worker|clips/.test(url))).toEqual([]);
      expect(problems).toEqual([]);
    },
  );
});

describe("below a path of a host that sends no isolation headers", () => {
  const open = withApp();
  let host: StaticHost;
  beforeAll(async () => {
    host = await serve();
  });

  test("a service worker adds them: the models have their threads, and nothing is said", async () => {
    const { page, problems } = await open({ url: host.url, hash: "#v=1&frames=4" });
    await figureShown(page);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(await statusText(page)).toContain("(wasm)");
    expect(await page.locator("header").innerText()).not.toContain("one thread");
    expect(new URL(page.url()).hash).toBe("#v=1&frames=4");
    expect(problems).toEqual([]);
  });

  test("where that is blocked the page works on one thread, and the device line says so", async () => {
    const { page, problems } = await open({
      url: host.url,
      hash: "#v=1&frames=4",
      prepare: (made) =>
        made.addInitScript(() => {
          navigator.serviceWorker.register = () => Promise.reject(new DOMException("blocked", "SecurityError"));
        }),
    });
    await figureShown(page);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    expect(await statusText(page)).toContain("(wasm)");
    const line = page.getByText("one thread");
    await line.waitFor();
    expect(await line.getAttribute("title")).toMatch(/COOP and COEP/);
    expect(problems).toEqual([]);
  });
});

describe("a host that answers with its start page for what it lacks", () => {
  const open = withApp();

  test.each([
    ["the runtime", /\.wasm$/, "the runtime of the models is not on the server"],
    ["the model", /\.onnx$/, "the model XFeat is not on the server"],
    ["the clip", /chelsea\.mp4$/, "Chelsea the cat is not on the server"],
  ])("%s is named, and once it is there Try again goes on", async (_, lacks, sentence) => {
    const host = await serve({ fallback: true });
    host.lacks = lacks;
    const { page } = await open({ url: host.url, hash: "#v=1&frames=4" });
    const panel = page.locator("[data-failure]");
    await panel.waitFor({ timeout: 60_000 });
    expect(await panel.getAttribute("data-failure")).toBe("file-missing");
    expect(await panel.innerText()).toContain(sentence);
    expect(await panel.getByRole("button").first().innerText()).toBe("Reload the page");
    host.lacks = null;
    await panel.getByRole("button", { name: "Try again" }).click();
    await figureShown(page);
  });

  test("the list of clips is named, and its panel stays until the user presses Try again", async () => {
    const host = await serve({ fallback: true });
    host.lacks = /catalog\.json$/;
    let begin = () => {};
    const panelIsUp = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const { page, requests } = await open({
      url: host.url,
      hash: "#v=1&encoder=raw-patches&frames=4",
      // What a service worker asks for cannot be held back.
      serviceWorkers: "block",
      // Computing begins after the list has failed, as it does on a slow machine.
      prepare: (made) => made.route(/\/worker-/, (route) => panelIsUp.then(() => route.continue())),
    });
    const panel = page.locator("[data-failure=file-missing]");
    await panel.waitFor();
    expect(await panel.innerText()).toContain("the list of clips is not on the server");
    host.lacks = null;
    begin();
    await page.locator("header").getByText("SwiftShader").waitFor();
    await panel.getByRole("button", { name: "Try again" }).click();
    await figureShown(page);
    expect(requests.filter((url) => url.endsWith("catalog.json"))).toHaveLength(2);
  });
});

describe("an honest host", () => {
  const open = withApp();
  test("a host without a file that loads when it is needed says the same with an honest 404", async () => {
    const host = await serve();
    host.lacks = /\.wasm$/;
    const { page } = await open({ url: host.url, hash: "#v=1&frames=4" });
    const panel = page.locator("[data-failure=file-missing]");
    await panel.waitFor({ timeout: 60_000 });
    expect(await panel.innerText()).toContain("HTTP 404");
  });
});

describe("a tab from before a rebuild", () => {
  const open = withApp();

  test.each([
    ["on a host that says 404", false],
    ["on a host that answers with its start page", true],
  ])("says that the page was renewed where a part is gone, %s", async (_, fallback) => {
    const host = await serve({ fallback });
    const { page } = await open({ url: host.url, hash: "#v=1&clip=discs&encoder=raw-patches&frames=4" });
    await figureShown(page);
    host.lacks = /lazy-/;
    await page.getByRole("button", { name: "Space-time" }).click();
    const panel = page.locator("[data-scene=missing]");
    await panel.waitFor();
    expect(await panel.innerText()).toMatch(/renewed since this tab was opened, so reload it/);
    // What was computed is still there.
    await panel.getByRole("button", { name: "Show the panes" }).click();
    await figureShown(page);
    host.lacks = null;
    await page.getByRole("button", { name: "Space-time" }).click();
    await page.locator("[data-testid=space-time] canvas").waitFor();
  });

  test("the worker's parts, too: the sandbox", async () => {
    const host = await serve();
    host.lacks = /parts-/;
    const { page } = await open({ url: host.url, hash: "#v=1&view=evaluate" });
    const panel = page.locator("[data-failure=file-missing]");
    await panel.waitFor();
    expect(await panel.innerText()).toContain("the sandbox is not on the server");
    await panel.getByRole("button", { name: "Reload the page" }).waitFor();
  });

  test("the sandbox in the menu of clips: the clip on show stays, and it comes with Try again, or with the next opening", async () => {
    const host = await serve();
    host.lacks = /parts-/;
    const { page } = await open({ url: host.url, hash: "#v=1&clip=discs&encoder=raw-patches&frames=4" });
    await figureShown(page);
    const menu = page.getByRole("button", { name: /^Clip:/ });
    const says = page.getByText("the sandbox is not on the server");
    await menu.click();
    await says.waitFor();
    expect(await page.locator("[data-failure]").count()).toBe(0);
    // Still not there.
    await page.getByRole("button", { name: "Try again" }).click();
    await says.waitFor();
    await page.keyboard.press("Escape");
    host.lacks = null;
    await menu.click();
    await page.getByRole("button", { name: "collide" }).waitFor();
    await figureShown(page);
  });

  test("a server that is gone is another matter: the connection", async () => {
    const host = await serve();
    const { page } = await open({ url: host.url, hash: "#v=1&clip=discs&encoder=raw-patches&frames=4" });
    await figureShown(page);
    await host.close();
    await page.getByRole("button", { name: "Space-time" }).click();
    const panel = page.locator("[data-scene=missing]");
    await panel.waitFor();
    expect(await panel.innerText()).toMatch(/the server does not answer\): check the connection/);
  });
});
