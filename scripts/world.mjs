// npm run world -- --template collide --seed 7 --out clip.safetensors: clips of the sandbox world, from the shell (docs/world.md).
import { extname } from "node:path";
import { createBatch } from "./lib/batch.mjs";
import { command, explained, fail, oneOf, whole } from "./lib/command.mjs";
import { givenLaws, LAW_OPTIONS, LAW_USAGE, LAWS } from "./lib/laws.mjs";
import { checkOutputs, makeFolder, writeWhole } from "./lib/output.mjs";
import { createRecordPrinter } from "./lib/printer.mjs";
import { Stopped, stop, turn, unlessStopped } from "./lib/stop.mjs";

const USAGE = `usage: npm run world -- --list
       npm run world -- --sheet --out sheet.png [--seed 7]
       npm run world -- --template NAME | --prompt "…" | --split NAME [--seed 7] --out clip.safetensors
       npm run world -- [--template NAME] [--split train] [--seed 0] --stdout [--count N] [--broken]

  --list              one JSON line per template
  --sheet             one picture of all templates, a row each: its example, eight of the frames
  --template NAME     a sentence of this template, drawn by the seed
  --prompt "…"        this sentence
  --split train       train, validation, held-out or out-of-distribution: sentences and seeds of that split, from index --seed on
  --seed 0            whole number; with --count the first of the seeds. With --split or --stdout it is an index of the split, whose
                      clip has its own seed and sentence: --template sink --seed 7 is another clip with --stdout than without.
                      Beside --prompt it is always a seed
${LAW_USAGE}
  --out PATH          .safetensors (frames and truth), .mp4 (video; lossy: H.264 halves the
                      resolution of colour) or .png (all frames side by side); with --count a folder
  --as safetensors    what --count writes into the folder: safetensors, mp4 or png
  --count N           N clips
  --scale 4           pixels per pixel of .png and .mp4, 1 to 16 (of the sheet 2)
  --stdout            clips one after another on stdout, each as u32 little-endian length and a safetensors file; without --count
                      for ever
  --tracks            .safetensors also hold where the spot that each token of 8×8 pixels and 2 frames shows is in every other
                      token frame, of solids and of liquids (tensor tracks)
  --broken            with --stdout: each clip breaks a law of the usual world on purpose (docs/judge.md), the next way for each seed; no
                      truth is in it`;

const OPTIONS = {
  list: { type: "boolean", default: false },
  sheet: { type: "boolean", default: false },
  template: { type: "string" },
  prompt: { type: "string" },
  split: { type: "string" },
  seed: { type: "string" },
  ...LAW_OPTIONS,
  out: { type: "string" },
  as: { type: "string" },
  count: { type: "string" },
  scale: { type: "string" },
  stdout: { type: "boolean", default: false },
  tracks: { type: "boolean", default: false },
  broken: { type: "boolean", default: false },
};

const KINDS = ["safetensors", "mp4", "png"];

const SENTENCE = ["template", "prompt", "split"];

/** What is not read beside an option. */
const UNREAD = {
  list: ["sheet", ...SENTENCE, "seed", ...LAWS, "out", "as", "count", "scale", "stdout", "tracks", "broken"],
  sheet: [...SENTENCE, "as", "count", "stdout", "tracks", "broken"],
  stdout: ["as", "scale"],
  // Some ways of breaking a law would keep it in another world.
  broken: ["tracks", ...LAWS],
};

/** An option that would do nothing beside another is a mistake. */
function checkRead(values) {
  for (const [name, unread] of Object.entries(UNREAD)) {
    const odd = values[name] && unread.find((other) => values[other]);
    if (odd) fail(`--${odd} does nothing beside --${name}: leave one out`);
  }
}

/** What a clip is written as: by --as into a folder, else by the ending of --out. */
function kindOf({ out, as, count, scale, tracks }) {
  const folder = count !== undefined;
  const kind = folder ? oneOf("as", as ?? "safetensors", KINDS) : oneOf("out's ending", extname(out).slice(1), KINDS);
  if (as !== undefined && as !== kind) fail(`--as ${as} and --out ${out} say different kinds of file: leave --as out`);
  if (scale !== undefined && kind === "safetensors")
    fail(`--scale is for pictures and video, and ${folder ? "--as" : "--out"} says safetensors: leave --scale out`);
  if (tracks && kind !== "safetensors")
    fail(`--tracks goes into .safetensors, and ${folder ? "--as" : "--out"} says ${kind}: leave --tracks out`);
  return kind;
}

/** Of the sheet of all templates. */
const SHEET_FRAMES = [0, 2, 4, 6, 8, 10, 12, 15];

/** Clip i of the command: a sentence and a seed. */
function plan(values, shell) {
  const { prompt, template, split } = values;
  const first = whole("seed", values.seed ?? "0", 0, 2 ** 32 - 1);
  if (template !== undefined) {
    const names = shell.listTemplates().map(({ template: name }) => name);
    oneOf("template", template, names);
  }
  if (split !== undefined) oneOf("split", split, shell.SPLITS);
  if (prompt !== undefined) {
    const other = template !== undefined ? "template" : split !== undefined ? "split" : null;
    if (other) fail(`--prompt and --${other} both choose the sentence: leave one out`);
    explained(() => shell.parsePrompt(prompt));
    return (i) => ({ prompt, seed: first + i });
  }
  if (template === undefined && split === undefined && !values.stdout) {
    fail("no sentence: give --template, --prompt or --split; see npm run world -- --list");
  }
  if (split !== undefined || values.stdout) {
    return (i) => explained(() => shell.sampleClip(split ?? "train", first + i, template));
  }
  // A template alone: its sentence is drawn, its seed is the one that was asked for.
  return (i) => ({ prompt: shell.sentenceOf(template, first + i), seed: first + i });
}

