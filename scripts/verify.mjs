// npm run verify -- FILE.safetensors …: the GPU losses, in both forms, against truths that others computed (docs/verify.md).
// One JSON line per file and form. Exit 0 when all pass, 1 when one fails, 2 with one sentence when a file is malformed.
import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import { ensureInstalled } from "./lib/run.mjs";

ensureInstalled();
const { main, UsageError, withHeadlessPage } = await import("./lib/page.mjs");

await main(async () => {
  const paths = process.argv.slice(2);
  if (paths.length === 0) throw new UsageError("usage: npm run verify -- FILE.safetensors …  (docs/verify.md)");
  for (const path of paths) {
    if (!existsSync(path) || !statSync(path).isFile()) throw new UsageError(`there is no file "${path}"`);
  }
  let [failed, malformed] = [false, false];
  await withHeadlessPage(async (page) => {
    page.setDefaultTimeout(0);
    for (const path of paths) {
      await page.setInputFiles("input[type=file]", path);
      const [reply] = await page.evaluate(() => window.tempered.verify());
      for (const note of reply.notes) console.error(note);
      if (reply.malformed) {
        console.error(`${basename(path)}: ${reply.malformed}`);
        malformed = true;
      }
      for (const line of reply.lines) {
        console.log(JSON.stringify({ ...line, file: path }));
        failed ||= !line.pass;
      }
    }
  });
  if (malformed) return 2;
  return failed ? 1 : 0;
});
