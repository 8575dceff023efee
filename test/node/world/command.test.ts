// `npm run world` as a stranger uses it: what it prints and writes, and what it says of a mistake.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseSafetensors } from "../../../src/formats/safetensors.ts";
import { PATTERNS, TEMPLATE_NAMES, type TemplateName } from "../../../src/world/language/patterns.ts";
import { splitOf } from "../../../src/world/language/splits.ts";
import { tokensOf } from "../../../src/world/language/words.ts";
import { createWorld } from "../../../src/world/world.ts";

const folder = mkdtempSync(join(tmpdir(), "tempered-world-"));
const LIMIT = 60_000;

interface Ran {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

function run(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["scripts/world.mjs", ...args]);
    const out: Buffer[] = [];
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("close", (code) => resolve({ code, stdout: Buffer.concat(out), stderr }));
  });
}

/** The clips of a stream; it must end with the last. */
function records(stdout: Buffer): ReturnType<typeof parseSafetensors>[] {
  const clips = [];
  for (let at = 0; at < stdout.length; ) {
    const length = stdout.readUInt32LE(at);
    expect(at + 4 + length).toBeLessThanOrEqual(stdout.length);
    clips.push(parseSafetensors(new Uint8Array(stdout.subarray(at + 4, at + 4 + length))));
    at += 4 + length;
  }
  return clips;
}

test("--list prints one JSON line per template", { timeout: LIMIT }, async () => {
  const { code, stdout } = await run("--list");
  expect(code).toBe(0);
  const lines = stdout.toString().trim().split("\n");
  const parsed = lines.map(
    (line) => JSON.parse(line) as { template: string; category: string; traits: { setting: string | null } },
  );
  expect(parsed.map(({ template }) => template)).toEqual(TEMPLATE_NAMES);
  for (const line of parsed) expect(Object.keys(line)).toEqual(["template", "category", "example", "traits"]);
  // What Python sorts its shards by.
  for (const { template, traits } of parsed) expect(traits).toEqual(PATTERNS[template as TemplateName].traits);
});

test("a clip's file holds its frames, mask and truth, and says what they are of", { timeout: LIMIT }, async () => {
  const path = join(folder, "clip.safetensors");
  const prompt = "blue liquid pours onto a large red box";
  expect((await run("--prompt", prompt, "--seed", "7", "--out", path)).code).toBe(0);
  const { tensors, metadata } = parseSafetensors(new Uint8Array(readFileSync(path)));
  const shapes = Object.fromEntries([...tensors].map(([name, { dtype, shape }]) => [name, [dtype, ...shape]]));
  expect(shapes).toEqual({
    frames: ["U8", 16, 64, 64, 3],
    center: ["F32", 16, 2, 2],
    angle: ["F32", 16, 2],
    velocity: ["F32", 16, 2, 2],
    mask: ["U8", 16, 64, 64],
  });
  expect(metadata).toMatchObject({ prompt, template: "pour", category: "solid-fluid", seed: "7" });
  expect(JSON.parse(metadata.tokens)).toEqual([...tokensOf(prompt)]);
  const objects = JSON.parse(metadata.objects) as { kind: string; colour: string; mass?: number[] }[];
  expect(objects.map(({ kind, colour }) => `${kind} ${colour}`)).toEqual(["solid red", "fluid blue"]);
  expect(objects[1].mass).toHaveLength(16);
  const clip = (await createWorld()).makeClip(prompt, 7);
  // Fluids come after the solids: 2 is the liquid.
  expect(tensors.get("mask")?.data).toEqual(clip.mask);
  expect(new Set(clip.mask)).toEqual(new Set([0, 1, 2]));
  expect(tensors.get("frames")?.data).toEqual(clip.frames);
  expect(tensors.get("center")?.data).toEqual(clip.center);
});

