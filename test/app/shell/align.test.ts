// `npm run align` as a stranger uses it: as a command, judged by its files and its exit code.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { expect, inject, test } from "vitest";
import { chromiumArguments, chromiumPath } from "../../../scripts/lib/chromium.mjs";
import { parseSafetensors } from "../../../src/formats/safetensors.ts";
import type { RecipeInput } from "../../../src/worker/protocol.ts";
import { start } from "../../support/command.ts";

const folder = mkdtempSync(join(tmpdir(), "tempered-align-"));
const at = (name: string) => join(folder, name);
const DISCS = "public/clips/discs.mp4";
/** A student small enough for a software adapter. */
const SMALL = ["--frames", "4", "--train", "0-1", "--held", "2-3", "--hidden", "8,8,4"];

function align(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["scripts/align.mjs", ...args]);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

const json = (name: string) => JSON.parse(readFileSync(at(name), "utf8"));

test("a run, its files, and its continuation from a checkpoint, equal to not having stopped", async () => {
  const query = ["--query", "0,3,5"];
  const warm = ["--tau", "0.2"];
  const whole = await align(DISCS, ...SMALL, ...warm, "--steps", "3", ...query, "--out", at("whole.json"));
  expect(whole.stderr).toBe("");
  expect(whole.code).toBe(0);
  expect(whole.stdout).toMatch(/^step 3: agreement 0\.\d{3} train, 0\.\d{3} held$/m);
  const run = json("whole.json");
  expect(run.status).toBe("done");
  expect(run.adapter).toMatch(/\w+/);
  expect(run.recipe).toMatchObject({ loss: "tsa", tau: 0.2, steps: 3, trainFrames: [0, 1], heldFrames: [2, 3] });
  expect(run.data).toMatchObject({ encoder: "xfeat", token: 16, grid: { F: 4, H: 14, W: 14, C: 64 } });
  expect(run.steps.map(({ step }: { step: number }) => step)).toEqual([1, 2, 3]);
  for (const { loss, grad_norm } of run.steps) expect(loss > 0 && grad_norm > 0).toBe(true);
  expect(run.agreement.map(({ step }: { step: number }) => step)).toEqual([0, 3]);
  expect(run.motion_mask).toMatchObject({ rho: 0.2, tubelet: 1 });
  expect(run.motion_mask.frames.map((digits: string) => digits.length)).toEqual(Array(4).fill(196));
  expect(run.matches.queries).toEqual([[0, 3, 5]]);
  const own = run.matches.matches.find(
    ({ tau, frame }: { tau: number | null; frame: number }) => tau === null && frame === 0,
  );
  expect([own.row, own.col]).toEqual([3, 5]);

  const first = ["--steps", "2", "--checkpoint", at("two.safetensors"), "--truth", "public/clips/discs.truth.json"];
  expect((await align(DISCS, ...SMALL, ...warm, ...first, "--out", at("two.json"))).code).toBe(0);
  expect(json("two.json").agreement[0].details.held).toMatchObject({
    truth: expect.any(Number),
    still: expect.any(Number),
  });
  const { tensors, metadata } = parseSafetensors(readFileSync(at("two.safetensors")));
  expect(tensors.get("linear1.weight")?.shape).toEqual([8, 768]);
  expect(tensors.get("conv.weight")?.shape).toEqual([64, 4, 3, 3, 3]);
  expect(JSON.parse(metadata.recipe)).toMatchObject({ steps: 2 });
  const resume = ["--frames", "4", "--resume", at("two.safetensors"), "--steps", "3", ...query];
  expect(await align(DISCS, ...resume, "--out", at("three.json"))).toMatchObject({ code: 0, stderr: "" });
  const both = [...json("two.json").steps, ...json("three.json").steps];
  const losses = (steps: { loss: number }[]) => steps.map(({ loss }) => loss);
  expect(losses(both)).toEqual(losses(run.steps));
  // At the τ of the checkpoint's recipe, which nobody gave a second time.
  expect(json("three.json").matches).toEqual(run.matches);
});

