import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseSafetensors, tensorOf, writeSafetensors } from "../../../src/formats/safetensors.ts";
import { clipFile } from "../../../src/shell/clip_file.ts";
import { createWorld } from "../../../src/world/world.ts";

const folder = mkdtempSync(join(tmpdir(), "judge-"));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (args: readonly string[], input?: Uint8Array) =>
  spawnSync("node", ["scripts/judge.mjs", ...args], { encoding: "utf8", ...(input ? { input } : {}) });

const SENTENCES = ["a large red ball hits a small blue ball", "a small orange ball bounces on the floor to the right"];
let files: Uint8Array[] = [];
beforeAll(async () => {
  const world = await createWorld();
  files = SENTENCES.map((prompt, i) => clipFile(world.makeClip(prompt, i)));
});

const written = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

describe("npm run judge", { timeout: 60_000 }, () => {
  test("one line of JSON per file, with exactly the fields that were agreed", () => {
    const paths = files.map((bytes, i) => written(`${i}.safetensors`, bytes));
    const { status, stdout, stderr } = run(paths);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(2);
    for (const [i, line] of lines.entries()) {
      expect(Object.keys(line)).toEqual(
        "file prompt category sa pc joint sa_grade pc_grade rules discarded yardsticks".split(" "),
      );
      expect(line).toMatchObject({
        file: paths[i],
        prompt: SENTENCES[i],
        category: "solid-solid",
        joint: true,
        discarded: null,
      });
      expect(line.pc).toBeGreaterThanOrEqual(0.5);
      for (const rule of line.rules)
        expect(Object.keys(rule)).toEqual(["rule", "error", "tolerance", "applies", "holds"]);
    }
  });

  test("the same verdicts from a stream of length-prefixed files", () => {
    const records = files.flatMap((bytes) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    });
    const { status, stdout } = run(["--stdin"], Buffer.concat(records));
    expect(status).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ file, joint }) => [file, joint])).toEqual([
      ["stdin:0", true],
      ["stdin:1", true],
    ]);
  });

  test("the truth in a file is not read: without it the verdict is the same", () => {
    const { shape, data } = tensorOf(parseSafetensors(files[0]), "frames", "U8");
    const frames = { dtype: "U8", shape, data } as const;
    const whole = written("whole.safetensors", files[0]);
    const bare = written("bare.safetensors", writeSafetensors({ frames }, { prompt: SENTENCES[0] }));
    const { status, stdout } = run([whole, bare]);
    expect(status).toBe(0);
    const [of, without] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(of.rules.length).toBeGreaterThan(10);
    expect(without).toEqual({ ...of, file: bare });
  });

  test("a clip with nothing in it is discarded, and says why", () => {
    const frames = { dtype: "U8", shape: [16, 64, 64, 3], data: new Uint8Array(16 * 64 * 64 * 3).fill(90) } as const;
    const grey = written("grey.safetensors", writeSafetensors({ frames }, { prompt: SENTENCES[0] }));
    const { status, stdout } = run([grey]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ sa: 0, pc: 0, joint: false });
    expect(JSON.parse(stdout).discarded).toMatch(/^blank/);
  });

  test("what is malformed ends with code 2 and one sentence that names it", () => {
    const frames = { dtype: "U8", shape: [16, 64, 64, 3], data: new Uint8Array(16 * 64 * 64 * 3) } as const;
    const small = { dtype: "U8", shape: [2, 2, 3], data: new Uint8Array(12) } as const;
    const cases: readonly (readonly [string, Uint8Array, string])[] = [
      ["cut.safetensors", files[0].subarray(0, 5000), "the file is cut short"],
      [
        "small.safetensors",
        writeSafetensors({ frames: small }, { prompt: SENTENCES[0] }),
        "must be U8 [16,64,64,3], got U8 [2,2,3]",
      ],
      ["mute.safetensors", writeSafetensors({ frames }), 'has no "prompt"'],
      ["film.mp4", new Uint8Array(100), "this is a film, and the judge knows the sandbox's clips alone"],
      ["words.safetensors", writeSafetensors({ frames }, { prompt: "a large pink ball" }), '"pink" (word 3)'],
    ];
    for (const [name, bytes, sentence] of cases) {
      const { status, stderr, stdout } = run([written(name, bytes)]);
      expect(status).toBe(2);
      expect(stdout).toBe("");
      expect(stderr).toContain(name);
      expect(stderr).toContain(sentence);
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
    const { status, stderr } = run(["--stdin"], files[0].subarray(0, 100));
    expect(status).toBe(2);
    expect(stderr).toMatch(/^stdin:0: /);
  });

  test("a bad clip has its sentence, the others their lines, and the end says which failed", () => {
    const [good, good2] = files.map((bytes, i) => written(`good${i}.safetensors`, bytes));
    const bad = written("bad.safetensors", files[0].subarray(0, 5000));
    const paths = [good, bad, join(folder, "nowhere.safetensors"), good2];
    const { status, stdout, stderr } = run(paths);
    expect(status).toBe(2);
    const judged = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).file);
    expect(judged).toEqual([good, good2]);
    const said = stderr.trim().split("\n");
    expect(said).toHaveLength(3);
    expect(said[0]).toMatch(/bad\.safetensors: .*the file is cut short$/);
    expect(said[1]).toMatch(/nowhere\.safetensors: cannot be read: ENOENT/);
    expect(said[2]).toBe(`2 of 4 could not be judged: ${paths[1]}, ${paths[2]}`);
  });

  test("nor does a bad one within a stream end the stream", () => {
    const records = [files[0], new Uint8Array(100), files[1]].flatMap((bytes) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    });
    // Then a length that is none: what follows cannot be told apart.
    const { status, stdout, stderr } = run(["--stdin"], Buffer.concat([...records, Buffer.from("\n> tempered")]));
    expect(status).toBe(2);
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).file),
    ).toEqual(["stdin:0", "stdin:2"]);
    expect(stderr).toMatch(/^stdin:1: .*\nstdin:3: a length of \d+ bytes is no clip: .*\n2 of 4 could not be judged: /);
  });

  test("nothing to judge is a mistake", () => {
    expect(run([]).status).toBe(2);
    expect(run(["--sideways"]).status).toBe(2);
    const { status, stdout, stderr } = run(["--stdin"], new Uint8Array());
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toBe("no clip came on stdin: send it what npm run world -- --stdout writes\n");
  });
});
