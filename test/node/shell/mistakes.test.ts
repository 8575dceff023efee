// What a user may get wrong in a call: one sentence with the value and what it may be, and exit code 2.
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { MachineError } from "../../../scripts/lib/command.mjs";
import { answered } from "../../../scripts/lib/reply.mjs";
import { start, tempered } from "../../support/command.ts";

const folder = mkdtempSync(join(tmpdir(), "tempered-mistakes-"));
const at = (name: string) => join(folder, name);
writeFileSync(at("clip.mp4"), "");

/** The one line of a mistake. No browser is there to be started. */
async function mistake(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await tempered(args, { env: { CHROMIUM_PATH: "/nowhere", ...env } });
  expect({ code, stdout: stdout.toString(), lines: stderr.split("\n").length, stderr }).toMatchObject({
    ...{ code: 2, stdout: "", lines: 2 },
  });
  return stderr.trim();
}

describe("a call", { timeout: 60_000 }, () => {
  test.each([
    ["align CLIP --out r.json --start -1", '--start must be a number from 0 to 1000000, got "-1"'],
    ["figure CLIP --query 0,0,0 --json f.json --rho -.5", '--rho must be a number from 0.001 to 1, got "-.5"'],
    ["world --template collide --seed -1 --out c.png", '--seed must be a whole number from 0 to 4294967295, got "-1"'],
    ["exam --clips 1e10", '--clips must be a whole number from 1 to 4294967296, got "1e10"'],
    ["exam --from 4294967296", '--from must be a whole number from 0 to 4294967295, got "4294967296"'],
    [
      "exam --from 4294967290 --clips 10",
      "--from 4294967290 and --clips 10 go past the last seed, 4294967295: take fewer clips or an earlier seed",
    ],
    ["exam --threads 1000000", '--threads must be a whole number from 1 to 256, got "1000000"'],
  ])("%s", async (line, sentence) => {
    const args = line
      .split(" ")
      .map((word) => (/^(CLIP|\w\.\w+)$/.test(word) ? at(word.replace("CLIP", "clip.mp4")) : word));
    expect(await mistake(args)).toBe(sentence);
  });

  test.each([
    [["#v=1", "x.png", "1e9x1e9"], /^a size is WIDTHxHEIGHT, each from 1 to 8192, got "1e9x1e9"; usage: /],
    [["#v=1", "x.png", "1440x900x7"], /^a size is .*, got "1440x900x7"; /],
    [["#v=1", "x.png", "9000x900"], /^a size is .*, got "9000x900"; /],
    [["#v=1", "x.png", "1440x900", "dusk"], /^colours are light or dark, got "dusk"; /],
    [["#v=1", "x.png", "1440x900", "dark", "CLIP", "more"], /^5 arguments at most, got 6; /],
    [["v=1", "x.png"], /^a link's part begins with "#", got "v=1"; /],
    [["#v=1", "x.jpg"], /^the picture is a \.png, got "x\.jpg"; /],
    [["#v=1"], /^the picture is a \.png, got nothing; /],
  ])("screenshot %j", async (args, sentence) => {
    const own = args.map((word) => (word === "x.png" ? at(word) : word));
    expect(await mistake(["screenshot", ...own])).toMatch(sentence);
  });

  test("four billion clips are asked of the exam without a list of them", async () => {
    const args = [
      "exam",
      "--clips",
      "4000000000",
      "--only",
      "pass",
      "--template",
      "collide",
      "--out",
      at("report.json"),
    ];
    const { child, over, said } = start(process.execPath, ["scripts/tempered.mjs", ...args]);
    await expect.poll(() => existsSync(at("report.json")), { timeout: 30_000 }).toBe(true);
    child.kill("SIGINT");
    expect((await over).code).toBe(130);
    expect(said()).toMatch(/^stopped, clips examined: \d+ of 4000000000\n$/);
  });

  test("what is said twice is asked once", async () => {
    const twice = ["--template", "collide", "--template", "collide", "--only", "pass", "--only", "pass"];
    const { code, stdout } = await tempered(["exam", "--clips", "2", ...twice]);
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(/ n 2 /);
  });
});

describe("a variable of the environment", { timeout: 60_000 }, () => {
  test.each([
    ["screenshot", { TEMPERED_ADAPTER: "GPU" }, 'TEMPERED_ADAPTER must be one of software, gpu, got "GPU"'],
    [
      "screenshot",
      { TEMPERED_SETTLE_MS: "8s" },
      'TEMPERED_SETTLE_MS must be a whole number from 0 to 600000, got "8s"',
    ],
    ["bench", { TEMPERED_ADAPTER: "GPU" }, 'TEMPERED_ADAPTER must be one of software, gpu, got "GPU"'],
    ["measure", { TEMPERED_ROUNDS: "abc" }, 'TEMPERED_ROUNDS must be a whole number from 1 to 100000, got "abc"'],
    ["start", { PORT: "abc" }, 'PORT must be a whole number from 0 to 65535, got "abc"'],
    ["start", { PORT: "70000" }, 'PORT must be a whole number from 0 to 65535, got "70000"'],
  ])("%s with %o", async (name, env, sentence) => {
    const args = name === "screenshot" ? ["#v=1", at("x.png")] : [];
    expect(await mistake([name, ...args], env)).toBe(sentence);
  });
});

test("a port that was asked for and is taken is said before anything is built", { timeout: 60_000 }, async () => {
  const taken = createServer().listen(0, "localhost");
  await new Promise((done) => taken.once("listening", done));
  const { port } = taken.address() as { port: number };
  expect(await mistake(["start"], { PORT: String(port) })).toBe(
    `PORT=${port} is taken by another program: end that one, or choose another port`,
  );
  taken.close();
});

describe("a fault of the machine", () => {
  test("is its sentence alone, with 1", { timeout: 60_000 }, async () => {
    const script = `
      import { command, MachineError } from "./scripts/lib/command.mjs";
      await command({ name: "x", usage: "" }, async () => {
        throw new MachineError("the disk is full");
      });`;
    const { code, stderr } = await start(process.execPath, ["--input-type=module", "-e", script]).over;
    expect({ code, stderr }).toEqual({ code: 1, stderr: "the disk is full\n" });
  });

  test("is what a page without an adapter answers", () => {
    const fault = { ok: false, code: "no-adapter", message: "WebGPU found no adapter" } as const;
    expect(() => answered(fault)).toThrow(MachineError);
  });
});

test("none of these has left a file", () => {
  expect(readdirSync(folder).sort()).toEqual(["clip.mp4", "report.json"]);
});
