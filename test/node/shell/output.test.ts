// What commands write: refused before the work where it cannot be written, and never half-written under its own name.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { checkOutputs, makeFolder, writeWhole } from "../../../scripts/lib/output.mjs";
import { root } from "../../../scripts/lib/ready.mjs";
import { pauseAfter } from "../../../scripts/lib/training.mjs";
import { tempered } from "../../support/command.ts";

let folder = "";
const at = (name: string) => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempered-output-"));
});

describe("before the work", () => {
  test("folders that are missing are made, and nothing is left in them", () => {
    checkOutputs({ out: at("new/deep/run.json"), checkpoint: at("other/c.safetensors"), json: undefined });
    expect(readdirSync(at("new/deep"))).toEqual([]);
    expect(readdirSync(at("other"))).toEqual([]);
  });

  test("a file that is there keeps what it holds", () => {
    writeFileSync(at("run.json"), "before");
    checkOutputs({ out: at("run.json") });
    expect(readFileSync(at("run.json"), "utf8")).toBe("before");
    expect(readdirSync(folder)).toEqual(["run.json"]);
  });

  test("what cannot be written is one sentence with the option and the path", () => {
    writeFileSync(at("clip.mp4"), "");
    mkdirSync(at("taken"));
    const cases: [Record<string, string>, RegExp][] = [
      [{ out: "" }, /^--out must name a file, got nothing$/],
      [{ out: at("taken") }, /^--out must name a file, got the folder .*taken$/],
      [{ out: at("clip.mp4/run.json") }, /^--out needs the folder .*clip\.mp4, which is a file: choose another$/],
      [{ json: at(`${"x".repeat(300)}.json`) }, /^--json .* cannot be written: .*ENAMETOOLONG/],
      [{ out: "/proc/tempered/run.json" }, /^--out: the folder \/proc\/tempered cannot be made: /],
      [
        { out: at("same.json"), json: `${folder}/./same.json` },
        /^--json .* would overwrite --out: choose another name$/,
      ],
      [{ out: `${folder}/../${folder.split("/").at(-1)}/clip.mp4` }, /^--out .* would overwrite the input .*clip\.mp4/],
    ];
    for (const [outputs, sentence] of cases) expect(() => checkOutputs(outputs, [at("clip.mp4")])).toThrow(sentence);
    expect(() => makeFolder("out", at("clip.mp4"))).toThrow(/which is a file/);
  });

  test("only the output that goes on with an input may replace it", () => {
    writeFileSync(at("c.safetensors"), "");
    const c = at("c.safetensors");
    const renewed = { checkpoint: c };
    checkOutputs({ out: at("run.json"), checkpoint: c }, [c], renewed);
    const refused = new RegExp(`^--out .*c\\.safetensors would overwrite the input ${c}: choose another name$`);
    for (const checkpoint of [undefined, c, at("d.safetensors")])
      expect(() => checkOutputs({ out: c, checkpoint }, [c], renewed)).toThrow(refused);
    writeFileSync(at("clip.mp4"), "");
    expect(() => checkOutputs({ checkpoint: at("clip.mp4") }, [at("clip.mp4"), c], renewed)).toThrow(
      /overwrite the input/,
    );
  });

  test.each(["train", "align"])("%s --resume c --out c is refused, and c kept", { timeout: 60_000 }, async (name) => {
    writeFileSync(at("clip.mp4"), "");
    writeFileSync(at("c.safetensors"), "a night's work");
    const video = name === "align" ? [at("clip.mp4")] : [];
    const c = at("c.safetensors");
    const { code, stderr } = await tempered([name, ...video, "--resume", c, "--steps", "600", "--out", c], {
      env: { CHROMIUM_PATH: process.execPath },
    });
    expect(stderr).toBe(`--out ${c} would overwrite the input ${c}: choose another name\n`);
    expect([code, readFileSync(c, "utf8")]).toEqual([2, "a night's work"]);
  });

  test("a pipe is no file that could be half-written, by whatever name the shell gives it", { timeout: 60_000 }, () => {
    const script = `
      import { checkOutputs, writeWhole } from "./scripts/lib/output.mjs";
      for (const out of ["/dev/stdout", process.argv[1]]) {
        checkOutputs({ out });
        writeWhole(out, out === "/dev/stdout" ? "by name " : "by number");
      }`;
    const [line, rest] = ['"$0" --input-type=module -e "$1" >(cat) | cat', [process.execPath, script]];
    const { stdout, stderr } = spawnSync("bash", ["-c", line, ...rest], { cwd: root, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/by name/);
    expect(stdout).toMatch(/by number/);
  });

  test.each([
    ["figure", "--query", "0,0,0", "--out", "f.png"],
    ["figure", "--query", "0,0,0", "--json", "f.json"],
    ["figure", "--query", "0,0,0", "--features", "f.safetensors"],
    ["align", "--out", "run.json"],
    ["align", "--checkpoint", "c.safetensors"],
  ])("%s %s %s says so before a browser is started", async (name, ...options) => {
    writeFileSync(at("clip.mp4"), "");
    const file = options.at(-1) ?? "";
    const args = [name, at("clip.mp4"), ...options.slice(0, -1), at(`clip.mp4/${file}`)];
    const { code, stderr } = await tempered(args, { env: { CHROMIUM_PATH: process.execPath } });
    expect(stderr).toMatch(/^--\w+ needs the folder .*clip\.mp4, which is a file: choose another\n$/);
    expect(code).toBe(2);
  });

  test("a report is added to, and any other file is left as it is", { timeout: 60_000 }, async () => {
    for (const other of ["notes", "[1]", "null"]) {
      writeFileSync(at("report.json"), other);
      const { code, stderr } = await tempered(["exam", "--clips", "1", "--out", at("report.json")]);
      expect(stderr).toMatch(/^--out .*report\.json holds something else than a report of this examination: .*\n$/);
      expect([code, readFileSync(at("report.json"), "utf8")]).toEqual([2, other]);
    }
  });

  test("world makes the folder of its picture", { timeout: 60_000 }, async () => {
    const path = at("no/where/sheet.png");
    expect((await tempered(["world", "--sheet", "--out", path])).code).toBe(0);
    expect(statSync(path).size).toBeGreaterThan(10_000);
  });
});

describe("writing", () => {
  test("leaves one file, with the rights of the one that was there", () => {
    writeFileSync(at("run.json"), "before", { mode: 0o640 });
    writeWhole(at("run.json"), "after");
    expect(readFileSync(at("run.json"), "utf8")).toBe("after");
    expect(statSync(at("run.json")).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(["run.json"]);
  });

  test("never changes the old file: it puts another in its place", () => {
    writeFileSync(at("run.json"), "before");
    const before = statSync(at("run.json")).ino;
    writeWhole(at("run.json"), "after");
    expect(statSync(at("run.json")).ino).not.toBe(before);
  });

  test("goes through a link to where it leads", () => {
    writeFileSync(at("real.json"), "before");
    symlinkSync(at("real.json"), at("link.json"));
    writeWhole(at("link.json"), "after");
    expect(lstatSync(at("link.json")).isSymbolicLink()).toBe(true);
    expect(readFileSync(at("real.json"), "utf8")).toBe("after");
  });

  test("to a device is as always", () => {
    writeWhole("/dev/null", "gone");
    expect(existsSync("/dev/null")).toBe(true);
    expect(statSync("/dev/null").isFile()).toBe(false);
  });
});

test("a run is saved every ten seconds, less often where that takes long, and once a minute whatever it takes", () => {
  expect([0, 400, 1000, 20_000].map(pauseAfter)).toEqual([10_000, 10_000, 20_000, 60_000]);
});
