// npm run judge -- clip.safetensors …: the law judge's verdict on clips, from the shell (docs/judge.md).
import { readFileSync } from "node:fs";
import { createBatch } from "./lib/batch.mjs";
import { command, explained, fail } from "./lib/command.mjs";
import { givenLaws, LAW_OPTIONS, LAW_USAGE } from "./lib/laws.mjs";
import { createLinePrinter } from "./lib/printer.mjs";
import { Stopped, stop, whenStopped } from "./lib/stop.mjs";

const USAGE = `usage: npm run judge -- FILE …
       npm run world -- --stdout --count 100 | npm run judge -- --stdin

  FILE                safetensors with frames U8 [16, 64, 64, 3] and the metadata "prompt" (and "laws", where it is of another
                      world); nothing else in it is read
  --stdin             clips one after another, each as u32 little-endian length and a safetensors file
${LAW_USAGE}
                      by these it is judged, whatever the file says

One line of JSON per clip: file (with --stdin "stdin:0", "stdin:1", …), prompt, category, sa, pc, joint, sa_grade, pc_grade, rules,
discarded, yardsticks. Each of the rules says whether it applies, and whether it holds: its error, null where that is no number, is
within its tolerance. Scores are SA*, PC* and Joint* (law judge), which hold from 0.5; yardsticks says of how many clips of known worth
they do (the simulator's, frozen, stopped, cross-faded), since a PC* alone is no praise. A clip that cannot be judged has a sentence on
stderr instead; the others are judged, and the exit code is 2.`;

const OPTIONS = {
  ...LAW_OPTIONS,
  stdin: { type: "boolean", default: false },
};

/** A length beyond this is no clip but a stream out of step. */
const LONGEST = 64 * 1024 * 1024;

/** The clips of a stream, however it is cut into chunks. */
async function* records(stream) {
  let rest = Buffer.alloc(0);
  let index = 0;
  const broken = (why) => ({ name: `stdin:${index}`, read: () => fail(why) });
  for await (const chunk of unlessDestroyed(stream)) {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    while (rest.length >= 4) {
      const length = rest.readUInt32LE(0);
      if (length > LONGEST) {
        yield broken(`a length of ${length} bytes is no clip: the stream is out of step`);
        return;
      }
      if (rest.length < 4 + length) break;
      const bytes = rest.subarray(4, 4 + length);
      yield { name: `stdin:${index++}`, read: () => bytes };
      rest = rest.subarray(4 + length);
    }
  }
  if (rest.length > 0) yield broken(`the stream ends within a clip, ${rest.length} bytes after its last whole one`);
}

/** Ends where the command was stopped, which destroys the stream: one on which nothing comes would be waited for. */
async function* unlessDestroyed(stream) {
  whenStopped(() => stream.destroy());
  try {
    yield* stream;
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

function* files(paths) {
  for (const path of paths) yield { name: path, read: () => readWhole(path) };
}

function readWhole(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    return fail(`cannot be read: ${error.message}`);
  }
}

await command({ name: "judge", usage: USAGE, options: OPTIONS, positionals: true }, async (values, positionals) => {
  if (values.stdin === positionals.length > 0) fail("give either files or --stdin; see npm run judge -- --help");
  const { importShell } = await import("./lib/bundle.mjs");
  const { judgeFile } = await importShell("judge");
  const laws = givenLaws(values);
  const print = createLinePrinter();
  const batch = createBatch("judged");
  for await (const { name, read } of values.stdin ? records(process.stdin) : files(positionals)) {
    if (stop.aborted) break;
    const line = await batch.each(name, () => explained(() => judgeFile(read(), name, laws)));
    if (line !== undefined && !(await print(line))) return 0;
  }
  if (stop.aborted) throw new Stopped(`stopped, clips judged: ${batch.tried}`);
  if (batch.tried === 0) fail("no clip came on stdin: send it what npm run world -- --stdout writes");
  return batch.end();
});
