// npm run manifest: writes each model file's bytes and sha256 into models/manifest.json, after a file was replaced.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { command } from "./lib/command.mjs";
import { writeWhole } from "./lib/output.mjs";
import { root } from "./lib/ready.mjs";

const models = `${root}models/`;

await command({ name: "manifest", usage: "usage: npm run manifest" }, async () => {
  const path = `${models}manifest.json`;
  let text = readFileSync(path, "utf8");
  for (const { file, bytes, sha256 } of JSON.parse(text).models) {
    const found = readFileSync(`${models}${file}`);
    const hash = createHash("sha256").update(found).digest("hex");
    if (hash === sha256 && found.length === bytes) continue;
    // As text, because the file's own line breaks are for people. What follows the file's name is its own.
    const [before, after] = text.split(`"file": "${file}"`);
    const own = after
      .replace(/"bytes": \d+/, `"bytes": ${found.length}`)
      .replace(/"sha256": "\w+"/, `"sha256": "${hash}"`);
    text = `${before}"file": "${file}"${own}`;
    console.log(`${file}: ${found.length} bytes, ${hash}`);
  }
  writeWhole(path, text);
});
