// npm run ship-features: encodes every built-in clip with the page's own code and writes the features that ship with it, so
// that the first heatmap needs no model. Run it after a clip, an encoder or the sampling rule changed.
import { readFileSync } from "node:fs";
import { command } from "./lib/command.mjs";
import { writeWhole } from "./lib/output.mjs";
import { root } from "./lib/ready.mjs";

const folder = `${root}public/clips/`;

await command({ name: "ship-features", usage: "usage: npm run ship-features" }, async () => {
  const { withHeadlessPage } = await import("./lib/page.mjs");
  const { clips } = JSON.parse(readFileSync(`${folder}catalog.json`, "utf8"));
  await withHeadlessPage(async (page) => {
    for (const { file: video, features } of clips) {
      for (const { encoder, token, frames, file } of features) {
        await page.setInputFiles("input[type=file]", folder + video);
        const request = { encoder, token, frames, startS: 0, lengthS: null, queries: [[0, 0, 0]], taus: [1] };
        const reply = await page.evaluate((sent) => window.tempered.figure(sent), {
          ...request,
          scale: "shared-log",
          files: ["features"],
        });
        if (!reply.ok) throw new Error(`${video}: ${reply.message}`);
        const bytes = Buffer.from(reply.files.features, "base64");
        writeWhole(folder + file, bytes);
        console.log(file, bytes.length, "bytes", reply.json.grid.join("×"));
      }
    }
  });
});
