// `npm start`: the first thing that a newcomer sees.
import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import { expect, inject, test } from "vitest";
import { start } from "../../support/command.ts";

test("prints the address and nothing else, and serves a build that no other command takes away", async () => {
  const { child, over, printed } = start(process.execPath, ["scripts/tempered.mjs", "start"], { env: { PORT: "0" } });
  await expect.poll(() => printed().toString(), { timeout: 90_000 }).toContain("Ctrl+C");
  const said = printed().toString();
  const [, url] =
    /^Tempered is ready\. Open this address in Chrome:\n\n {2}(http:\/\/localhost:\d+\/)\n\nCtrl\+C stops it\.\n$/.exec(
      said,
    ) ?? [];
  expect(url, said).toBeDefined();
  const page = await fetch(url);
  expect(page.status).toBe(200);
  expect(page.headers.get("Cross-Origin-Embedder-Policy")).toBe("require-corp");
  // The very build that the tests use, and this command is written down as another user of it.
  const folder = inject("buildFolder");
  const [id] = folder.split("/").slice(-2);
  expect(readdirSync(`${folder}../uses`).filter((use) => use.startsWith(id)).length).toBeGreaterThan(1);
  child.kill("SIGTERM");
  expect((await over).stderr).toBe("");
});

test("where its usual port is taken it takes another, and says whose runs and models are not seen there", async () => {
  const taken = createServer().listen(4173, "localhost");
  // Taken already is as good.
  await new Promise<void>((done) => taken.once("listening", done).once("error", () => done()));
  const { child, over, printed, said } = start(process.execPath, ["scripts/tempered.mjs", "start"], {
    env: { PORT: "" },
  });
  await expect.poll(said, { timeout: 90_000 }).toContain("4173");
  expect(printed().toString()).toMatch(/http:\/\/localhost:(?!4173)\d+\/\n/);
  child.kill("SIGTERM");
  expect((await over).stderr).toBe(
    "Port 4173 is taken by another program. Runs and models that the browser keeps belong to one address: those of http://localhost:4173/ are not seen here\n",
  );
  taken.close();
});
