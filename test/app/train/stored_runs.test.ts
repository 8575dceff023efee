// Training runs outlive their tab: none is deleted unasked, a hidden tab saves as one in sight does, and where the browser stores
// nothing the page works and says so.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { figureShown, withApp } from "../../support/app.ts";

const open = withApp();
// XFeat features that ship with the clip: no model, and 64 channels where raw patches have 768.
const SMALL = "#v=1&view=train&clip=discs&hidden=8.8.8";
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const rows = (page: Page) => page.locator("[data-testid=runs] tbody tr");
const live = (page: Page, status: string) => page.locator(`[data-testid=train-status][data-status=${status}]`);
const savedStep = async (page: Page) =>
  Number((await page.getByTestId("train-status").innerText()).match(/saved at step (\d+)/)?.[1] ?? 0);

/** A browser that answers so when it is asked to keep what is stored; it counts how often. */
const persisting = (answer: boolean) => (page: Page) =>
  page.addInitScript((given) => {
    let asked = 0;
    navigator.storage.persisted = () => Promise.resolve(given && asked > 0);
    navigator.storage.persist = () => {
      document.documentElement.dataset.asked = String(++asked);
      return Promise.resolve(given);
    };
  }, answer);
const asked = (page: Page) => page.locator("html").getAttribute("data-asked");

test("however many runs there are, none goes before its owner deletes it; the browser is asked to keep them", async () => {
  const { page, problems } = await open({ hash: `${SMALL}&steps=100`, prepare: persisting(true) });
  await figureShown(page);
  expect(await asked(page)).toBeNull();
  await press(page, "One step");
  await page.getByText("saved at step 1").waitFor({ timeout: 60_000 });
  await page.getByTestId("kept").getByText("Runs are kept in this browser until you delete them.").waitFor();
  // As after many visits: copies of that run, each a file of its own and older than it.
  await page.evaluate(async () => {
    const runs = await (await navigator.storage.getDirectory()).getDirectoryHandle("runs");
    const write = async (name: string, contents: Blob | string) => {
      const stream = await (await runs.getFileHandle(name, { create: true })).createWritable();
      await stream.write(contents);
      await stream.close();
    };
    for await (const [name, handle] of runs.entries()) {
      if (!name.endsWith(".json") || name.startsWith("old")) continue;
      const run = JSON.parse(await (await (handle as FileSystemFileHandle).getFile()).text());
      const checkpoint = await (await runs.getFileHandle(`${run.id}.safetensors`)).getFile();
      for (let i = 0; i < 20; i++) {
        await write(`old${i}.safetensors`, checkpoint);
        await write(`old${i}.json`, JSON.stringify({ ...run, id: `old${i}`, savedAt: i }));
      }
      break;
    }
  });
  await press(page, "One step");
  await page.getByText("saved at step 2").waitFor({ timeout: 60_000 });
  expect(await asked(page)).toBe("1");
  await page.reload();
  await figureShown(page);
  await expect.poll(() => rows(page).count()).toBe(21);
  await rows(page).first().getByRole("button", { name: "Resume" }).waitFor();
  expect(problems).toEqual([]);
});

test("a tab whose timers the browser holds back goes on and saves its run", async () => {
  const { page } = await open({ hash: `${SMALL}&steps=4`, prepare: persisting(false) });
  await figureShown(page);
  await page.evaluate(() => {
    // What a page that is hidden for long gets, carried to its end.
    Object.assign(globalThis, { setTimeout: () => 0 });
  });
  await press(page, "Start");
  await live(page, "done").waitFor({ timeout: 60_000 });
  await page.getByText("saved at step 4").waitFor();
  await page
    .getByTestId("kept")
    .getByText(/may clear all of them when the disk runs low: export/)
    .waitFor();
});

test("a tab that goes out of sight saves what it has", async () => {
  const { page } = await open({ hash: `${SMALL}&steps=100000` });
  await figureShown(page);
  await press(page, "Start");
  await page.getByText(/saved at step \d/).waitFor();
  const before = await savedStep(page);
  const step = async () => Number(await page.getByTestId("train-status").getAttribute("data-step"));
  await expect.poll(step).toBeGreaterThan(before);
  // No save is due by itself: the clock that decides it stands still.
  await page.evaluate(() => {
    performance.now = () => 0;
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await expect.poll(() => savedStep(page)).toBeGreaterThan(before);
  await press(page, "Pause");
});

test("where the browser blocks storage everything works, and a run says that it ends with the tab", async () => {
  const { page, problems } = await open({
    hash: `${SMALL}&steps=2`,
    prepare: (made) =>
      made.addInitScript(() => {
        const blocked = () => new DOMException("The operation is insecure.", "SecurityError");
        Object.defineProperty(globalThis, "localStorage", {
          get() {
            throw blocked();
          },
        });
        navigator.storage.getDirectory = () => Promise.reject(blocked());
        navigator.storage.persisted = () => Promise.reject(blocked());
        navigator.locks.request = () => Promise.reject(blocked());
        navigator.locks.query = () => Promise.reject(blocked());
      }),
  });
  await figureShown(page);
  await page.getByRole("button", { name: /^Switch to/ }).click();
  await page.getByRole("button", { name: "Fold the notes away" }).click();
  await press(page, "Start");
  await live(page, "done").waitFor();
  const notice = page.getByTestId("train-notice");
  await notice.getByText(/blocks storage for this page.*nothing of this run is saved yet/).waitFor();
  // What was trained and is nowhere else is not given up without a word.
  await press(page, "Start");
  await notice.getByText(/Saved is nothing of this run, at step 2: export its projector first/).waitFor();
  expect(await rows(page).count()).toBe(1);
  await press(page, "Start");
  await expect.poll(() => rows(page).count()).toBe(2);
  await live(page, "done").waitFor();
  expect(problems).toEqual([]);
});
