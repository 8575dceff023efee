// npm run ship-features: encodes every built-in clip with the page's own code and writes the features that ship with it, so
// that the first heatmap needs no model. Run it after a clip, an encoder or the sampling rule changed.
import { readFileSync } from "node:fs";
import { command, MachineError } from "./lib/command.mjs";
import { featuresRequest } from "./lib/figure_request.mjs";
import { writeWhole } from "./lib/output.mjs";
import { root } from "./lib/ready.mjs";
import { Stopped, stop } from "./lib/stop.mjs";

const folder = `${root}public/clips/`;

await command({ name: "ship-features", usage: "usage: npm run ship-features" }, async () => {
  const { withHeadlessPage } = await import("./lib/page.mjs");
  const { clips } = JSON.parse(readFileSync(`${folder}catalog.json`, "utf8"));
  const wanted = clips.flatMap(({ file: video, features }) => features.map((one) => ({ video, ...one })));
  let written = 0;
  const shipAll = async (page) => {
    for (const { video, file, ...input } of wanted) {
      if (stop.aborted) return;
      await page.setInputFiles("input[type=file]", folder + video);
      const reply = await page.evaluate((sent) => window.tempered.figure(sent), featuresRequest(input));
      if (!reply.ok) throw new MachineError(`${video}: ${reply.message}`);
      const bytes = Buffer.from(reply.files.features, "base64");
      writeWhole(folder + file, bytes);
      written++;
      console.log(file, bytes.length, "bytes", reply.json.grid.join("×"));
    }
  };
  await withHeadlessPage(shipAll, { keepsOn: true }).catch((error) => {
    if (!stop.aborted) throw error;
  });
  if (stop.aborted) throw new Stopped(`stopped, files written: ${written} of ${wanted.length}`);
});
