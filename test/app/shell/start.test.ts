// `npm start`: the first thing that a newcomer sees.
import { readdirSync } from "node:fs";
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
