// npm run manifest: writes each model file's bytes and sha256 into models/manifest.json, after a file was replaced.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const models = new URL("../models/", import.meta.url);
const path = new URL("manifest.json", models);
let text = readFileSync(path, "utf8");
for (const { file, bytes, sha256 } of JSON.parse(text).models) {
  const found = readFileSync(new URL(file, models));
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
writeFileSync(path, text);
