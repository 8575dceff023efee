// npm run judge -- clip.safetensors …: the law judge's verdict on clips, from the shell (docs/judge.md).
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ensureInstalled } from "./lib/run.mjs";

ensureInstalled();
const { main, UsageError } = await import("./lib/page.mjs");
const { importShell } = await import("./lib/bundle.mjs");

const USAGE = `usage: npm run judge -- FILE …
       npm run world -- --stdout --count 100 | npm run --silent judge -- --stdin

  FILE      safetensors with frames U8 [16, 64, 64, 3] and the metadata "prompt"; nothing else in it is read
  --stdin   clips one after another, each as u32 little-endian length and a safetensors file

One line of JSON per clip: file (with --stdin "stdin:0", "stdin:1", …), prompt, category, sa, pc, joint, sa_grade, pc_grade, rules,
discarded. Scores are SA*, PC* and Joint* (law judge), which hold from 0.5. A malformed clip ends with code 2 and a sentence.`;

const OPTIONS = { stdin: { type: "boolean", default: false }, help: { type: "boolean", default: false } };

/** A length beyond this is no clip but a stream out of step. */
const LONGEST = 64 * 1024 * 1024;

const fail = (message) => {
  throw new UsageError(message);
};

function parse(argv) {
  try {
    return parseArgs({ args: argv, options: OPTIONS, strict: true, allowPositionals: true });
  } catch (error) {
    return fail(`${error.message.split(". ")[0]}; see npm run judge -- --help`);
  }
}

function read(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    return fail(`${path} cannot be read: ${error.message}`);
  }
}

/** Prints a line, and waits while the reader is behind; false once nobody reads any more. */
function createPrinter() {
  let open = true;
  process.stdout.on("error", (error) => {
    if (error.code !== "EPIPE") throw error;
    open = false;
  });
  return async (line) => {
    if (open) await new Promise((done) => process.stdout.write(`${line}\n`, () => done()));
    return open;
  };
}

/** The clips of a stream, however it is cut into chunks. */
async function* records(stream) {
  let rest = Buffer.alloc(0);
  let index = 0;
  for await (const chunk of stream) {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    while (rest.length >= 4) {
      const length = rest.readUInt32LE(0);
      if (length > LONGEST) fail(`stdin:${index}: a length of ${length} bytes is no clip: the stream is out of step`);
      if (rest.length < 4 + length) break;
      yield { name: `stdin:${index++}`, bytes: rest.subarray(4, 4 + length) };
      rest = rest.subarray(4 + length);
    }
  }
  if (rest.length > 0)
    fail(`stdin:${index}: the stream ends within a clip, ${rest.length} bytes after its last whole one`);
}

function* files(paths) {
  for (const path of paths) yield { name: path, bytes: read(path) };
}

await main(async () => {
  const { values, positionals } = parse(process.argv.slice(2));
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (values.stdin === positionals.length > 0) fail("give either files or --stdin; see npm run judge -- --help");
  const { judgeFile } = await importShell("judge");
  const print = createPrinter();
  for await (const { name, bytes } of values.stdin ? records(process.stdin) : files(positionals)) {
    let line = "";
    try {
      line = judgeFile(bytes, name);
    } catch (error) {
      fail(`${name}: ${error.message}`);
    }
    if (!(await print(line))) return 0;
  }
  return 0;
});
