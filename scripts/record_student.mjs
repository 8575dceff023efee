// npm run record-student: trains the recipe of the first ten seconds with the page's own code and writes the run that ships with the
// page (public/recorded/), curves and clips. Run it again after the recipe, a shader or the world changed.
import { mkdirSync } from "node:fs";
import { command } from "./lib/command.mjs";
import { writeWhole } from "./lib/output.mjs";
import { root } from "./lib/ready.mjs";
import { answered } from "./lib/reply.mjs";

const COMMAND = "npm run record-student";
const folder = `${root}public/recorded/`;

await command({ name: "record-student", usage: `usage: ${COMMAND}` }, async () => {
  const { withHeadlessPage } = await import("./lib/page.mjs");
  await withHeadlessPage(async (page) => {
    page.setDefaultTimeout(0);
    page.on("console", (message) => message.type() === "info" && console.error(message.text()));
    const reply = answered(await page.evaluate((sent) => window.tempered.recordStudent(sent), { command: COMMAND }));
    mkdirSync(folder, { recursive: true });
    writeWhole(`${folder}first.json`, reply.json);
    const sheet = Buffer.from(reply.sheet, "base64");
    writeWhole(`${folder}first.webp`, sheet);
    console.log(
      `first.json ${reply.json.length} bytes, first.webp ${sheet.length} bytes, trained in ${reply.seconds} s`,
    );
  });
});