test("--tracks adds where the spot of every token is, of solids and of liquid", { timeout: LIMIT }, async () => {
  const args = ["--template", "pour", "--split", "held-out", "--seed", "5"];
  const path = join(folder, "tracked.safetensors");
  const [streamed, written] = await Promise.all([
    run(...args, "--stdout", "--count", "1", "--tracks"),
    run(...args, "--out", path, "--tracks"),
  ]);
  expect([streamed.code, written.code]).toEqual([0, 0]);
  const [{ tensors, metadata }] = records(streamed.stdout);
  const tracks = tensors.get("tracks");
  expect(tracks?.shape).toEqual([512, 8, 2]);
  expect(parseSafetensors(new Uint8Array(readFileSync(path))).tensors.get("tracks")?.data).toEqual(tracks?.data);
  const clip = (await createWorld()).makeClip(metadata.prompt, Number(metadata.seed));
  const places = tracks?.data as Float32Array;
  const liquid = clip.bodies.length;
  let poured = 0;
  for (let i = 0; i < 512; i++) {
    const [f, row, column] = [i >> 6, (i >> 3) & 7, i & 7];
    const [x, y] = [8 * column + 4, 8 * row + 4];
    // In its own frame a token's spot is its centre.
    expect([...places.subarray(2 * (8 * i + f), 2 * (8 * i + f) + 2)]).toEqual([x, y]);
    if (clip.mask[(2 * f * 64 + y) * 64 + x] !== liquid || f === 7) continue;
    const next = 2 * (8 * i + f + 1);
    if (places[next + 1] - y >= 2) poured++;
  }
  // What pours goes down.
  expect(poured).toBeGreaterThan(3);
});

test("--stdout sends clips of a split one after another, each after its length", { timeout: LIMIT }, async () => {
  const { code, stdout } = await run("--stdout", "--count", "3", "--split", "held-out", "--seed", "5");
  expect(code).toBe(0);
  const clips = records(stdout);
  expect(clips).toHaveLength(3);
  for (const [i, { metadata, tensors }] of clips.entries()) {
    expect(tensors.get("frames")?.shape).toEqual([16, 64, 64, 3]);
    expect(splitOf(metadata.prompt, Number(metadata.seed))).toBe("held-out");
    expect(Number(metadata.seed)).toBe(5 + i);
  }
});

test("a reader that has seen enough ends an endless stream without an error", { timeout: LIMIT }, async () => {
  const ended = await new Promise<{ code: number | null; stderr: string }>((resolve) => {
    const child = spawn(process.execPath, ["scripts/world.mjs", "--stdout", "--template", "collide"]);
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.stdout.once("data", () => child.stdout.destroy());
    child.on("close", (code) => resolve({ code, stderr }));
  });
  expect(ended).toEqual({ code: 0, stderr: "" });
});

test("--count fills a folder, a PNG is a strip of all frames", { timeout: LIMIT }, async () => {
  const path = join(folder, "many");
  const { code } = await run("--template", "bounce", "--count", "2", "--as", "png", "--scale", "2", "--out", path);
  expect(code).toBe(0);
  const names = readdirSync(path);
  expect(names).toEqual(["bounce-000000.png", "bounce-000001.png"]);
  const png = readFileSync(join(path, names[0]));
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([16 * 128 + 15 * 2, 128]);
});

test("--sheet is a picture of all templates, a row each", { timeout: LIMIT }, async () => {
  const path = join(folder, "sheet.png");
  expect((await run("--sheet", "--seed", "7", "--out", path)).code).toBe(0);
  const png = readFileSync(path);
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([8 * 130 - 2, TEMPLATE_NAMES.length * 130 - 2]);
});

