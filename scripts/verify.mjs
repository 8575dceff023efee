// npm run verify -- FILE.safetensors …: the GPU losses, in both forms, against truths that others computed (docs/verify.md).
import { createBatch } from "./lib/batch.mjs";
import { command, fail, inputFile } from "./lib/command.mjs";
import { answered } from "./lib/reply.mjs";
import { Stopped, stop } from "./lib/stop.mjs";

const USAGE = `usage: npm run verify -- FILE.safetensors …  (docs/verify.md)

One JSON line per file and form. Exit 0 when all pass, 1 when one fails or the machine is at fault, 2 when a file is malformed, which
has a sentence on stderr instead; the others are verified.`;

await command({ name: "verify", usage: USAGE, positionals: true }, async (_, paths) => {
  if (paths.length === 0) fail("give at least one file; see npm run verify -- --help");
  const { withHeadlessPage } = await import("./lib/page.mjs");
  const batch = createBatch("verified");
  let passed = true;
  await withHeadlessPage(
    async (page) => {
      page.setDefaultTimeout(0);
      for (const path of paths) {
        if (stop.aborted) return;
        await batch.each(path, async () => {
          await page.setInputFiles("input[type=file]", inputFile(path, "a truth"));
          const [reply] = answered(await page.evaluate(() => window.tempered.verify())).replies;
          for (const note of reply.notes) console.error(note);
          for (const line of reply.lines) {
            console.log(JSON.stringify({ ...line, file: path }));
            passed &&= line.pass;
          }
          if (reply.malformed) fail(reply.malformed);
        });
      }
    },
    { keepsOn: true },
  );
  if (stop.aborted) throw new Stopped(`stopped, files verified: ${batch.tried} of ${paths.length}`);
  return batch.end() || (passed ? 0 : 1);
});
