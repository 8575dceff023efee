// Ctrl+C: a command ends with what it has, whole, and one sentence.
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseSafetensors } from "../../../src/formats/safetensors.ts";
import { clipFile } from "../../../src/shell/clip_file.ts";
import { createWorld } from "../../../src/world/world.ts";
import { start } from "../../support/command.ts";

/** One clip, as `world --stdout` sends it. */
const clip = createWorld().then((world) => {
  const file = clipFile(world.makeClip("a large red ball hits a small blue ball", 1));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(file.length);
  return Buffer.concat([length, file]);
});

const begin = (...args: string[]) => start(process.execPath, ["scripts/tempered.mjs", ...args]);

describe("Ctrl+C", { timeout: 60_000 }, () => {
  test("ends an endless stream of clips behind a whole one", async () => {
    const { child, over, printed } = begin("world", "--stdout", "--template", "collide");
    await expect.poll(() => printed().length, { timeout: 30_000 }).toBeGreaterThan(600_000);
    child.kill("SIGINT");
    const { code, stdout, stderr } = await over;
    let clips = 0;
    for (let at = 0; at < stdout.length; clips++) {
      const length = stdout.readUInt32LE(at);
      parseSafetensors(new Uint8Array(stdout.subarray(at + 4, at + 4 + length)));
      at += 4 + length;
    }
    expect(stderr).toBe(`stopped, clips written: ${clips}\n`);
    expect(code).toBe(130);
  });

  test("ends the filling of a folder: every file in it is whole", async () => {
    const folder = join(mkdtempSync(join(tmpdir(), "tempered-stop-")), "clips");
    const { child, over } = begin("world", "--template", "bounce", "--count", "100000", "--out", folder);
    const there = () => readdirSync(folder).filter((name) => name.endsWith(".safetensors"));
    await expect.poll(() => there().length, { timeout: 30_000 }).toBeGreaterThan(3);
    child.kill("SIGINT");
    const { code, stderr } = await over;
    expect(stderr).toBe(`stopped, clips written to ${folder}: ${there().length} of 100000\n`);
    expect(code).toBe(130);
    expect(readdirSync(folder)).toEqual(there());
    for (const name of there()) parseSafetensors(new Uint8Array(readFileSync(join(folder, name))));
  });
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)(
  "%s ends a judge that waits for a stream on which nothing comes",
  { timeout: 60_000 },
  async (signal, status) => {
    const { child, over, printed } = begin("judge", "--stdin");
    child.stdin?.write(await clip);
    await expect.poll(() => printed().length, { timeout: 30_000 }).toBeGreaterThan(0);
    child.kill(signal);
    const { code, stdout, stderr } = await over;
    expect(JSON.parse(stdout.toString())).toMatchObject({ file: "stdin:0" });
    expect(stderr).toBe("stopped, clips judged: 1\n");
    expect(code).toBe(status);
  },
);

test("what is stopped before it listens ends as well: a judge that is asked to end while it starts", {
  timeout: 60_000,
}, async () => {
  const script = `
    import { catchSignals, turn } from "./scripts/lib/stop.mjs";
    catchSignals();
    process.kill(process.pid, "SIGINT");
    await turn();
    process.argv = [process.argv[0], "judge", "--stdin"];
    await import("./scripts/judge.mjs");`;
  const { code, stderr } = await start(process.execPath, ["--input-type=module", "-e", script]).over;
  expect({ code, stderr }).toEqual({ code: 130, stderr: "stopped, clips judged: 0\n" });
});

test("the exam writes what it has examined", { timeout: 60_000 }, async () => {
  const out = join(mkdtempSync(join(tmpdir(), "tempered-stop-")), "new/report.json");
  const { child, over, said } = begin(
    "exam",
    "--clips",
    "10000",
    "--only",
    "pass",
    "--template",
    "collide",
    "--out",
    out,
  );
  // Saved as it goes, from the first clip on.
  await expect.poll(() => existsSync(out), { timeout: 30_000 }).toBe(true);
  child.kill("SIGINT");
  const { code } = await over;
  expect(code).toBe(130);
  const examined = Number(/^stopped, clips examined: (\d+) of 10000\n$/.exec(said())?.[1]);
  expect(JSON.parse(readFileSync(out, "utf8")).tables.collide[0]).toMatchObject({ kind: "as-made", clips: examined });
});

test("the second one, a while after the first, ends a command at once", { timeout: 60_000 }, async () => {
  const script = `
    import { catchSignals } from "./scripts/lib/stop.mjs";
    // Time passes between the second and the third alone, however long this machine takes.
    let [heard, now] = [0, 0];
    performance.now = () => now;
    catchSignals();
    process.on("SIGINT", () => {
      if (++heard === 2) now = 1001;
      console.log("heard");
    });
    console.log("ready");
    setInterval(() => {}, 1000);`;
  const { child, over, printed } = start(process.execPath, ["--input-type=module", "-e", script]);
  const heard = () => printed().toString().split("heard").length - 1;
  await expect.poll(() => printed().toString(), { timeout: 30_000 }).toContain("ready");
  child.kill("SIGINT");
  await expect.poll(heard, { timeout: 30_000 }).toBe(1);
  // npm passes the terminal's Ctrl+C on: the same one again.
  child.kill("SIGINT");
  await expect.poll(heard, { timeout: 30_000 }).toBe(2);
  expect(child.exitCode).toBeNull();
  child.kill("SIGINT");
  expect((await over).code).toBe(130);
});