async function writeSheet({ out, seed, scale }, shell, makeClip) {
  if (out === undefined || extname(out) !== ".png") fail(`--sheet writes a .png: give --out sheet.png, got ${out}`);
  checkOutputs({ out });
  const [number, pixels] = [whole("seed", seed ?? "0", 0, 2 ** 32 - 1), whole("scale", scale ?? "2", 1, 16)];
  const clips = shell.listTemplates().map(({ example }) => explained(() => makeClip(example, number)).frames);
  writeWhole(out, shell.encodePng(shell.sheetOf(clips, SHEET_FRAMES, pixels)));
}

/** What `stream` writes of a clip; null where it cannot be broken. */
async function fileMaker({ broken, tracks }, shell) {
  if (!broken) return (clip) => shell.clipFile(clip, { tracks });
  const breakClip = await shell.createBreaker();
  return (clip, i) => {
    const made = breakClip(clip, i);
    return made && shell.brokenFile(made);
  };
}

/** Where so many clips in a row cannot be made, the rest is not tried. */
const HOPELESS = 24;

/** Sends clips; one that cannot be made has its sentence on stderr, and the others are sent. */
async function stream(makeClip, clipAt, count, toFile) {
  const print = createRecordPrinter();
  const batch = createBatch("made");
  let [clips, inRow] = [0, 0];
  for (let i = 0; i < count && !stop.aborted; i++) {
    await turn();
    const { prompt, seed } = clipAt(i);
    const clip = await batch.each(`clip ${i}`, () => explained(() => makeClip(prompt, seed)));
    inRow = clip ? 0 : inRow + 1;
    if (inRow === HOPELESS)
      fail(`none of ${HOPELESS} clips in a row can be made: take another sentence or seed, or other laws`);
    const file = clip && toFile(clip, i);
    if (!file) continue;
    if (!(await print(file))) return 0;
    clips++;
  }
  if (stop.aborted) throw new Stopped(`stopped, clips written: ${clips}`);
  return batch.end();
}

/** Hands `use` what turns a clip into a file of this kind; MP4 goes through the page, which has the encoder. */
async function withEncoder(kind, { scale, tracks }, shell, use) {
  if (kind === "safetensors") return use(async (clip) => shell.clipFile(clip, { tracks }));
  if (kind === "png") return use(async (clip) => shell.encodePng(shell.stripOf(clip.frames, scale)));
  const { withMp4Encoder } = await import("./lib/record.mjs");
  return withMp4Encoder((toMp4) => use((clip) => toMp4(clip.frames, shell.CLIP.size, scale)));
}

/** Fills a folder; a clip that cannot be made does not keep the others from it. */
async function fillFolder(out, kind, count, how, shell, make) {
  makeFolder("out", out);
  const batch = createBatch("made");
  let written = 0;
  await withEncoder(kind, how, shell, async (encode) => {
    for (let i = 0; i < count && !stop.aborted; i++) {
      await batch.each(`clip ${i}`, async () => {
        const clip = make(i);
        const name = `${clip.template}-${String(clip.seed).padStart(6, "0")}.${kind}`;
        writeWhole(`${out}/${name}`, await encode(clip));
        written++;
      });
      await turn();
    }
  });
  const code = batch.end();
  if (stop.aborted) throw new Stopped(`stopped, clips written to ${out}: ${written} of ${count}`);
  return code;
}

await command({ name: "world", usage: USAGE, options: OPTIONS }, async (values) => {
  const { importShell } = await import("./lib/bundle.mjs");
  const shell = await importShell("world");
  checkRead(values);
  if (values.list) {
    for (const template of shell.listTemplates()) console.log(JSON.stringify(template));
    return 0;
  }
  const laws = explained(() => shell.lawsWith(givenLaws(values)));
  const world = await shell.createWorld();
  const makeClip = (prompt, seed) => world.makeClip(prompt, seed, laws);
  if (values.sheet) return writeSheet(values, shell, makeClip);
  const clipAt = plan(values, shell);
  const count = values.count === undefined ? undefined : whole("count", values.count, 1, 1e9);
  const how = { scale: whole("scale", values.scale ?? "4", 1, 16), tracks: values.tracks };
  if (values.stdout) {
    if (values.out !== undefined) fail("--stdout and --out both say where clips go: leave one out");
    return stream(makeClip, clipAt, count ?? Number.POSITIVE_INFINITY, await fileMaker(values, shell));
  }
  if (values.out === undefined) fail("nothing to write: give --out or --stdout");
  if (values.broken) fail("--broken is for clips on --stdout, got --out: leave one out");
  const make = (i) => {
    const { prompt, seed } = clipAt(i);
    return explained(() => makeClip(prompt, seed));
  };
  const kind = kindOf(values);
  if (count !== undefined) return fillFolder(values.out, kind, count, how, shell, make);
  checkOutputs({ out: values.out });
  const clip = make(0);
  await withEncoder(kind, how, shell, async (encode) => writeWhole(values.out, await unlessStopped(encode(clip))));
  return 0;
});