test("Ctrl+C keeps what was reached, which was saved as it went, and the run goes on from there", {
  timeout: 240_000,
}, async () => {
  const paths = ["--out", at("new/long.json"), "--checkpoint", at("new/long.safetensors")];
  const args = ["align", DISCS, "--teacher", "raw-patches", ...SMALL, "--steps", "100000", ...paths];
  const { child, over } = start(process.execPath, ["scripts/tempered.mjs", ...args]);
  await expect.poll(() => existsSync(at("new/long.safetensors")), { timeout: 120_000 }).toBe(true);
  expect(json("new/long.json")).toMatchObject({ status: "running", recipe: { steps: 100000 } });
  child.kill("SIGINT");
  const { code, stderr } = await over;
  expect(code).toBe(130);
  const { status, steps } = json("new/long.json");
  expect(status).toBe("paused");
  const { step } = steps.at(-1);
  expect(stderr.trim().split("\n").at(-1)).toBe(
    `stopped after step ${step} of 100000: saved as ${at("new/long.json")} and ${at("new/long.safetensors")}; --resume ${at("new/long.safetensors")} goes on from there`,
  );
  expect(readdirSync(at("new"))).toEqual(["long.json", "long.safetensors"]);
  const resume = ["--resume", at("new/long.safetensors"), "--steps", String(step + 1), "--out", at("more.json")];
  expect((await align(DISCS, "--teacher", "raw-patches", "--frames", "4", ...resume)).code).toBe(0);
  expect(json("more.json").steps.map((one: { step: number }) => one.step)).toEqual([step + 1]);
});

test("a save that is asked for while the run hands over its result is answered, and so is a stop", async () => {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArguments() });
  try {
    const page = await browser.newPage();
    // The last thing that a run asks of its worker: what comes right after it comes too late.
    await page.addInitScript(() => {
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (this: Worker, message, ...rest: unknown[]) {
        post.call(this, message, ...(rest as []));
        if (message.request.type !== "train-pause") return;
        const { trainingSoFar, stopTraining } = window.tempered;
        Object.assign(window, { late: Promise.all([trainingSoFar(), stopTraining()]) });
      };
    });
    await page.goto(`${inject("baseUrl")}headless.html`);
    await page.setInputFiles("input[type=file]", DISCS);
    const late = await page.evaluate(async () => {
      const recipe: RecipeInput = { steps: 1, hidden: [8, 8, 4], trainFrames: [0, 1], heldFrames: null };
      const input = { teacher: "raw-patches", token: 16, frames: 4, startS: 0, lengthS: null } as const;
      const rest = { truth: null, resume: null, queries: [], checkpoint: true };
      const reply = await window.tempered.align({ ...input, ...rest, recipe });
      if (!reply.ok) throw new Error(reply.message);
      return (window as Window & { late?: Promise<unknown> }).late;
    });
    expect(late).toEqual([null, true]);
  } finally {
    await browser.close();
  }
});

test("our VideoMAE teaches on the frames and tokens it takes", async () => {
  const { code, stdout } = await align(
    DISCS,
    "--teacher",
    "videomae",
    "--hidden",
    "8,8,4",
    "--steps",
    "1",
    "--out",
    at("own.json"),
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/^step 1: agreement 0\.\d{3} train, 0\.\d{3} held$/m);
  expect(json("own.json").data).toMatchObject({ encoder: "videomae", token: 8, grid: { F: 16, H: 8, W: 8, C: 192 } });
});

test("a mistake is one sentence and exit code 2", async () => {
  writeFileSync(at("broken.safetensors"), "these are words");
  const out = ["--out", at("none.json")];
  const cases: [string[], RegExp][] = [
    [["nowhere.mp4", ...out], /there is no file "nowhere.mp4"/],
    [[DISCS], /nothing to write: give --out or --checkpoint/],
    [[DISCS, ...out, "--train", "0:3"], /--train must be frames from first to last, as in 0-7, got "0:3"/],
    [[DISCS, ...out, "--resume", at("broken.safetensors"), "--tau", "1"], /--tau is part of the checkpoint's recipe/],
    [[DISCS, ...out, "--teacher", "videomae", "--token", "16"], /videomae takes --token 8, got "16"/],
    [[DISCS, ...out, "--colour", "red"], /Unknown option '--colour'/],
  ];
  for (const [args, sentence] of cases) {
    const { code, stderr } = await align(...args);
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(2);
  }
});

test.each<[string, string[], RegExp]>([
  ["a recipe out of range", ["--tau", "0"], /tau must be > 0, got 0/],
  ["frames that are not there", ["--held", "2-9"], /held frames 2-9 reach beyond the clip's 4 frames/],
  ["a broken checkpoint", [], /header claims .* bytes/],
])("%s, found by the page, is one too", async (_, args, sentence) => {
  writeFileSync(at("broken.safetensors"), "these are words");
  const resume = ["--frames", "4", "--resume", at("broken.safetensors")];
  const { code, stderr } = await align(
    DISCS,
    ...["--teacher", "raw-patches"],
    ...(args.length > 0 ? [...SMALL, ...args] : resume),
    "--out",
    at("none.json"),
  );
  expect(stderr).toMatch(sentence);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(code).toBe(2);
});