test.each([
  [["--sheet", "--out", "x.mp4"], /--sheet writes a .png: give --out sheet.png, got x.mp4/],
  [["--template", "colide", "--out", "x.png"], /--template must be one of collide, .*, got "colide"/],
  [["--prompt", "a red dog", "--out", "x.png"], /"dog" \(word 3\) is not a word of the sandbox: here may stand stream/],
  [["--prompt", "a large red dog", "--out", "x.png"], /"dog" \(word 4\) is not a word of the sandbox/],
  [["--template", "mix", "--seed=-1", "--out", "x.png"], /--seed must be a whole number from 0 to 4294967295/],
  [["--template", "mix", "--out", "x.gif"], /must be one of safetensors, mp4, png, got "gif"/],
  [["--template", "mix"], /nothing to write: give --out or --stdout/],
  [["--out", "x.png"], /no sentence: give --template, --prompt or --split/],
  [["--template", "overturn", "--split", "out-of-distribution", "--out", "x.png"], /take another template/],
  [
    ["--template", "mix", "--seed", "-1", "--out", "x.png"],
    /--seed must be a whole number from 0 to 4294967295, got "-1"/,
  ],
  [["--list", "--out", "x.png"], /--out does nothing beside --list: leave one out/],
  [["--sheet", "--out", "x.png", "--template", "mix"], /--template does nothing beside --sheet: leave one out/],
  [["--template", "mix", "--stdout", "--count", "1", "--as", "mp4"], /--as does nothing beside --stdout/],
  [["--template", "mix", "--stdout", "--count", "1", "--scale", "2"], /--scale does nothing beside --stdout/],
  [
    ["--template", "mix", "--out", "x.safetensors", "--as", "mp4"],
    /--as mp4 and --out x\.safetensors say different kinds/,
  ],
  [
    ["--template", "mix", "--out", "x.safetensors", "--scale", "2"],
    /--scale is for pictures and video, and --out says/,
  ],
  [["--template", "mix", "--out", "x", "--count", "1", "--as", "gif"], /--as must be one of .*, got "gif"/],
  [["--template", "mix", "--out", "x.png", "--tracks"], /--tracks goes into \.safetensors, and --out says png/],
  [["--template", "mix", "--stdout", "--broken", "--tracks"], /--tracks does nothing beside --broken: leave one out/],
  [["--stdout", "--broken", "--gravity", "0.34"], /--gravity does nothing beside --broken: leave one out/],
  [
    ["--template", "bounce", "--restitution", "0", "--stdout", "--count", "1"],
    /^clip 0: "a .* bounces on the floor.*" with seed 1 shows nothing in 16 frames: take another seed, or other laws$/,
  ],
  [
    ["--sheet", "--restitution", "0", "--out", "x.png"],
    /shows nothing in 16 frames: take another seed, or other laws$/,
  ],
  [["--colour", "red"], /Unknown option '--colour'/],
])("%j exits with 2 and one sentence", { timeout: LIMIT }, async (args, sentence) => {
  const { code, stdout, stderr } = await run(...args);
  expect(code).toBe(2);
  expect(stdout.length).toBe(0);
  expect(stderr.trim()).toMatch(sentence);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});

test("--broken clips break a law each, keep their sentence and hold no truth", { timeout: LIMIT }, async () => {
  const args = ["--template", "bounce", "--stdout", "--count", "3", "--seed", "4"];
  const [good, broken] = await Promise.all([run(...args), run(...args, "--broken")]);
  const [whole, apart] = [records(good.stdout), records(broken.stdout)];
  expect(apart).toHaveLength(3);
  for (const [i, { tensors, metadata }] of apart.entries()) {
    expect([...tensors.keys()]).toEqual(["frames"]);
    expect(metadata.prompt).toBe(whole[i].metadata.prompt);
    expect(tensors.get("frames")?.data).not.toEqual(whole[i].tensors.get("frames")?.data);
  }
  expect(new Set(apart.map(({ metadata }) => metadata.broken)).size).toBe(3);
  expect((await run("--template", "bounce", "--out", join(folder, "x.png"), "--broken")).stderr).toContain(
    "leave one out",
  );
});

test("a stream skips what cannot be made and says so, and gives up where nothing can be", {
  timeout: LIMIT,
}, async () => {
  // Of these two clips the first is a ball that bounces, which it does not where nothing rebounds.
  const [some, none] = await Promise.all([
    run("--stdout", "--restitution", "0", "--seed", "46", "--count", "2"),
    run("--stdout", "--prompt", "a large red ball hits a small blue box", "--seed", "4294967295"),
  ]);
  expect([some.code, records(some.stdout).length]).toEqual([2, 1]);
  expect(some.stderr).toMatch(
    /^clip 0: "a large green ball bounces on the floor" with seed 50 shows nothing .*\n1 of 2 could not be made: clip 0\n$/,
  );
  expect([none.code, records(none.stdout).length]).toEqual([2, 1]);
  const said = none.stderr.trim().split("\n");
  expect(said).toHaveLength(25);
  expect(said[0]).toBe("clip 1: a seed is a whole number from 0 to 4294967295, got 4294967296");
  expect(said[24]).toBe("none of 24 clips in a row can be made: take another sentence or seed, or other laws");
});
